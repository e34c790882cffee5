"""Weaker faults: links that are less slow, lossy or narrow, restarts that take less time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from simnet.faults import Degrade, Fault, Restart
from simnet.search.grids import DELAYS, DOWN, LOSSES, RATES
from simnet.search.shrinking._pass import Shrinking


def weaker(state: Shrinking) -> None:
    """For each window: one respect less in which links are worse, then the weakest that fails in each."""
    for index in range(len(state.best)):
        fault = state.best[index].fault
        if isinstance(fault, Degrade):
            for gone in _without_one(fault):
                state.attempt_one(index, fault=gone)
            _ladder(state, index, "delay", DELAYS)
            _ladder(state, index, "loss", LOSSES)
            _ladder(state, index, "rate", RATES)
        elif isinstance(fault, Restart):
            state.attempt_one(index, fault=replace(fault, kill=False))
            _ladder(state, index, "down_for", DOWN)


def _without_one(fault: Degrade) -> list[Fault]:
    respects = {"delay": 0.0, "loss": 0.0, "rate": None}
    there = [name for name, clear in respects.items() if getattr(fault, name) != clear]
    return [_with(fault, name, respects[name]) for name in there] if len(there) > 1 else []


def _ladder(state: Shrinking, index: int, name: str, steps: Sequence[float]) -> None:
    held = getattr(state.best[index].fault, name)
    if held:
        less = steps[: steps.index(held)] if held in steps else steps
        state.first_that_fails(less, partial(_attempt, state, index, name))


def _attempt(state: Shrinking, index: int, name: str, value: float) -> bool:
    return state.attempt_one(index, fault=_with(state.best[index].fault, name, value))


def _with(fault: Fault, name: str, value: Any) -> Fault:
    return replace(fault, **{name: value})
