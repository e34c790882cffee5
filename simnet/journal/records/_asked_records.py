"""What checks and tests ask to be read of a chain beside what every run reads, and what was read of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from simnet.fields import Choices
from simnet.journal._record_kinds import Kind
from simnet.journal.records._base import RecordData

AskedKind = Literal["event", "storage", "api"]
"""What can be asked for; :data:`ASKED_KINDS` says what each is."""

ASKED_KINDS: Mapping[str, str] = {
    "event": "Events of that name, which runs leave out else, or of which they keep a part.",
    "storage": "The value of a storage item.",
    "api": "What a runtime API answers.",
}
"""What can be asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingAsked(RecordData):
    """From here on that is read of each block of the chain whose contents are read. The ``contents`` record of a block
    says how many of these were answered with it; an earlier block tells nothing of it."""

    kind = Kind.ASKED

    what: Annotated[AskedKind, Choices(ASKED_KINDS)]
    """Whether ``name`` is an event, a storage item or a function of a runtime API."""
    name: str
    """``Pallet.Event``, ``Pallet.Item`` or ``Api.function``, as the runtime's metadata names it."""
    args: Sequence[Any]
    """Keys of the storage item or arguments of the function, as they were written; none of events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRead(RecordData):
    """What was asked for, as that block's state has it: of the first block that was read and of each in which it is
    not as in its parent's."""

    kind = Kind.VALUE

    what: Annotated[AskedKind, Choices(ASKED_KINDS)]
    """What was asked for: a storage item or a function of a runtime API."""
    name: str
    """``Pallet.Item`` or ``Api.function``, as it was asked for."""
    args: Sequence[Any]
    """Keys or arguments, as they were asked for."""
    value: Any
    """The value, decoded by the block's own runtime: numbers, text, ``0x`` hex, lists, objects; null where an optional
    item has none, and where ``why`` is given."""
    why: str | None = None
    """Why it could not be read, though the block could be. Left out where it was."""
