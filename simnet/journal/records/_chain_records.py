"""What chains show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from simnet.fields import Choices
from simnet.journal._record_kinds import Kind
from simnet.journal.records._base import JsonMapping, RecordData

DisputeState = Literal["raised", "confirmed", "valid", "invalid"]
"""How far a dispute has come; :data:`DISPUTE_STATES` says what each is."""

DISPUTE_STATES: Mapping[str, str] = {
    "raised": "Active: somebody voted against the candidate.",
    "confirmed": "More than a third of the validators took part.",
    "valid": "Concluded for the candidate.",
    "invalid": "Concluded against the candidate.",
}
"""How far a dispute is, in a node's own terms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BestHead(RecordData):
    """The observer calls this block its best."""

    kind = Kind.HEAD_BEST


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalizedHead(RecordData):
    """The observer finalized this block."""

    kind = Kind.HEAD_FINALIZED


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSeen(RecordData):
    """A block, when any node first showed it."""

    kind = Kind.BLOCK

    parent: str
    """Hash of the block on which it was built, 0x hex."""
    author: str | None = None
    """The node of that chain that has the key which sealed it (of twins the one that is no twin), else the key, 0x hex.
    Left out where the set of authorities is not known."""
    slot: int | None = None
    """The slot that its header claims. Left out where the header has none."""
    claim: str | None = None
    """By which right a relay block's author had its slot: ``primary``, ``secondary_plain`` or ``secondary_vrf``; of any
    block why that could not be read. Left out of a parachain's blocks."""
    relay_parent: int | None = None
    """Of a parachain's block: the height of the relay block that it was built on. Left out where that is not known."""
    key: str | None = None
    """The key that sealed it, 0x hex, where it is none of its author's account. Left out where it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentsRead(RecordData):
    """That block's events, extrinsics and queues were read; their records precede this one."""

    kind = Kind.CONTENTS

    events: int
    """How many events the runtime deposited in that block."""
    asked: int | None = None
    """How many of the chain's ``asked`` records, from the first on, were answered with it. Left out: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeEvent(RecordData):
    """A runtime event of that block."""

    kind = Kind.EVENT

    pallet: str
    """Pallet that deposited the event, as the runtime's metadata names it."""
    name: str
    """Variant of that pallet's events, as the metadata names it."""
    fields: JsonMapping
    """Its fields by name, or by position where they have none: numbers, text, ``0x`` hex."""
    extrinsic: int | None
    """Index of the extrinsic that was applied; null in other phases."""
    offenders: Mapping[str, str] | None = None
    """Of an offence: its kind by validator (node name, or account), of all reports of its kind and time slot so far.
    Left out of other events."""
    whole: JsonMapping | None = None
    """Of an event of candidates, where a check asked for them: all of its fields, of which ``fields`` has three. Left
    out of other events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsRead(RecordData):
    """Reward points as the state of that block has them, added up since they were last handed over: of every relay
    block that is read, if the runtime counts points."""

    kind = Kind.POINTS

    points: Mapping[str, int]
    """Points by validator: a node's name, or an account."""
    disabled: Sequence[str]
    """Validators that are disabled in that block's state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatsRead(RecordData):
    """Who has the seats of the relay chain's session at that block: at t0 of the newest finalized one, by the harness,
    and of each that is the first of another set."""

    kind = Kind.SEATS

    session: int
    """Number of the session in which these validators have seats."""
    seats: Sequence[str]
    """By their indices: the validator, by its node's name, whose stash has the seat; of another stash the node whose
    account's BABE key it has, or that key, where it is no node's."""
    without_seat: Sequence[str]
    """Validators that the network lists and that have none; twins, which share one, are left out."""
    active: Sequence[int] | None = None
    """Indices of the seats that are active, once a session, where fewer are active than there are seats. Left out where
    all are."""
    keys: Mapping[str, str] | None = None
    """Of seats whose BABE key is none of their validator's account: that key, or the node whose account's it is. Left
    out where there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotLost(RecordData):
    """The observer was to author and made no block, or none that its parachain could offer. Simulated nodes only."""

    kind = Kind.SLOT_LOST

    slot: int
    """Number of the lost slot, counted since 1970: of BABE, six seconds of time each, or of a parachain's Aura."""
    why: str
    """What kept it from making a block, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoShow(RecordData):
    """A validator announced that it checks a candidate and did not approve it in time; recorded once, by the node that
    noticed first. The block is the one that included it. Simulated nodes only; real ones count theirs in a metric."""

    kind = Kind.NO_SHOW

    validator: str
    """The node that did not approve."""
    para: int
    """Id of the candidate's parachain."""
    candidate: str
    """Hash by which the relay chain calls the candidate, 0x hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeSeen(RecordData):
    """The observer's view of a dispute, when the first node has it so. The block is the one that included the
    candidate. Simulated nodes only; the chain's own events tell of it on both."""

    kind = Kind.DISPUTE

    state: Annotated[DisputeState, Choices(DISPUTE_STATES)]
    """How far the dispute is in the observer's view."""
    para: int
    """Id of the parachain whose candidate it is."""
    candidate: str
    """Hash by which the relay chain calls the candidate, 0x hex."""
    by: str
    """Name of the validator who raised the dispute by its vote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateJudged(RecordData):
    """What ``validate_block`` makes of a candidate. The block includes it, as the first node to have that tells; or it
    is the candidate's relay parent, when the first validator refuses one. Simulated nodes only: simnet executes no real
    ones' candidates."""

    kind = Kind.CANDIDATE

    para: int
    """Id of the parachain whose candidate it is."""
    candidate: str
    """Hash by which the relay chain calls the candidate, 0x hex."""
    judged: Literal["valid", "refused", "not judged"]
    """What came of it; `not judged` is one whose collator is trusted since nobody tampers with it."""
    why: str | None
    """The last line of what the runtime said when it refused; null where it did not refuse."""
    included: bool
    """Whether a relay block includes it, else a validator refused it before."""
