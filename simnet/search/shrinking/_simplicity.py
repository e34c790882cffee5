"""What it means that one schedule is simpler than another."""

from __future__ import annotations

from simnet.faults import KINDS, Degrade, Fault, Restart
from simnet.network.topology import Topology
from simnet.search.grids import DELAYS, DOWN, LOSSES, RATES, roundness
from simnet.search.schedule import Schedule
from simnet.search.shrinking._sides import sides

Key = tuple[float, ...]
_KINDS = tuple(KINDS)


def simplicity(schedule: Schedule, topology: Topology) -> tuple[float | Key, ...]:
    """A key that sorts simpler schedules first.

    In this order: fewer windows, fewer nodes that the faults hit, kinds that come earlier in
    :data:`~simnet.faults.KINDS`, shorter, weaker, rounder times, earlier, and nodes that come earlier in the network's
    file.
    """
    faults = [one.fault for one in schedule]
    order = {node.name: float(index) for index, node in enumerate(topology.nodes)}
    return (
        len(schedule),
        sum(len(fault.affected(topology)) for fault in faults),
        sum(_KINDS.index(fault.kind) for fault in faults),
        sum(one.length for one in schedule),
        sum(strength(fault) for fault in faults),
        sum(roundness(one.at) for one in schedule),
        sum(one.at for one in schedule),
        tuple(order[name] for fault in faults for name in _named(fault, topology)),
    )


def strength(fault: Fault) -> int:
    """How strong a fault is, in steps on the ladders of what is drawn; 0 for a kind that has no strength."""
    if isinstance(fault, Restart):
        return sum(fault.down_for > down for down in DOWN) + fault.kill
    if isinstance(fault, Degrade):
        slow = sum(fault.delay >= delay for delay in DELAYS)
        lossy = sum(fault.loss >= loss for loss in LOSSES)
        return slow + lossy + sum(fault.rate <= rate for rate in RATES if fault.rate is not None)
    return 0


def _named(fault: Fault, topology: Topology) -> tuple[str, ...]:
    return tuple(name for side in sides(fault) for name in topology.select(side)) or fault.affected(topology)
