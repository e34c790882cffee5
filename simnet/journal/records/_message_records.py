"""Messages and queues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simnet.journal._record_kinds import Kind
from simnet.journal.records._base import RecordData


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAsked(RecordData):
    """The time of a message of a ``send`` step has come."""

    kind = Kind.MESSAGE_ASKED

    id: str
    """Its XCM topic."""
    label: str
    index: int
    sender: str
    recipient: str
    size: int
    """Bytes of payload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSubmitted(RecordData):
    """That message was signed and handed to nodes of its sender."""

    kind = Kind.MESSAGE_SUBMITTED

    id: str
    label: str
    index: int
    sender: str
    recipient: str
    size: int
    extrinsic: str
    """Hash of the extrinsic that sends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OurExtrinsic(RecordData):
    """An extrinsic of simnet's own in that block."""

    kind = Kind.EXTRINSIC

    extrinsic: str
    """Its hash."""
    index: int
    success: bool
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRead(RecordData):
    """A runtime's message queue at that block."""

    kind = Kind.QUEUE

    queue: str
    sender: str
    recipient: str
    count: int
    bytes: int
    capacity: int | None = None
    max_bytes: int | None = None
    """Of an HRMP channel: messages and bytes that it may hold."""
    ids: Sequence[str]
    """Topics, in the queue's order."""
    mqc_head: str | None = None
    """Head of the hash chain of an HRMP channel, null before its first message."""
    closed: bool | None = None
    """True where the relay chain has no such channel or no such parachain."""

    def __post_init__(self) -> None:
        if (self.capacity is None) != (self.max_bytes is None):
            raise ValueError("capacity and max_bytes come together, else nobody could tell whether it is full")

    def as_data(self) -> dict[str, Any]:
        data = RecordData.as_data(self)
        return data if self.capacity is None else data | {"mqc_head": self.mqc_head}
