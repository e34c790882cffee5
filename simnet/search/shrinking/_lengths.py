"""Faults that last shorter."""

from __future__ import annotations

from functools import partial

from simnet.search.grids import lengths
from simnet.search.shrinking._pass import Shrinking


def shorter(state: Shrinking) -> None:
    """For each window the shortest length that fails, first with the same begin, then with the same end."""
    for index in range(len(state.best)):
        for same_end in (False, True):
            one = state.best[index]
            less = [length for length in lengths(state.space.longest) if length < one.length]
            end = one.at + one.length if same_end else None
            state.first_that_fails(less, partial(_attempt, state, index, end))


def _attempt(state: Shrinking, index: int, end: float | None, length: float) -> bool:
    at = state.best[index].at if end is None else end - length
    return state.attempt_one(index, length=length, at=at)
