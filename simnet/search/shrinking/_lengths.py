"""Faults that last shorter."""

from __future__ import annotations

from functools import partial

from simnet.search.grids import lengths
from simnet.search.shrinking._pass import Shrinking


def shorter(state: Shrinking) -> None:
    """For each window the shortest length that fails, first with the same begin, then with the same end.

    Halving comes close in few trials, but passes over a short one where one in the middle holds: whether a fault hits
    the moment that matters hangs on more than its length. So each shorter one is attempted then.
    """
    for index in range(len(state.best)):
        for same_end in (False, True):
            one = state.best[index]
            less = [length for length in lengths(state.space.max_fault_duration) if length < one.length]
            end = one.at + one.length if same_end else None
            attempt = partial(_attempt, state, index, end)
            state.first_that_fails(less, attempt)
            any(attempt(length) for length in less)


def _attempt(state: Shrinking, index: int, end: float | None, length: float) -> bool:
    at = state.best[index].at if end is None else end - length
    return state.attempt_one(index, length=length, at=at)
