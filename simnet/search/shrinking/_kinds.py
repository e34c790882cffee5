"""Simpler kinds of faults, on the same nodes or on one side of a cut."""

from __future__ import annotations

from collections.abc import Iterator

from simnet.faults import KINDS, Fault, OneWayCut, Partition
from simnet.search.schedule import CYCLE, Placed
from simnet.search.shrinking._pass import Shrinking
from simnet.search.shrinking._sides import sides

_ON_TARGETS = ("stop", "kill", "pause", "restart", "wipe", "isolate")


def simpler_kinds(state: Shrinking) -> None:
    """For each window the simplest kind of the space that fails as well."""
    for index in range(len(state.best)):
        old = state.best[index]
        for kind in KINDS:
            if kind == old.fault.kind:
                break
            others = _alike(kind, old.fault, state) if kind in state.space.kinds else ()
            if any(state.attempt_one(index, fault=fault, length=_length(fault, old)) for fault in others):
                break


def _alike(kind: str, fault: Fault, state: Shrinking) -> Iterator[Fault]:
    """Faults of a kind that hit nodes which the given one hits: one side of it, or all of them."""
    groups = sides(fault)
    everybody = fault.affected(state.topology)
    if kind in _ON_TARGETS:
        for targets in dict.fromkeys((*groups, everybody)):
            yield KINDS[kind](targets=targets)  # type: ignore[call-arg]
    elif len(groups) > 1 and kind == "partition":
        yield Partition(groups=groups)
    elif len(groups) > 1 and kind == "one_way_cut":
        yield OneWayCut(source=groups[0], target=groups[1])


def _length(fault: Fault, old: Placed) -> float:
    """A fault that takes the place of an instant one lasts about as long."""
    return 0.0 if fault.instant else old.length or CYCLE
