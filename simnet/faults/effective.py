"""The state that every node and link should have, as a function of all faults that are active.

Providers reconcile to it, so overlapping faults compose and healing one never undoes another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from simnet.faults._fault import Fault
from simnet.faults._states import CLEAR, LinkState, Process
from simnet.network.topology import Topology

_SEVERITY: dict[Process, int] = {"running": 0, "paused": 1, "stopped": 2, "killed": 3}


class LinkStates(dict[tuple[str, str], LinkState]):
    """Links by directed pair (source, target). Only those that are not clear are in it; any other pair gives CLEAR."""

    def __missing__(self, pair: tuple[str, str]) -> LinkState:
        return CLEAR

    def add(self, pair: tuple[str, str], state: LinkState) -> None:
        """Has a link be in this state too."""
        combined = self[pair].combine(state)
        if not combined.clear:
            self[pair] = combined


@dataclass(frozen=True)
class Effective:
    """``nodes`` has every node; ``links`` gives any directed pair; ``acts`` has the nodes that are byzantine."""

    nodes: Mapping[str, Process]
    links: LinkStates
    acts: Mapping[str, tuple[str, ...]]

    @property
    def nothing(self) -> bool:
        """Of :func:`differences`: whether there are none."""
        return not (self.nodes or self.links or self.acts)

    def reachable(self, source: str, target: str) -> bool:
        """Whether packets flow both ways, which TCP needs."""
        return not (self.links[source, target].cut or self.links[target, source].cut)

    def components(self) -> tuple[tuple[str, ...], ...]:
        """Groups of running nodes that reach one another directly or through others, largest first."""
        left = dict.fromkeys(name for name, process in self.nodes.items() if process == "running")
        if left and not any(state.cut for state in self.links.values()):
            return (tuple(left),)
        groups: list[tuple[str, ...]] = []
        while left:
            frontier = [next(iter(left))]
            group = dict.fromkeys(frontier)
            del left[frontier[0]]
            while frontier:
                here = frontier.pop()
                near = [name for name in left if self.reachable(here, name)]
                for name in near:
                    del left[name]
                    group[name] = None
                frontier += near
            groups.append(tuple(name for name in self.nodes if name in group))
        return tuple(sorted(groups, key=len, reverse=True))


def effective(topology: Topology, active: Iterable[Fault]) -> Effective:
    """The state that all active faults together ask for. Instant faults leave no state and are ignored."""
    nodes: dict[str, Process] = {node.name: "running" for node in topology.nodes}
    links = LinkStates()
    acts: dict[str, tuple[str, ...]] = {}
    for fault in active:
        process = fault.process()
        if process is not None:
            for name in fault.affected(topology):
                if _SEVERITY[process] > _SEVERITY[nodes[name]]:
                    nodes[name] = process
        for pair, state in fault.links(topology).items():
            links.add(pair, state)
        misdeeds = fault.misdeeds()
        if misdeeds:
            for name in fault.affected(topology):
                acts[name] = tuple(sorted({*acts.get(name, ()), *misdeeds}))
    return Effective(nodes=nodes, links=links, acts=acts)


def effect(topology: Topology, *faults: Fault) -> Effective:
    """What these faults change of a quiet network, one without any other fault: the nodes, links and acts that differ.

    Instant faults leave no state, and so have none.
    """
    return differences(effective(topology, ()), effective(topology, faults))


def differences(before: Effective, after: Effective) -> Effective:
    """Only the nodes, links and acts of ``after`` that change; a link that becomes clear is in it too, and a node that
    is honest again with no act."""
    pairs = {**after.links, **before.links}
    return replace(
        after,
        nodes={name: process for name, process in after.nodes.items() if before.nodes.get(name) != process},
        links=LinkStates({pair: after.links[pair] for pair in pairs if before.links[pair] != after.links[pair]}),
        acts={
            name: after.acts.get(name, ())
            for name in {**before.acts, **after.acts}
            if before.acts.get(name, ()) != after.acts.get(name, ())
        },
    )
