"""The groups of nodes that a fault names, and the fault with another group."""

from __future__ import annotations

from dataclasses import replace

from simnet.errors import InputError
from simnet.faults import Degrade, Fault, Isolate, Kill, OneWayCut, Partition, Pause, Restart, Stop, Wipe

Side = tuple[str, ...]
OnTargets = Stop | Kill | Pause | Restart | Wipe | Isolate
"""Faults whose one group is called targets."""


def sides(fault: Fault) -> tuple[Side, ...]:
    """Each group of names; none for a fault that names places, such as an outage."""
    if isinstance(fault, Partition):
        return fault.groups
    if isinstance(fault, (OneWayCut, Degrade)):
        return fault.source, fault.target
    return (fault.targets,) if isinstance(fault, OnTargets) else ()


def with_side(fault: Fault, number: int, names: Side) -> Fault:
    """The fault with other names in one of its :func:`sides`."""
    if isinstance(fault, Partition):
        return replace(fault, groups=(*fault.groups[:number], names, *fault.groups[number + 1 :]))
    if isinstance(fault, (OneWayCut, Degrade)):
        return replace(fault, source=names) if number == 0 else replace(fault, target=names)
    if isinstance(fault, OnTargets):
        return replace(fault, targets=names)
    raise InputError(f"{fault} names no groups of nodes")
