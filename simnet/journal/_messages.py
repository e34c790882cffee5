"""What the journal shows of each cross-chain message: asked for, handed in, sent, queued, ended.

A message is known by its XCM topic: simnet sets it when it sends, `PolkadotXcm.Sent` repeats it, and the receiver's
message queue reports it as the id of its terminal event. Where the chain sets it, the extrinsic that sends it is known.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from simnet.journal._discards import DOWNWARD, HRMP, TOLD, Canonical, Discards, final
from simnet.journal._endings import UNTOLD, ended, name_of, order, relay_height, terminal
from simnet.journal._given_messages import TERMINAL, GivenMessages
from simnet.journal._given_traces import GivenTraces
from simnet.journal._message_trace import MessageTrace, Terminal
from simnet.journal._observations import Block
from simnet.journal._record import Record
from simnet.journal.records import MessageAsked, MessageSubmitted, OurExtrinsic, QueueRead, RuntimeEvent


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
    given: GivenMessages = field(default_factory=GivenMessages)
    """What there is about messages whose ids are the chains' own."""

    def event(self, record: Record[RuntimeEvent]) -> None:
        pallet, name = record.data.pallet, record.data.name
        fields = record.data.fields
        if name == "Sent" and "message_id" in fields:
            self.sent[fields["message_id"]].append(record)
        elif pallet == "MessageQueue" and name in TERMINAL:
            self.ended[fields["id"]].append(record)
        elif name == "ProcessXcmError" and "message_id" in fields:
            self.failed[fields["message_id"], record.hash] = record
        self.given.event(record)
        if (pallet, name) in TOLD:
            self.discards.event(record)

    def other(self, record: Record[Any]) -> None:
        """Takes in what was asked, handed in, taken by a chain, or read of a queue."""
        self.given.other(record)
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

    def traces(self, canonical: Canonical, beyond: Canonical) -> list[MessageTrace]:
        """One trace per message asked for; ``canonical(chain, hash)`` gives the block if it is finalized, ``beyond`` if
        it builds on those that are."""
        of_given = GivenTraces(self)
        return [
            (self._trace if record.data.by is None else of_given.trace)(record, canonical, beyond)
            for record in self.asked.values()
        ]

    def topics(self) -> list[bytes]:
        """Topics of messages that have not ended, for finding them in queues."""
        ours = [id_ for id_, one in list(self.submitted.items()) if one.data.by is None and id_ not in self.ended]
        return [bytes.fromhex(id_[2:]) for id_ in (*ours, *self.given.under_way())]

    def _trace(
        self, record: Record[MessageAsked | MessageSubmitted], canonical: Canonical, beyond: Canonical
    ) -> MessageTrace:
        data = record.data
        topic = data.id
        submitted = self.submitted.get(topic)
        sent = final(self.sent.get(topic, ()), canonical)
        extrinsics = self.extrinsics.get(submitted.data.extrinsic, ()) if submitted else ()
        refused = [str(one.data.error) for one, _ in final(extrinsics, canonical) if not one.data.success]
        held = self.held.get(topic)
        terminals = [
            terminal(one, block, self.failed.get((topic, one.hash)))
            for one, block in final(self.ended.get(topic, ()), canonical)
        ] + self._refused_by_barrier(topic, data.recipient, canonical)
        first = sent[0] if sent else self._sent_before(topic, beyond) if terminals else None
        if first is not None and not terminals:
            discarded = self.discards.of(topic, data.sender, data.recipient, first[1], canonical)
            if discarded is not None:
                terminals = [ended(*discarded)]
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
            sent_relay_height=relay_height(first[1]) if first else None,
            order=order(*first) if first else None,
            relay_order=self.relay_order(topic, canonical),
            refused=refused[0] if refused and not sent else None,
            terminals=tuple(terminals),
            last_seen=f"{held.data.queue} of {held.chain} at block {held.height}" if held else None,
            last_seen_t=held.t if held else None,
        )

    def _refused_by_barrier(self, topic: str, recipient: str, canonical: Canonical) -> list[Terminal]:
        """How mail ended that the recipient's barrier refused, which is reported under the hash of its bytes."""
        ends = [one for hash_ in self.given.hashes.get(topic, ()) for one in self.ended.get(hash_, ())]
        found = final([one for one in ends if one.chain == recipient], canonical)
        saw = next((one.data.fields.get("message") for one in self.sent.get(topic, ())), None) or ()
        names = ", ".join(map(name_of, saw)) or UNTOLD
        return [replace(terminal(one, block, None), barrier=names) for one, block in found]

    def _sent_before(self, topic: str, beyond: Canonical) -> tuple[Record[RuntimeEvent], Block] | None:
        """The block that sent a message which has ended, though no node of the sender has finalized it yet: the only
        one that did beyond the finalized ones."""
        sent = self.sent.get(topic, ())
        blocks = [(one, block) for one in sent if (block := beyond(one.chain or "", one.hash or "")) is not None]
        return blocks[0] if len(blocks) == 1 else None

    def relay_order(self, topic: str, canonical: Canonical) -> tuple[int, int] | None:
        for record in self.relayed.get(topic, ()):  # in the order of reading, which is that of height
            if canonical(record.chain or "", record.hash or "") is not None:
                return record.height or 0, record.data.ids.index(topic)
        return None
