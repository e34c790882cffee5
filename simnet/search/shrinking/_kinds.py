"""Simpler kinds of faults, on the same nodes or on one side of a cut."""

from __future__ import annotations

from collections.abc import Iterator

from simnet.faults import KINDS, Fault, OneWayCut, Partition
from simnet.search.schedule import CYCLE, Placed
from simnet.search.shrinking._pass import Shrinking
from simnet.search.shrinking._sides import sides

_ON_TARGETS = ("stop", "kill", "pause", "restart", "wipe", "isolate")


def simpler_kinds(state: Shrinking) -> None:
    """For each window the simplest kind of the space that fails as well, if need be with the longest length: nodes that
    were cut off take longer to recover than nodes that were down."""
    for index in range(len(state.best)):
        old = state.best[index]
        for kind in KINDS:
            if kind == old.fault.kind:
                break
            if kind in state.space.kinds and any(_as_other(state, index, fault) for fault in _alike(kind, old, state)):
                break


def _as_other(state: Shrinking, index: int, fault: Fault) -> bool:
    old = state.best[index]
    if fault.instant:
        return state.attempt_one(index, fault=fault, length=0.0)
    longest = state.space.longest
    spare = state.space.length - state.space.settle - longest
    return state.attempt_one(index, fault=fault, length=old.length or min(CYCLE, longest)) or state.attempt_one(
        index, fault=fault, length=longest, at=max(0.0, min(old.at, spare))
    )


def _alike(kind: str, old: Placed, state: Shrinking) -> Iterator[Fault]:
    """Faults of a kind that hit nodes which a window hits: one side of it, or all of them."""
    groups = sides(old.fault)
    everybody = old.fault.affected(state.topology)
    if kind in _ON_TARGETS:
        for targets in dict.fromkeys((*groups, everybody)):
            yield KINDS[kind](targets=targets)  # type: ignore[call-arg]
    elif len(groups) > 1 and kind == "partition":
        yield Partition(groups=groups)
    elif len(groups) > 1 and kind == "one_way_cut":
        yield OneWayCut(source=groups[0], target=groups[1])
