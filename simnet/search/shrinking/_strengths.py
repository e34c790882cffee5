"""Weaker faults: links that are less slow, lossy or narrow, restarts that take less time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from simnet.search.shrinking._pass import Shrinking


def weaker(state: Shrinking) -> None:
    """For each window: what its fault knows to be weaker, then the weakest that fails on each of its ladders."""
    for index in range(len(state.best)):
        fault = state.best[index].fault
        for one in fault.simpler(state.topology, "strength"):
            state.attempt_one(index, fault=one)
        for name, steps in fault.ladders().items():
            _ladder(state, index, name, steps)


def _ladder(state: Shrinking, index: int, name: str, steps: Sequence[Any]) -> None:
    held = getattr(state.best[index].fault, name)
    if held:
        less = steps[: steps.index(held)] if held in steps else steps
        state.first_that_fails(less, partial(_attempt, state, index, name))


def _attempt(state: Shrinking, index: int, name: str, value: Any) -> bool:
    weaker_one: Any = replace(state.best[index].fault, **{name: value})
    return state.attempt_one(index, fault=weaker_one)
