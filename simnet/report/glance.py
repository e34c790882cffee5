"""A running network at a glance, from its evidence: cheap enough to be taken every second."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from simnet.journal import Evidence, Kind
from simnet.journal.records import NodeDown, PeerCount
from simnet.network.topology import RELAY
from simnet.report.figures import last_height

PEERS_BACK = 20
"""Records of peers per node that are looked through, latest first; a node silent for longer shows none."""


@dataclass(frozen=True, slots=True)
class NodeGlance:
    """What one node showed last.

    ``state`` is ``not started``, ``starting``, ``running``, ``paused``, ``down`` or ``crashed``.
    """

    name: str
    chain: str
    best: int | None
    finalized: int | None
    peers: int | None
    state: str


@dataclass(frozen=True, slots=True)
class Glance:
    """``since_t0`` in seconds, None before the barrier; ``faults`` are the names of those that last."""

    since_t0: float | None
    nodes: tuple[NodeGlance, ...]
    faults: tuple[str, ...]
    messages: int
    messages_ended: int
    """On any fork: which one stays is known only once it is finalized."""


_STATES = {
    Kind.NODE_UP: "starting",
    Kind.NODE_READY: "running",
    Kind.NODE_RESUMED: "running",
    Kind.NODE_PAUSED: "paused",
    Kind.NODE_DOWN: "down",
}


def glance(evidence: Evidence) -> Glance:
    """Its cost grows with the number of nodes, faults, messages and ends of processes, not with the journal."""
    nodes = evidence.network.nodes
    recent = islice(reversed(evidence.of(PeerCount)), PEERS_BACK * len(nodes))
    peers: dict[str, int] = {}
    for record in recent:
        peers.setdefault(record.observer, int(record.data.count))
    log = evidence.message_log
    states = _states(evidence)
    return Glance(
        since_t0=None if evidence.t0 is None else evidence.now - evidence.t0,
        nodes=tuple(
            NodeGlance(
                name=node.name,
                chain=node.chain,
                best=last_height(evidence.best.get(node.name, ())),
                finalized=last_height(evidence.finalized.get(node.name, ())),
                peers=peers.get(node.name),
                state=states.get(node.name, "not started"),
            )
            for node in nodes
        ),
        faults=tuple(window.name for window in evidence.windows.values() if window.heal_start is None),
        messages=len(log.asked),
        messages_ended=sum(1 for name in log.asked if name in log.ended or log.given.over(name)),
    )


def heights_text(seen: Glance) -> str:
    """The same in one line, of the relay chain's nodes their range."""
    relay = [node for node in seen.nodes if node.chain == RELAY]
    parts = [
        "before t0" if seen.since_t0 is None else f"t0 + {seen.since_t0:.0f} s",
        f"relay best {_range([node.best for node in relay])}, finalized {_range([node.finalized for node in relay])}",
    ]
    parts += [
        f"{chain} best {_range([node.best for node in seen.nodes if node.chain == chain])}"
        for chain in dict.fromkeys(node.chain for node in seen.nodes if node.chain != RELAY)
    ]
    if seen.messages:
        parts.append(f"{seen.messages_ended} of {seen.messages} messages ended")
    apart = [f"{node.name} {node.state}" for node in seen.nodes if node.state != "running"]
    parts += [f"faults {', '.join(seen.faults)}"] if seen.faults else []
    return "; ".join([*parts, *apart])


def _range(heights: list[int | None]) -> str:
    known = [height for height in heights if height is not None]
    if not known:
        return "–"
    return f"{min(known)}" if min(known) == max(known) else f"{min(known)} to {max(known)}"


def _states(evidence: Evidence) -> dict[str, str]:
    records = sorted((one for kind in _STATES for one in evidence.of_kind.get(kind, ())), key=lambda one: one.seq)
    latest = {record.observer: record for record in records}
    crashed = {node for node, one in latest.items() if isinstance(one.data, NodeDown) and not one.data.intended}
    return {node: "crashed" if node in crashed else _STATES[one.kind] for node, one in latest.items()}
