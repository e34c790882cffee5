"""Small journals told by hand: blocks, heads, faults and messages of two validators and one parachain."""

from __future__ import annotations

from typing import Any

from simnet.journal import FORMAT, Evidence, Journal, Kind
from simnet.journal.records import (
    Barrier,
    FaultApplied,
    FaultHealed,
    MessageAsked,
    MessageSubmitted,
    NetworkLaunched,
    RunStarted,
)

NODES = (("alice", "relay", "validator"), ("bob", "relay", "validator"), ("collator", "2000", "collator"))


class Story:
    """A journal whose clock stands where ``t`` says. Block hashes are the block's name, such as ``a3``."""

    def __init__(self, nodes: tuple[tuple[str, str, str], ...] = NODES) -> None:
        self.t = 0.0
        self.journal = Journal(lambda: self.t)
        self.journal.append(RunStarted(format=FORMAT, run="tale-1", scenario="tale", provider="toy", seed=7, steps=0))
        listed = [
            {"name": name, "chain": chain, "role": role, "region": "eu", "provider": "north", "image": "node:1"}
            for name, chain, role in nodes
        ]
        self.journal.append(
            NetworkLaunched(
                relay={"id": "relay"},
                parachains=[{"id": chain} for chain in dict.fromkeys(c for _, c, _ in nodes) if chain != "relay"],
                nodes=listed,
                channels=[],
                images={"node:1": "sha256:12ab"},
                runtimes={"relay": "0x34cd"},
            )
        )
        for name, _, _ in nodes:
            self.node(name, Kind.NODE_UP, image="node:1", flags=[], reason="launch")
            self.node(name, Kind.NODE_READY)

    @property
    def evidence(self) -> Evidence:
        return self.journal.evidence

    def node(self, name: str, kind: Kind, **data: Any) -> None:
        self.journal.append(kind, observer=name, **data)

    def barrier(self) -> None:
        self.journal.append(Barrier())

    def block(self, name: str, height: int, parent: str, author: str, chain: str = "relay", **data: Any) -> None:
        self._at(Kind.BLOCK, author, name, height, chain, parent=parent, author=author, **data)

    def best(self, node: str, name: str, height: int, chain: str = "relay") -> None:
        self._at(Kind.HEAD_BEST, node, name, height, chain)

    def final(self, node: str, name: str, height: int, chain: str = "relay") -> None:
        self._at(Kind.HEAD_FINALIZED, node, name, height, chain)

    def event(self, name: str, height: int, pallet: str, event: str, chain: str = "relay", **fields: Any) -> None:
        self._at(Kind.EVENT, "alice", name, height, chain, pallet=pallet, name=event, fields=fields, extrinsic=1)

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
        gone = {"closed": True} if closed else {}
        data = {"queue": queue, "sender": sender, "recipient": recipient, "count": len(topics), "bytes": 0, **gone}
        self._at(Kind.QUEUE, "alice", block, height, chain, **data, ids=list(topics))

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

    def _at(self, kind: Kind, observer: str, hash_: str, height: int, chain: str, /, **data: Any) -> None:
        self.journal.append(kind, observer=observer, chain=chain, height=height, hash=hash_, **data)


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
