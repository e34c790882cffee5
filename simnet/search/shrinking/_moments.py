"""Rounder and earlier times."""

from __future__ import annotations

from dataclasses import replace

from simnet.search.grids import STEPS, roundness
from simnet.search.shrinking._pass import Shrinking


def rounder(state: Shrinking) -> None:
    """For each window the roundest of the moments before and after it."""
    for index in range(len(state.best)):
        at = state.best[index].at
        around = [t for step in STEPS[: roundness(at)] for t in (at // step * step, -(-at // step) * step)]
        any(state.attempt_one(index, at=t) for t in dict.fromkeys(around))


def earlier(state: Shrinking) -> None:
    """All windows as early as they fail together; then each by whole minutes, and by its own grid."""
    if not state.best:
        return
    first = state.best[0].at
    state.first_that_fails([first - t for t in _before(first)], lambda less: _all_earlier(state, less))
    for index in range(len(state.best)):
        for step in (STEPS[0], STEPS[min(roundness(state.best[index].at), len(STEPS) - 1)]):
            before = _before(state.best[index].at, step)
            state.first_that_fails(before, lambda t, index=index: state.attempt_one(index, at=t))  # type: ignore[misc]


def _before(at: float, step: int = STEPS[0]) -> list[float]:
    """Earlier moments that lie whole steps before one, the earliest first."""
    return [float(t) for t in range(int(at % step), int(at), step)]


def _all_earlier(state: Shrinking, less: float) -> bool:
    return len(state.best) > 1 and state.attempt([replace(one, at=one.at - less) for one in state.best])
