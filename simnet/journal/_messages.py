"""What the journal shows of each cross-chain message: sent, queued, ended.

A message is known by its XCM topic: simnet sets it when it sends, `PolkadotXcm.Sent` repeats it, and the receiver's
message queue reports it as the id of its terminal event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from simnet.journal._record import Kind, Record

if TYPE_CHECKING:
    from simnet.journal._evidence import Block

TERMINAL = {"Processed", "ProcessingFailed", "OverweightEnqueued"}
"""Events of pallet-message-queue that end a message (protocol-facts section 5)."""

CLOSED = "ChannelClosed"
"""How a message ends whose HRMP channel is closed while it waits: the relay chain drops the queue (runtime hrmp.rs)."""

_SENT = {"PolkadotXcm", "XcmPallet"}


@dataclass(frozen=True, slots=True)
class Terminal:
    """How a message ended: the event, where, when first seen, and whether its instructions all succeeded."""

    event: str
    success: bool
    chain: str
    height: int
    t: float
    seq: int
    relay_height: int | None
    error: str | None = None
    """What the queue says of it, or the instruction that failed: an XCM error's name, with its data."""


@dataclass(frozen=True, slots=True)
class MessageTrace:
    """One message on the finalized chains. Times are seconds since the run began, heights blocks."""

    id: str
    label: str
    index: int
    sender: str
    recipient: str
    size: int
    submitted: float
    seq: int
    sent: float | None
    """When the sender's block that sent it was first seen; None while none is finalized."""
    sent_height: int | None
    sent_relay_height: int | None
    order: tuple[int, int, int] | None
    """Place among all that the sender sent: height, extrinsic, event."""
    refused: str | None
    terminals: tuple[Terminal, ...]
    last_seen: str | None
    """The queue that held it last, for one that has not ended."""
    last_seen_t: float | None = None

    @property
    def channel(self) -> str:
        return f"{self.sender}>{self.recipient}"

    @property
    def latency(self) -> float | None:
        """Seconds from the sending block to the block of the first terminal event."""
        return self.terminals[0].t - self.sent if self.terminals and self.sent is not None else None

    @property
    def latency_blocks(self) -> int | None:
        """The same in relay-chain blocks."""
        if not self.terminals or self.sent_relay_height is None or self.terminals[0].relay_height is None:
            return None
        return self.terminals[0].relay_height - self.sent_relay_height


@dataclass
class MessageLog:
    """All records about messages, by topic."""

    submitted: dict[str, Record] = field(default_factory=dict)
    sent: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    ended: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    extrinsics: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    queues: list[Record] = field(default_factory=list)
    held: dict[str, Record] = field(default_factory=dict)
    closed: dict[tuple[str, str], list[Record]] = field(default_factory=lambda: defaultdict(list))
    failed: dict[tuple[str, str | None], Record] = field(default_factory=dict)
    """Instructions that failed, by the message's topic and the block (xcm-executor 29, XcmEventEmitter)."""

    def event(self, record: Record) -> None:
        pallet, name = record.data["pallet"], record.data["name"]
        fields = record.data["fields"]
        if pallet in _SENT and name == "Sent" and "message_id" in fields:
            self.sent[fields["message_id"]].append(record)
        elif pallet == "MessageQueue" and name in TERMINAL:
            self.ended[fields["id"]].append(record)
        elif pallet in _SENT and name == "ProcessXcmError" and "message_id" in fields:
            self.failed[fields["message_id"], record.hash] = record
        elif pallet == "Hrmp" and name == "ChannelClosed":
            channel = fields["channel_id"]
            self.closed[str(channel["sender"]), str(channel["recipient"])].append(record)

    def other(self, record: Record) -> None:
        if record.kind is Kind.MESSAGE_SUBMITTED:
            self.submitted[record.data["id"]] = record
        elif record.kind is Kind.EXTRINSIC:
            self.extrinsics[record.data["extrinsic"]].append(record)
        else:
            self.queues.append(record)
            for topic in record.data.get("ids", ()):
                self.held[topic] = record

    def traces(self, canonical: Callable[[str, str], Block | None]) -> list[MessageTrace]:
        """One trace per submitted message; ``canonical(chain, hash)`` gives the block if it is finalized."""
        return [self._trace(record, canonical) for record in self.submitted.values()]

    def _trace(self, record: Record, canonical: Callable[[str, str], Block | None]) -> MessageTrace:
        data = record.data
        topic = data["id"]
        sent = _final(self.sent.get(topic, ()), canonical)
        first = sent[0] if sent else None
        refused = [
            str(one.data["error"])
            for one, _ in _final(self.extrinsics.get(data["extrinsic"], ()), canonical)
            if not one.data["success"]
        ]
        held = self.held.get(topic)
        ends = _final(self.ended.get(topic, ()), canonical)
        if first is not None and not ends:
            closed = _final(self.closed.get((data["sender"], data["recipient"]), ()), canonical)
            sent_at = _relay_height(first[1]) or 0
            ends = [(one, block) for one, block in closed if block.height > sent_at][:1]
        return MessageTrace(
            id=topic,
            label=data["label"],
            index=data["index"],
            sender=data["sender"],
            recipient=data["recipient"],
            size=data["size"],
            submitted=record.t,
            seq=record.seq,
            sent=first[1].t if first else None,
            sent_height=first[1].height if first else None,
            sent_relay_height=_relay_height(first[1]) if first else None,
            order=_order(*first) if first else None,
            refused=refused[0] if refused and not sent else None,
            terminals=tuple(
                Terminal(
                    event=one.data["name"],
                    success=one.data["name"] == "Processed" and bool(one.data["fields"].get("success")),
                    chain=block.chain,
                    height=block.height,
                    t=block.t,
                    seq=one.seq,
                    relay_height=_relay_height(block),
                    error=_error(one, self.failed.get((topic, one.hash))),
                )
                for one, block in ends
            ),
            last_seen=f"{held.data['queue']} of {held.chain} at block {held.height}" if held else None,
            last_seen_t=held.t if held else None,
        )


def _final(records: Any, canonical: Callable[[str, str], Block | None]) -> list[tuple[Record, Block]]:
    found = ((record, canonical(record.chain or "", record.hash or "")) for record in records)
    return sorted(
        ((record, block) for record, block in found if block is not None),
        key=lambda pair: (pair[1].height, pair[0].seq),
    )


def _relay_height(block: Block) -> int | None:
    return block.height if block.chain == "relay" else block.relay_parent


def _order(record: Record, block: Block) -> tuple[int, int, int]:
    return block.height, int(record.data.get("extrinsic") or 0), record.seq


def _error(end: Record, failed: Record | None) -> str | None:
    """Of a terminal event, and of the instruction that failed in its block."""
    errors = [one.data["fields"].get("error") for one in (failed, end) if one is not None]
    return ", ".join(_named(error) for error in errors if error is not None) or None


def _named(error: Any) -> str:
    """An error by its name, its data in brackets: ``FailedToTransactAsset``, ``Trap(7)``."""
    if isinstance(error, dict) and len(error) == 1:
        ((name, data),) = error.items()
        return f"{name}({data})"
    return str(error)
