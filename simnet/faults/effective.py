"""The state that every node and link should have, as a function of all faults that are active.

Providers reconcile to it, so overlapping faults compose and healing one never undoes another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from simnet.faults._base import Fault
from simnet.faults.byzantine import Byzantine
from simnet.faults.network import Degrade, Isolate, OneWayCut, Partition
from simnet.faults.node import Kill, Outage, Pause, Stop
from simnet.network.topology import Topology

Process = Literal["running", "paused", "stopped", "killed"]
_SEVERITY: dict[Process, int] = {"running": 0, "paused": 1, "stopped": 2, "killed": 3}


@dataclass(frozen=True)
class LinkState:
    """One directed link. Seconds, shares of packets, bits per second (None: unlimited)."""

    cut: bool = False
    delay: float = 0.0
    jitter: float = 0.0
    loss: float = 0.0
    reorder: float = 0.0
    rate: float | None = None

    @property
    def clear(self) -> bool:
        return self == CLEAR

    def combine(self, other: LinkState) -> LinkState:
        """Both at once: delays and jitters add up, losses are independent, the narrower rate holds."""
        rates = [rate for rate in (self.rate, other.rate) if rate is not None]
        return LinkState(
            cut=self.cut or other.cut,
            delay=self.delay + other.delay,
            jitter=self.jitter + other.jitter,
            loss=1 - (1 - self.loss) * (1 - other.loss),
            reorder=1 - (1 - self.reorder) * (1 - other.reorder),
            rate=min(rates) if rates else None,
        )


CLEAR = LinkState()
_CUT = LinkState(cut=True)


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
        process = _process(fault)
        if process is not None:
            for name in fault.affected(topology):
                if _SEVERITY[process] > _SEVERITY[nodes[name]]:
                    nodes[name] = process
        for pair, state in _links(fault, topology).items():
            links.add(pair, state)
        if isinstance(fault, Byzantine):
            for name in fault.affected(topology):
                acts[name] = tuple(sorted({*acts.get(name, ()), *fault.acts}))
    return Effective(nodes=nodes, links=links, acts=acts)


def effect(topology: Topology, *faults: Fault) -> Effective:
    """What these faults change of a quiet network, one without any other fault: the nodes, links and acts that differ.

    Instant faults leave no state, and so have none.
    """
    return differences(effective(topology, ()), effective(topology, faults))


def _process(fault: Fault) -> Process | None:
    if isinstance(fault, (Kill, Outage)):
        return "killed"
    if isinstance(fault, Stop):
        return "stopped"
    return "paused" if isinstance(fault, Pause) else None


def _links(fault: Fault, topology: Topology) -> dict[tuple[str, str], LinkState]:
    if isinstance(fault, Partition):
        side = {name: index for index, group in enumerate(fault.members(topology)) for name in group}
        return {(a, b): _CUT for a, b in topology.pairs() if a in side and b in side and side[a] != side[b]}
    if isinstance(fault, Isolate):
        alone = fault.affected(topology)
        return {(a, b): _CUT for a, b in topology.pairs() if a in alone or b in alone}
    if isinstance(fault, OneWayCut):
        sources, targets = fault.ends(topology)
        return {(a, b): _CUT for a, b in topology.pairs() if a in sources and b in targets}
    if isinstance(fault, Degrade):
        sources, targets = fault.ends(topology)
        quality = LinkState(
            delay=fault.delay, jitter=fault.jitter, loss=fault.loss, reorder=fault.reorder, rate=fault.rate
        )
        out = {(a, b): quality for a, b in topology.pairs() if a in sources and b in targets}
        if fault.both_ways:
            out |= {(a, b): quality for a, b in topology.pairs() if a in targets and b in sources}
        return out
    return {}


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
