"""Messages whose ids chains give themselves: found by the extrinsic that sends them, and followed from chain to chain.

A router ends a program that has no topic with one of its own making, which ``Sent`` tells (staging-xcm-builder 31,
routing.rs ``WithUniqueTopic``); a chain that executes it and sends on passes the topic on (staging-xcm-executor 29,
lib.rs ``send``). Older ones make another one for each hop. So what goes on is told by place and not by id: events that
a message's execution deposits stand between the end of the message before it in its block and its own.

A barrier that refuses a message leaves its topic unread, and the queue reports the hash of its bytes instead
(pallet-message-queue 53, ``process_message_payload``): XcmpQueue and ParachainSystem tell that hash when they send; of
what the relay chain sends down, the reading of its queue does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from simnet.journal._discards import Canonical
from simnet.journal._observations import Block
from simnet.journal._record import Record
from simnet.journal.records import DryRunAsked, MessageSubmitted, OurExtrinsic, QueueRead, RuntimeEvent
from simnet.network.locations import placed

TERMINAL = {"Processed", "ProcessingFailed", "OverweightEnqueued"}
"""Events of pallet-message-queue that end a message (docs/protocol.md, Messages)."""

_HASHED = {("XcmpQueue", "XcmpMessageSent"), ("ParachainSystem", "UpwardMessageSent")}
"""Deposited before ``Sent`` with the hash of the message's bytes."""


@dataclass
class Effects:
    """What the execution of one program deposited: an extrinsic's, or a message's."""

    sent: list[Record[RuntimeEvent]] = field(default_factory=list)
    trapped: list[Record[RuntimeEvent]] = field(default_factory=list)
    attempted: Record[RuntimeEvent] | None = None
    hash: str | None = None
    """Of the bytes of a message that is being sent."""


@dataclass(frozen=True)
class Whereabouts:
    """Where a message has come to by one of its ways: it ended there, or is under way to it."""

    id: str
    came_from: str
    """The chain that sent it there, in ``block``."""
    block: Block
    chain: str | None
    """None for what leads to no chain of the network."""
    ends: tuple[tuple[Record[RuntimeEvent], Block], ...]
    via: tuple[str, ...]
    ids: tuple[str, ...]


@dataclass
class GivenMessages:
    """All records about them."""

    keys: dict[str, str] = field(default_factory=dict)
    """By the hash of each extrinsic that sends one, the name by which it was asked for."""
    handed: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The extrinsics by those names; several where code came between that wants them signed anew."""
    ids: dict[str, str] = field(default_factory=dict)
    """Names by the ids that chains gave, on any fork."""
    hashes: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    """By such an id, hashes of its bytes, each once however many forks tell it."""
    ended: dict[str, list[Record[RuntimeEvent]]] = field(default_factory=lambda: defaultdict(list))
    """Terminal events by id, or by hash."""
    dry_runs: dict[str, list[Record[DryRunAsked]]] = field(default_factory=lambda: defaultdict(list))
    """By the hash of the extrinsic."""
    _effects: dict[tuple[str, int | None], Effects] = field(default_factory=lambda: defaultdict(Effects))
    """By block and extrinsic; those of messages are of the one that is being read."""
    _of_message: dict[tuple[str, int], Effects] = field(default_factory=dict)
    """By block and the ``seq`` of the terminal event."""
    _goals: dict[str, set[str | None]] = field(default_factory=lambda: defaultdict(set))
    """By id, the chains to which it is under way on some fork."""

    def event(self, record: Record[RuntimeEvent]) -> None:
        """Takes in an event of any block."""
        pallet, name = record.data.pallet, record.data.name
        at = record.hash or "", record.data.extrinsic
        fields = record.data.fields
        if (pallet, name) in _HASHED:
            self._effects[at].hash = fields.get("message_hash")
        elif name == "Sent" and "message_id" in fields:
            effects = self._effects[at]
            effects.sent.append(record)
            if effects.hash is not None:
                self.hashes[fields["message_id"]][effects.hash] = None
                effects.hash = None
        elif name == "AssetsTrapped" and "origin" in fields:
            self._effects[at].trapped.append(record)
        elif name == "Attempted" and "outcome" in fields:
            self._effects[at].attempted = record
        elif pallet == "MessageQueue" and name in TERMINAL:
            self._end(record, self._effects.pop(at, None))

    def _end(self, record: Record[RuntimeEvent], effects: Effects | None) -> None:
        id_ = record.data.fields["id"]
        self.ended[id_].append(record)
        if effects is not None:
            self._of_message[record.hash or "", record.seq] = effects
        name = self.ids.get(id_)
        if name is not None:
            self._goals[id_].discard(record.chain)
            for one in effects.sent if effects is not None else ():
                self._learn(name, one)

    def _learn(self, name: str, sent: Record[RuntimeEvent]) -> None:
        """A message that was asked for by that name has this id from here on."""
        fields = sent.data.fields
        self.ids[fields["message_id"]] = name
        if "destination" in fields:
            self._goals[fields["message_id"]].add(placed(fields["destination"], sent.chain or "")[0])

    def other(self, record: Record[Any]) -> None:
        """Takes in what was asked, handed in, taken by a chain, or read of a queue."""
        match record.data:
            case MessageSubmitted(by=str(), extrinsic=hash_, id=name):
                self.keys[hash_] = name
                self.handed[name].append(hash_)
            case OurExtrinsic(extrinsic=hash_) if hash_ in self.keys:
                for sent in self.effects(record).sent:
                    self._learn(self.keys[hash_], sent)
            case QueueRead(hashes=dict() as hashes):
                for id_, hash_ in hashes.items():
                    self.hashes[id_][hash_] = None
            case DryRunAsked(extrinsic=str() as hash_):
                self.dry_runs[hash_].append(record)

    def effects(self, taken: Record[OurExtrinsic]) -> Effects:
        """What an extrinsic deposited."""
        return self._effects.get((taken.hash or "", taken.data.index), Effects())

    def effects_of(self, end: Record[RuntimeEvent]) -> Effects:
        """What the execution of a message deposited, by the event that ended it."""
        return self._of_message.get((end.hash or "", end.seq), Effects())

    def over(self, name: str) -> bool:
        """Whether all that went out under that name ended where it goes, on some fork."""
        ids = [id_ for id_, one in list(self.ids.items()) if one == name]
        return bool(ids) and not any(self._goals.get(id_) for id_ in ids)

    def under_way(self) -> list[str]:
        """Ids of those that some chain sent and that did not end where they go, on some fork."""
        return [id_ for id_, goals in list(self._goals.items()) if goals]

    def ends(
        self, sent: Record[RuntimeEvent], canonical: Canonical
    ) -> tuple[str | None, list[tuple[Record[RuntimeEvent], Block]]]:
        """Where a message goes that an event tells of, None for no chain of the network, and the events of final blocks
        that ended it there."""
        fields = sent.data.fields
        target = placed(fields["destination"], sent.chain or "")[0] if "destination" in fields else None
        found = [
            (record, place)
            for name in (fields["message_id"], *self.hashes.get(fields["message_id"], ()))
            for record in self.ended.get(name, ())
            if record.chain == target and (place := canonical(record.chain or "", record.hash or "")) is not None
        ]
        return target, found

    def leaves(self, sent: Record[RuntimeEvent], block: Block, canonical: Canonical) -> list[Whereabouts]:
        """Where a message that a final block sent has come to, by each of its ways."""
        return list(self._follow(sent, block, canonical, (), ()))

    def _follow(
        self,
        sent: Record[RuntimeEvent],
        block: Block,
        canonical: Canonical,
        via: tuple[str, ...],
        ids: tuple[str, ...],
    ) -> Iterator[Whereabouts]:
        id_, source = sent.data.fields["message_id"], sent.chain or ""
        ids = ids if id_ in ids else (*ids, id_)
        target, found = self.ends(sent, canonical)
        onward: Sequence[Record[RuntimeEvent]] = ()
        if len(found) == 1 and target is not None and target not in via:
            end, there = found[0]
            went = end.data.name == "Processed" and end.data.fields.get("success")
            onward = self.effects_of(end).sent if went else ()
            for one in onward:
                yield from self._follow(one, there, canonical, (*via, target), ids)
        if not onward:
            yield Whereabouts(id_, source, block, target, tuple(found), via, ids)
