"""Messages and queues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simnet.journal._record_kinds import Kind
from simnet.journal.records._base import JsonMapping, RecordData


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAsked(RecordData):
    """The time of a message has come that a step asks for."""

    kind = Kind.MESSAGE_ASKED

    id: str
    """Its XCM topic, 0x hex, by which it is found on every chain; of a step that says ``by``, a name of simnet's own:
    the chain gives the message its id, which the event ``Sent`` of the step's extrinsic has."""
    label: str
    """The label of its step, or the one that simnet gave it."""
    index: int
    """Its place among those of that label, from 0."""
    sender: str
    """The chain that sends: ``relay`` or a parachain's id."""
    recipient: str
    """The chain to which it goes: ``relay`` or a parachain's id; the sender, of a program that it executes itself."""
    size: int
    """Bytes of payload, without what XCM adds around them; 0 of a transfer."""
    by: str | None = None
    """The verb of the step that asked for it, ``transfer`` or ``xcm``, whose message has an id that the chain gives.
    Left out of a ``send`` step's."""
    signer: str | None = None
    """Secret URI of the account whose extrinsic sends it. Left out: it is the sender's sudo key."""
    version: int | None = None
    """The version of XCM in which it is written. Left out of a ``send`` step's."""
    highest: int | None = None
    """The highest version that both chains know. Left out where it is written in that, or a step says the version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSubmitted(RecordData):
    """That message was signed and handed to nodes of its sender."""

    kind = Kind.MESSAGE_SUBMITTED

    id: str
    """Its XCM topic, 0x hex; as in ``message.asked``."""
    label: str
    """The label of its step, or the one that simnet gave it."""
    index: int
    """Its place among those of that label, from 0."""
    sender: str
    """The chain that sends: ``relay`` or a parachain's id."""
    recipient: str
    """The chain to which it goes: ``relay`` or a parachain's id."""
    size: int
    """Bytes of payload, without what XCM adds around them; 0 of a transfer."""
    extrinsic: str
    """Hash of the extrinsic that sends it, 0x hex."""
    by: str | None = None
    """The verb of the step that asked for it, ``transfer`` or ``xcm``. Left out of a ``send`` step's."""
    signer: str | None = None
    """Secret URI of the account that signed the extrinsic. Left out: it is the sender's sudo key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OurExtrinsic(RecordData):
    """An extrinsic of simnet's own in that block."""

    kind = Kind.EXTRINSIC

    extrinsic: str
    """Hash of the signed extrinsic, 0x hex."""
    index: int
    """Place among the extrinsics of the block, counted from 0."""
    success: bool
    """Whether the runtime dispatched it without an error."""
    error: str | None
    """The dispatch error in words; null where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRead(RecordData):
    """A runtime's message queue at that block."""

    kind = Kind.QUEUE

    queue: str
    """Which: ``relay HRMP channel``, ``relay downward queue``, ``sender's XCMP queue``, ``sender's upward queue``,
    ``receiver's message queue``, ``receiver's HRMP head``."""
    sender: str
    """The chain that puts messages in; ``any`` of a queue that several fill."""
    recipient: str
    """The chain that takes messages out of it."""
    count: int
    """Messages that wait in it; of a sender's own queues pages."""
    bytes: int
    """Bytes that the messages in it take, encoded."""
    capacity: int | None = None
    """Messages that an HRMP channel may hold. Left out of other queues."""
    max_bytes: int | None = None
    """Bytes that an HRMP channel may hold. Left out of other queues."""
    ids: Sequence[str]
    """XCM topics of messages in it that steps asked for, in the queue's order."""
    hashes: JsonMapping | None = None
    """By their XCM topics, hashes (blake2-256) of messages in a downward queue that have an id of the chain's own: a
    receiver whose barrier refuses one calls it by that. Left out of other queues, and where there are none."""
    mqc_head: str | None = None
    """Head of the hash chain of an HRMP channel, null before its first message. Left out of other queues."""
    closed: bool | None = None
    """True where the relay chain has no such channel or no such parachain. Left out where it has."""

    def __post_init__(self) -> None:
        if (self.capacity is None) != (self.max_bytes is None):
            raise ValueError("capacity and max_bytes come together, else nobody could tell whether it is full")

    def as_data(self) -> dict[str, Any]:
        data = RecordData.as_data(self)
        return data if self.capacity is None else data | {"mqc_head": self.mqc_head}
