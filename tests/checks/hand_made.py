"""Journals made block by block, for tests of checks that judge what a chain's blocks and states have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simnet.journal import Ask, Evidence, Record
from simnet.journal.records import (
    Barrier,
    BestHead,
    BlockSeen,
    ContentsRead,
    FinalizedHead,
    NetworkLaunched,
    NodeReady,
    NodeUp,
    PeerCount,
    ReadingAsked,
    RecordData,
    RuntimeEvent,
    StepDone,
    ValueRead,
)
from simnet.scenario import NetworkSpec
from tests.runs import started

NODES = ("alice", "bob")
SLOT = 6.0
"""Seconds between blocks."""

Fields = Mapping[str, Any]


class HandMade:
    """A relay chain of two nodes that both show each block at once. ``evidence`` is what its journal shows so far.

    ``asks`` are asked before the first block is read.
    """

    def __init__(self, *asks: Ask, t0: float = 10.0) -> None:
        self.evidence = Evidence()
        self.t = 0.0
        self.heights = {"0x00": 0}
        network = NetworkSpec(relay={"runtime": "westend", "validators": len(NODES)})  # type: ignore[arg-type]
        topology = network.topology()
        self.add(started())
        self.add(
            NetworkLaunched(
                relay=topology.relay, parachains=(), nodes=topology.nodes, channels=(), images={}, runtimes={}
            )
        )
        for node in NODES:
            self.add(NodeUp(image="", flags=[], reason="launch"), observer=node)
            self.add(NodeReady(), observer=node)
        self.ask(*asks)
        self.block("0x00", parent="0x" + "00" * 32)
        self.final("0x00")
        self.t = t0
        self.add(Barrier(unregistered=[]))

    def add(self, data: RecordData, *, observer: str = "harness", at: str | None = None) -> Record:
        """A record now; ``at`` is the hash of the relay block that it is about."""
        record = Record(
            seq=len(self.evidence.records),
            t=self.t,
            observer=observer,
            incarnation=0,
            chain=None if at is None else "relay",
            height=None if at is None else self.heights[at],
            hash=at,
            data=data,
        )
        self.evidence.add(record)
        return record

    def ask(self, *asks: Ask) -> None:
        for one in asks:
            data = ReadingAsked(what=one.what, name=one.name, args=one.arguments)
            self.evidence.add(
                Record(
                    seq=len(self.evidence.records),
                    t=self.t,
                    observer="harness",
                    incarnation=0,
                    chain=one.chain,
                    height=None,
                    hash=None,
                    data=data,
                )
            )

    def block(
        self,
        name: str,
        *events: tuple[str, Fields],
        parent: str | None = None,
        values: Mapping[Ask, Any] | None = None,
        read: bool = True,
        best: bool = True,
    ) -> str:
        """A block a slot later, on the last one unless ``parent`` says another. Each event is its name and fields, each
        value the ask that it answers, or why there is none as an exception."""
        if name != "0x00":
            self.t += SLOT
            parent = parent or self._last
            self.heights[name] = self.heights[parent] + 1
        assert parent is not None
        self.add(BlockSeen(parent=parent), observer="alice", at=name)
        if best:
            for node in NODES:
                self.add(BestHead(), observer=node, at=name)
        self._last = name
        if read:
            self.read(name, *events, values=values)
        return name

    def read(self, name: str, *events: tuple[str, Fields], values: Mapping[Ask, Any] | None = None) -> None:
        """The contents of a block."""
        for event, fields in events:
            pallet, _, kind = event.partition(".")
            self.add(RuntimeEvent(pallet=pallet, name=kind, extrinsic=1, **_recorded(pallet, fields)), at=name)
        for ask, value in (values or {}).items():
            why = str(value) if isinstance(value, Exception) else None
            told = None if why is not None else value
            self.add(ValueRead(what=ask.what, name=ask.name, args=ask.arguments, value=told, why=why), at=name)
        asked = len(self.evidence.asked["relay"])
        self.add(ContentsRead(events=len(events), asked=asked or None), at=name)

    def final(self, name: str) -> None:
        """Both nodes finalize a block."""
        for node in NODES:
            self.add(FinalizedHead(), observer=node, at=name)

    def grow(self, *names: str, **how: Any) -> None:
        """Blocks that are final at once."""
        for name in names:
            self.block(name, **how)
            self.final(name)

    def step(self, label: str, since: float) -> None:
        """A step of that label, from a time to now."""
        self.add(
            StepDone(
                index=0,
                verb="wait",
                label=label,
                text=label,
                start=since,
                end=self.t,
                failure=None,
                conclusive=True,
            )
        )

    def end(self) -> Evidence:
        """What it shows in the end, when every node told its peers once more."""
        for node in NODES:
            self.add(PeerCount(count=1, syncing=False), observer=node)
        return self.evidence


def _recorded(pallet: str, fields: Fields) -> dict[str, Any]:
    """As recorders keep an event: of candidates' descriptors a part, unless ``whole`` is told beside it."""
    if pallet != "ParaInclusion":
        return {"fields": fields}
    return {"fields": {"para_id": 2000}, "whole": fields.get("whole")}


def names(count: int, start: int = 1) -> Sequence[str]:
    """Hashes of so many blocks."""
    return [f"0x{number:02x}" for number in range(start, start + count)]
