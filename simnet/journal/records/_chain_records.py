"""What chains show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from simnet.journal._record_kinds import Kind
from simnet.journal.records._base import JsonMapping, RecordData

DisputeState = Literal["raised", "confirmed", "valid", "invalid"]
"""Active, confirmed, concluded for and concluded against the candidate, in a node's own terms."""


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
    author: str | None = None
    """The node of that chain that has the key which sealed it (of twins the one that is no twin), else the key; left
    out where the set of authorities is not known."""
    slot: int | None = None
    claim: str | None = None
    """By which right a relay block's author had its slot: ``primary``, ``secondary_plain`` or ``secondary_vrf``; of any
    block why that could not be read."""
    relay_parent: int | None = None
    """Of a parachain's block: the height of the relay block that it was built on."""
    key: str | None = None
    """The key that sealed it, where it is none of its author's account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentsRead(RecordData):
    """That block's events, extrinsics and queues were read; their records precede this one."""

    kind = Kind.CONTENTS

    events: int
    """How many there were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuntimeEvent(RecordData):
    """A runtime event of that block."""

    kind = Kind.EVENT

    pallet: str
    name: str
    fields: JsonMapping
    extrinsic: int | None
    """Index of the extrinsic that was applied; null in other phases."""
    offenders: Mapping[str, str] | None = None
    """Of an offence: its kind by validator (node name, or account), of all reports of its kind and time slot so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsRead(RecordData):
    """Reward points as the state of that block has them, added up since they were last handed over: of every relay
    block that is read, if the runtime counts points."""

    kind = Kind.POINTS

    points: Mapping[str, int]
    """By validator: a node's name, or an account."""
    disabled: Sequence[str]
    """Validators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatsRead(RecordData):
    """Who has the seats of the relay chain's session at that block: at t0 of the newest finalized one, by the harness,
    and of each that is the first of another set."""

    kind = Kind.SEATS

    session: int
    seats: Sequence[str]
    """By their indices: the validator, by its node's name, whose stash has the seat; of another stash the node whose
    account's BABE key it has, or that key, where it is no node's."""
    without_seat: Sequence[str]
    """Validators that the network lists and that have none; twins, which share one, are left out."""
    active: Sequence[int] | None = None
    """Indices of the seats that are active, once a session, where fewer are active than there are seats."""
    keys: Mapping[str, str] | None = None
    """Of seats whose BABE key is none of their validator's account: that key, or the node whose account's it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotLost(RecordData):
    """The observer was to author and made no block. Simulated nodes only."""

    kind = Kind.SLOT_LOST

    slot: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoShow(RecordData):
    """A validator announced that it checks a candidate and did not approve it in time; recorded once, by the node that
    noticed first. The block is the one that included it. Simulated nodes only; real ones count theirs in a metric."""

    kind = Kind.NO_SHOW

    validator: str
    para: int
    candidate: str
    """Its hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeSeen(RecordData):
    """The observer's view of a dispute, when the first node has it so. The block is the one that included the
    candidate. Simulated nodes only; the chain's own events tell of it on both."""

    kind = Kind.DISPUTE

    state: DisputeState
    para: int
    candidate: str
    """Its hash."""
    by: str
    """Who raised it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateJudged(RecordData):
    """What ``validate_block`` makes of a candidate. The block includes it, as the first node to have that tells; or it
    is the candidate's relay parent, when the first validator refuses one. Simulated nodes only: simnet executes no real
    ones' candidates."""

    kind = Kind.CANDIDATE

    para: int
    candidate: str
    """Its hash."""
    judged: Literal["valid", "refused", "not judged"]
    why: str | None
    included: bool
