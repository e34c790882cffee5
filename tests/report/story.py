"""Small journals told by hand: blocks, heads, faults and messages of two validators and one parachain."""

from __future__ import annotations

from typing import Any

from simnet.journal import Evidence, Journal, JournalSeal
from simnet.journal.records import (
    Barrier,
    BestHead,
    BlockSeen,
    FaultApplied,
    FaultHealed,
    FinalizedHead,
    MessageAsked,
    MessageSubmitted,
    NetworkLaunched,
    NodeReady,
    NodeUp,
    QueueRead,
    RecordData,
    RuntimeEvent,
)
from simnet.network.topology import Chain, Node, Role
from simnet.run_file import Provenance
from tests.runs import started

PROVENANCE = Provenance(
    journal=JournalSeal("ab" * 32, 812, sealed=True),
    started="2026-11-28T10:00:00+00:00",
    ended="2026-11-28T10:00:04+00:00",
    seconds=4.25,
    judged="2026-11-28T10:00:04+00:00",
    simnet="0.1.0",
    commit=None,
)

NODES: tuple[tuple[str, str, Role], ...] = (
    ("alice", "relay", "validator"),
    ("bob", "relay", "validator"),
    ("collator", "2000", "collator"),
)


class Story:
    """A journal whose clock stands where ``t`` says. Block hashes are the block's name, such as ``a3``."""

    def __init__(self, nodes: tuple[tuple[str, str, Role], ...] = NODES, *later: Node) -> None:
        """``nodes`` run from the start; ``later`` belong to the network as well."""
        self.t = 0.0
        self.journal = Journal(lambda: self.t)
        self.journal.append(started(run="tale-1", scenario="tale", provider="toy", seed=7))
        self.journal.append(
            NetworkLaunched(
                relay=Chain(id="relay"),
                parachains=[Chain(id=chain) for chain in dict.fromkeys(c for _, c, _ in nodes) if chain != "relay"],
                nodes=[*(_node(*one) for one in nodes), *later],
                channels=[],
                images={"node:1": "sha256:12ab"},
                runtimes={"relay": "0x34cd"},
            )
        )
        for name, _, _ in nodes:
            self.node(name, NodeUp(image="node:1", flags=[], reason="launch"))
            self.node(name, NodeReady())

    @property
    def evidence(self) -> Evidence:
        return self.journal.evidence

    def node(self, name: str, data: RecordData) -> None:
        self.journal.append(data, observer=name)

    def barrier(self) -> None:
        self.journal.append(Barrier())

    def block(self, name: str, height: int, parent: str, author: str, chain: str = "relay", **data: Any) -> None:
        self._at(BlockSeen(parent=parent, author=author, **data), author, name, height, chain)

    def best(self, node: str, name: str, height: int, chain: str = "relay") -> None:
        self._at(BestHead(), node, name, height, chain)

    def final(self, node: str, name: str, height: int, chain: str = "relay") -> None:
        self._at(FinalizedHead(), node, name, height, chain)

    def event(self, name: str, height: int, pallet: str, event: str, chain: str = "relay", **fields: Any) -> None:
        data = RuntimeEvent(pallet=pallet, name=event, fields=fields, extrinsic=1)
        self._at(data, "alice", name, height, chain)

    def ask(self, topic: str, sender: str, recipient: str, label: str = "mail", index: int = 0) -> None:
        self.journal.append(MessageAsked(**_mail(topic, sender, recipient, label, index)))

    def submit(self, topic: str, sender: str, recipient: str, label: str = "mail", index: int = 0) -> None:
        """Asked for now as well, unless it was before."""
        data = _mail(topic, sender, recipient, label, index)
        self.journal.append(MessageSubmitted(**data, extrinsic=f"x{topic}"))

    def queue(self, block: str, height: int, way: str, *topics: str, queue: str, closed: bool = False) -> None:
        """A reading; ``way`` is sender and recipient, such as ``2000>2001``."""
        sender, recipient = way.split(">")
        chain = sender if queue == "sender's XCMP queue" else "relay"
        data = QueueRead(
            queue=queue,
            sender=sender,
            recipient=recipient,
            count=len(topics),
            bytes=0,
            closed=closed or None,
            ids=list(topics),
        )
        self._at(data, "alice", block, height, chain)

    def fault(self, number: int, name: str, start: float, end: float | None, nodes: tuple[str, ...] = ("bob",)) -> None:
        """Takes hold within a second, and heals within another."""
        self.journal.append(
            FaultApplied(
                id=number,
                name=name,
                fault={"kind": "kill", "targets": list(nodes)},
                nodes=list(nodes),
                start=start,
                end=start + 1,
            )
        )
        if end is not None:
            self.journal.append(FaultHealed(id=number, name=name, start=end, end=end + 1))

    def _at(self, data: RecordData, observer: str, hash_: str, height: int, chain: str) -> None:
        self.journal.append(data, observer=observer, chain=chain, height=height, hash=hash_)


def _node(name: str, chain: str, role: Role) -> Node:
    return Node(name=name, chain=chain, role=role, account=f"//{name}", image="node:1", region="eu", provider="north")


def _mail(topic: str, sender: str, recipient: str, label: str, index: int) -> dict[str, Any]:
    return {"id": topic, "label": label, "index": index, "sender": sender, "recipient": recipient, "size": 32}


def forked() -> Story:
    """Both validators see block 1; alice's 2 is lost to bob's 2 and 3, which alice takes over at 20 s.

    Block 3 and what is below it is finalized at 24 s; block 4 is not.
    """
    story = Story()
    for t, name, height, parent, author in (
        (6.0, "a1", 1, "g", "alice"),
        (12.0, "a2", 2, "a1", "alice"),
        (13.0, "b2", 2, "a1", "bob"),
        (18.0, "b3", 3, "b2", "bob"),
    ):
        story.t = t
        story.block(name, height, parent, author)
        story.best(author, name, height)
        if name == "a1":
            story.best("bob", name, height)
            story.final("alice", "g", 0)
            story.final("bob", "g", 0)
            story.barrier()
    story.t = 20.0
    story.best("alice", "b3", 3)
    story.t = 24.0
    story.final("alice", "b3", 3)
    story.final("bob", "b3", 3)
    story.t = 26.0
    story.block("b4", 4, "b3", "bob")
    story.best("bob", "b4", 4)
    return story
