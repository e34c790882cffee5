"""Fewer nodes in a fault, and nodes that come earlier in the network's file."""

from __future__ import annotations

from simnet.faults import Outage, Partition
from simnet.search.shrinking._pass import Shrinking
from simnet.search.shrinking._sides import sides, with_side
from simnet.search.strategies import in_order, nodes, outages


def fewer_targets(state: Shrinking) -> None:
    """Leaves out halves, quarters, then single nodes of each side of each fault."""
    for index in range(len(state.best)):
        for number in range(len(sides(state.best[index].fault))):
            _leave_out(state, index, number)


def earlier_targets(state: Shrinking) -> None:
    """Puts the first node of the network in the place of each node, else the first of its chain; the first place in
    that of an outage; and the side of a partition first that begins earlier."""
    for index in range(len(state.best)):
        for number, side in enumerate(sides(state.best[index].fault)):
            for name in side:
                _move_forward(state, index, number, name)
        fault = state.best[index].fault
        if isinstance(fault, Partition):
            state.attempt_one(index, fault=Partition(groups=fault.groups[::-1]))
        if isinstance(fault, Outage):
            any(state.attempt_one(index, fault=outage) for outage in outages(state.topology))


def _leave_out(state: Shrinking, index: int, number: int) -> None:
    size = len(sides(state.best[index].fault)[number]) // 2
    while size:
        start = 0
        while start < len(side := sides(state.best[index].fault)[number]):
            left = side[:start] + side[start + size :]
            if not (left and state.attempt_one(index, fault=with_side(state.best[index].fault, number, left))):
                start += size
        size //= 2


def _move_forward(state: Shrinking, index: int, number: int, name: str) -> None:
    fault, topology = state.best[index].fault, state.topology
    taken = [one for side in sides(fault) for one in side]
    free = [one for one in nodes(topology) if one not in taken]
    own = [one for one in free if topology.node(one).chain == topology.node(name).chain]
    for other in dict.fromkeys([*free[:1], *own[:1]]):
        side = [other if one == name else one for one in sides(fault)[number]]
        if state.attempt_one(index, fault=with_side(fault, number, in_order(topology, side))):
            return
