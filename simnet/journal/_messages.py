"""What the journal shows of each cross-chain message: asked for, handed in, sent, queued, ended.

A message is known by its XCM topic: simnet sets it when it sends, `PolkadotXcm.Sent` repeats it, and the receiver's
message queue reports it as the id of its terminal event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simnet.journal._discards import CLOSED, DOWNWARD, HRMP, OFFBOARDED, TOLD, Discards, final
from simnet.journal._observations import Block
from simnet.journal._record import AnyRecord, Record
from simnet.journal.records import MessageAsked, MessageSubmitted, OurExtrinsic, QueueRead, RuntimeEvent

TERMINAL = {"Processed", "ProcessingFailed", "OverweightEnqueued"}
"""Events of pallet-message-queue that end a message (docs/protocol.md, Messages)."""

DISCARDED = {CLOSED, OFFBOARDED}
"""How a message ends that governance discards: no event tells of it."""

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
    asked: float
    """When it was asked for; ``seq`` is that record's, so that it tells the order of asking."""
    seq: int
    submitted: float | None
    """When it was signed and handed to nodes of the sender; None while none could be given it."""
    sent: float | None
    """When the sender's block that took it and sent it was first seen; None while none is finalized, unless the message
    has ended and one block alone, which may still become final, can have sent it."""
    sent_height: int | None
    sent_relay_height: int | None
    order: tuple[int, int, int] | None
    """Place among all that the sender sent: height, extrinsic, event."""
    relay_order: tuple[int, int] | None
    """Place in the relay chain's queue to the recipient: the first block that had it there, and how many were ahead."""
    refused: str | None
    terminals: tuple[Terminal, ...]
    last_seen: str | None
    """The queue that held it last, for one that has not ended."""
    last_seen_t: float | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.channel}"

    @property
    def name(self) -> str:
        """Its label and its number among those of that label, from 0: ``mail#2``."""
        return f"{self.label}#{self.index}"

    @property
    def channel(self) -> str:
        """From which chain to which: ``2000>2001``."""
        return f"{self.sender}>{self.recipient}"

    @property
    def failure(self) -> str | None:
        """Why it cannot arrive any more; None for one that arrived, or still may."""
        if self.refused is not None:
            return f"was refused by the sender's chain: {self.refused}"
        end = self.terminals[0] if self.terminals else None
        if end is None or end.success:
            return None
        success = "" if end.event != "Processed" else f" with success {end.success}"
        where = f" in {end.chain} block {end.height}" if end.event in DISCARDED else ""
        return f"{f'failed with {end.error}: ' if end.error else ''}ended in {end.event}{success}{where}"

    @property
    def latency(self) -> float | None:
        """Seconds from the asking to the block of the first terminal event."""
        return self.terminals[0].t - self.asked if self.terminals else None

    @property
    def taken(self) -> float | None:
        """Seconds from the asking until the sender's block."""
        return self.sent - self.asked if self.sent is not None else None

    @property
    def transit(self) -> float | None:
        """Seconds from the sender's block to the block of the first terminal event."""
        return self.terminals[0].t - self.sent if self.terminals and self.sent is not None else None

    @property
    def transit_blocks(self) -> int | None:
        """The same in relay-chain blocks."""
        if not self.terminals or self.sent_relay_height is None or self.terminals[0].relay_height is None:
            return None
        return self.terminals[0].relay_height - self.sent_relay_height


@dataclass
class MessageLog:
    """All records about messages, by topic."""

    asked: dict[str, Record[MessageAsked | MessageSubmitted]] = field(default_factory=dict)
    """In the order of asking. Journals of before there was such a record have a message from its submission on."""
    submitted: dict[str, Record[MessageSubmitted]] = field(default_factory=dict)
    sent: dict[str, list[Record[RuntimeEvent]]] = field(default_factory=lambda: defaultdict(list))
    ended: dict[str, list[Record[RuntimeEvent]]] = field(default_factory=lambda: defaultdict(list))
    extrinsics: dict[str, list[Record[OurExtrinsic]]] = field(default_factory=lambda: defaultdict(list))
    held: dict[str, Record[QueueRead]] = field(default_factory=dict)
    relayed: dict[str, list[Record[QueueRead]]] = field(default_factory=lambda: defaultdict(list))
    """Readings of the relay chain's queues to other chains that had it."""
    discards: Discards = field(default_factory=Discards)
    failed: dict[tuple[str, str | None], Record[RuntimeEvent]] = field(default_factory=dict)
    """Instructions that failed, by the message's topic and the block (xcm-executor 29, XcmEventEmitter)."""

    def event(self, record: Record[RuntimeEvent]) -> None:
        pallet, name = record.data.pallet, record.data.name
        fields = record.data.fields
        if pallet in _SENT and name == "Sent" and "message_id" in fields:
            self.sent[fields["message_id"]].append(record)
        elif pallet == "MessageQueue" and name in TERMINAL:
            self.ended[fields["id"]].append(record)
        elif pallet in _SENT and name == "ProcessXcmError" and "message_id" in fields:
            self.failed[fields["message_id"], record.hash] = record
        if (pallet, name) in TOLD:
            self.discards.event(record)

    def other(self, record: Record[Any]) -> None:
        """Takes in what was asked, handed in, taken by a chain, or read of a queue."""
        match record.data:
            case MessageAsked(id=topic):
                self.asked[topic] = record
            case MessageSubmitted(id=topic):
                self.asked.setdefault(topic, record)
                self.submitted[topic] = record
            case OurExtrinsic(extrinsic=hash_):
                self.extrinsics[hash_].append(record)
            case QueueRead():
                self._reading(record)

    def _reading(self, record: Record[QueueRead]) -> None:
        self.discards.reading(record)
        relayed = record.data.queue in (HRMP, DOWNWARD)
        for topic in record.data.ids:
            self.held[topic] = record
            if relayed:
                self.relayed[topic].append(record)

    def traces(
        self, canonical: Callable[[str, str], Block | None], beyond: Callable[[str, str], Block | None]
    ) -> list[MessageTrace]:
        """One trace per message asked for; ``canonical(chain, hash)`` gives the block if it is finalized, ``beyond`` if
        it builds on those that are."""
        return [self._trace(record, canonical, beyond) for record in self.asked.values()]

    def _trace(
        self,
        record: Record[MessageAsked | MessageSubmitted],
        canonical: Callable[[str, str], Block | None],
        beyond: Callable[[str, str], Block | None],
    ) -> MessageTrace:
        data = record.data
        topic = data.id
        submitted = self.submitted.get(topic)
        sent = final(self.sent.get(topic, ()), canonical)
        extrinsics = self.extrinsics.get(submitted.data.extrinsic, ()) if submitted else ()
        refused = [str(one.data.error) for one, _ in final(extrinsics, canonical) if not one.data.success]
        held = self.held.get(topic)
        terminals = [
            _terminal(one, block, self.failed.get((topic, one.hash)))
            for one, block in final(self.ended.get(topic, ()), canonical)
        ]
        first = sent[0] if sent else self._sent_before(topic, beyond) if terminals else None
        if first is not None and not terminals:
            discarded = self.discards.of(topic, data.sender, data.recipient, first[1], canonical)
            if discarded is not None:
                terminals = [_ended(*discarded)]
        return MessageTrace(
            id=topic,
            label=data.label,
            index=data.index,
            sender=data.sender,
            recipient=data.recipient,
            asked=record.t,
            seq=record.seq,
            submitted=submitted.t if submitted else None,
            sent=first[1].t if first else None,
            sent_height=first[1].height if first else None,
            sent_relay_height=_relay_height(first[1]) if first else None,
            order=_order(*first) if first else None,
            relay_order=self._relay_order(topic, canonical),
            refused=refused[0] if refused and not sent else None,
            terminals=tuple(terminals),
            last_seen=f"{held.data.queue} of {held.chain} at block {held.height}" if held else None,
            last_seen_t=held.t if held else None,
        )

    def _sent_before(
        self, topic: str, beyond: Callable[[str, str], Block | None]
    ) -> tuple[Record[RuntimeEvent], Block] | None:
        """The block that sent a message which has ended, though no node of the sender has finalized it yet: the only
        one that did beyond the finalized ones."""
        sent = self.sent.get(topic, ())
        blocks = [(one, block) for one in sent if (block := beyond(one.chain or "", one.hash or "")) is not None]
        return blocks[0] if len(blocks) == 1 else None

    def _relay_order(self, topic: str, canonical: Callable[[str, str], Block | None]) -> tuple[int, int] | None:
        for record in self.relayed.get(topic, ()):  # in the order of reading, which is that of height
            if canonical(record.chain or "", record.hash or "") is not None:
                return record.height or 0, record.data.ids.index(topic)
        return None


def _terminal(record: Record[RuntimeEvent], block: Block, failed: Record[RuntimeEvent] | None) -> Terminal:
    name = record.data.name
    success = name == "Processed" and bool(record.data.fields.get("success"))
    return _ended(name, record, block, success=success, error=_error(record, failed))


def _ended(event: str, record: AnyRecord, block: Block, *, success: bool = False, error: str | None = None) -> Terminal:
    height, relay_height = block.height, _relay_height(block)
    return Terminal(event, success, block.chain, height, block.t, record.seq, relay_height, error)


def _relay_height(block: Block) -> int | None:
    return block.height if block.chain == "relay" else block.relay_parent


def _order(record: Record[RuntimeEvent], block: Block) -> tuple[int, int, int]:
    return block.height, int(record.data.extrinsic or 0), record.seq


def _error(end: Record[RuntimeEvent], failed: Record[RuntimeEvent] | None) -> str | None:
    """Of a terminal event, and of the instruction that failed in its block."""
    errors = [one.data.fields.get("error") for one in (failed, end) if one is not None]
    return ", ".join(_named(error) for error in errors if error is not None) or None


def _named(error: Any) -> str:
    """An error by its name, its data in brackets: ``FailedToTransactAsset``, ``Trap(7)``."""
    if isinstance(error, dict) and len(error) == 1:
        ((name, data),) = error.items()
        return f"{name}({data})"
    return str(error)
