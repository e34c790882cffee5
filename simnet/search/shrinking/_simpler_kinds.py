"""Simpler kinds of faults, on the same nodes or on one side of a cut."""

from __future__ import annotations

from simnet.faults import KINDS, Fault
from simnet.search.schedule import CYCLE
from simnet.search.shrinking._pass import Shrinking


def simpler_kinds(state: Shrinking) -> None:
    """For each window the simplest kind of the space that fails as well, if need be with the longest length: nodes that
    were cut off take longer to recover than nodes that were down."""
    for index in range(len(state.best)):
        old = state.best[index]
        for kind in KINDS:
            if kind == old.fault.kind:
                break
            if kind not in state.space.kinds:
                continue
            if any(_as_other(state, index, fault) for fault in KINDS[kind].like(old.fault, state.topology)):
                break


def _as_other(state: Shrinking, index: int, fault: Fault) -> bool:
    old = state.best[index]
    if fault.instant:
        return state.attempt_one(index, fault=fault, length=0.0)
    longest = state.space.max_fault_duration
    spare = state.space.length - state.space.settle - longest
    return state.attempt_one(index, fault=fault, length=old.length or min(CYCLE, longest)) or state.attempt_one(
        index, fault=fault, length=longest, at=max(0.0, min(old.at, spare))
    )
