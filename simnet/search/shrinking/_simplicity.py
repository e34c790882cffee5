"""What it means that one schedule is simpler than another."""

from __future__ import annotations

from collections.abc import Sequence

from simnet.faults import KINDS, Fault
from simnet.network.topology import Topology
from simnet.search.grids import roundness
from simnet.search.schedule import Schedule

SortKey = tuple[float, ...]


def simplicity(schedule: Schedule, topology: Topology) -> tuple[float | SortKey, ...]:
    """A key that sorts simpler schedules first.

    In this order: fewer windows, fewer nodes that the faults hit, kinds that come earlier in
    :data:`~simnet.faults.KINDS`, shorter, weaker, rounder times, earlier, and nodes that come earlier in the network's
    file.
    """
    faults = [one.fault for one in schedule]
    kinds = tuple(KINDS)
    order = {node.name: float(index) for index, node in enumerate(topology.nodes)}
    return (
        len(schedule),
        sum(len(fault.affected(topology)) for fault in faults),
        sum(kinds.index(fault.kind) for fault in faults),
        sum(one.length for one in schedule),
        sum(strength(fault) for fault in faults),
        sum(roundness(one.at) for one in schedule),
        sum(one.at for one in schedule),
        tuple(order[name] for fault in faults for name in _named(fault, topology)),
    )


def strength(fault: Fault) -> int:
    """How strong a fault is, in steps on its ladders; 0 for a kind that has none."""
    return sum(_steps(getattr(fault, name), ladder) for name, ladder in fault.ladders().items())


def _steps(held: float | None, ladder: Sequence[float]) -> int:
    """Steps of a ladder up to a value; a value or step that is nothing, as 0 or None, is none."""
    if not held:
        return 0
    rising = ladder[0] <= ladder[-1]
    return sum(bool(step) and (step <= held if rising else step >= held) for step in ladder)


def _named(fault: Fault, topology: Topology) -> tuple[str, ...]:
    return tuple(name for side in fault.sides() for name in topology.select(side)) or fault.affected(topology)
