"""Fewer nodes in a fault, and nodes that come earlier in the network's file."""

from __future__ import annotations

from simnet.search.shrinking._pass import Shrinking


def fewer_targets(state: Shrinking) -> None:
    """Leaves out halves, quarters, then single nodes of each side of each fault."""
    for index in range(len(state.best)):
        for number in range(len(state.best[index].fault.sides())):
            _leave_out(state, index, number)


def earlier_targets(state: Shrinking) -> None:
    """Puts the first node of the network in the place of each node, else the first of its chain; then what else the
    fault knows to name earlier nodes, as the first place in that of an outage."""
    for index in range(len(state.best)):
        for number, side in enumerate(state.best[index].fault.sides()):
            for name in side:
                _move_forward(state, index, number, name)
        named_earlier = state.best[index].fault.simpler(state.topology, "names")
        any(state.attempt_one(index, fault=one) for one in named_earlier)


def _leave_out(state: Shrinking, index: int, number: int) -> None:
    size = len(state.best[index].fault.sides()[number]) // 2
    while size:
        start = 0
        while start < len(side := state.best[index].fault.sides()[number]):
            left = side[:start] + side[start + size :]
            if not (left and state.attempt_one(index, fault=state.best[index].fault.with_side(number, left))):
                start += size
        size //= 2


def _move_forward(state: Shrinking, index: int, number: int, name: str) -> None:
    fault, topology = state.best[index].fault, state.topology
    taken = [one for side in fault.sides() for one in side]
    free = [one for one in topology.present if one not in taken]
    own = [one for one in free if topology.node(one).chain == topology.node(name).chain]
    for other in dict.fromkeys([*free[:1], *own[:1]]):
        side = [other if one == name else one for one in fault.sides()[number]]
        if state.attempt_one(index, fault=fault.with_side(number, topology.in_order(side))):
            return
