"""A dispute about a candidate, and what votes on it amount to, as one node has them.

The rules of polkadot-node-core-dispute-coordinator's import.rs and of its status in polkadot-node-primitives
disputes/status.rs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from simnet.codec import u32
from simnet.journal.records import DisputeState
from simnet.providers.simulated.candidates import SECONDED, Candidate
from simnet.providers.simulated.consensus.rounds import threshold
from simnet.providers.simulated.relay_values import SessionInfo

_VALID, _INVALID = b"\x00", b"\x01"
"""Variants of polkadot-primitives' DisputeStatement; the kind of a valid one follows."""
_EXPLICIT, _BACKING_SECONDED, _BACKING_VALID, _APPROVAL = b"\x00", b"\x01", b"\x02", b"\x03"


@dataclass(frozen=True, slots=True)
class Statement:
    """One validator's vote on a candidate, as the chain and other nodes take it. ``kind`` is the SCALE of its
    DisputeStatement, ``payload`` what is signed."""

    validator: int
    valid: bool
    kind: bytes
    payload: bytes

    @property
    def approves(self) -> bool:
        """Whether it is the approval of a checker."""
        return self.kind == _VALID + _APPROVAL


@dataclass(eq=False, slots=True)
class Votes:
    """The votes on one candidate in one node's store, one for each validator and side."""

    valid: dict[int, Statement] = field(default_factory=dict)
    invalid: dict[int, Statement] = field(default_factory=dict)

    def add(self, statement: Statement) -> bool:
        """Takes a vote in; whether it is a new one."""
        side = self.valid if statement.valid else self.invalid
        if statement.validator in side:
            return False
        side[statement.validator] = statement
        return True

    def drop(self, statement: Statement) -> None:
        del (self.valid if statement.valid else self.invalid)[statement.validator]

    def by(self, validator: int) -> bool:
        """Whether the validator has voted, one way or the other."""
        return validator in self.valid or validator in self.invalid

    @property
    def all(self) -> list[Statement]:
        return [*self.valid.values(), *self.invalid.values()]

    def copy(self) -> Votes:
        return Votes(dict(self.valid), dict(self.invalid))


@dataclass(frozen=True, slots=True)
class CandidateVoteState:
    """What votes amount to. ``state`` is None when they are no dispute; ``reverts``: more than f are against the
    candidate, so that the blocks that include it are given up."""

    state: DisputeState | None
    reverts: bool = False

    @property
    def confirmed(self) -> bool:
        """Whether it is known to be no spam: more than f validators voted, or it is concluded."""
        return self.state is not None and self.state != "raised"

    @property
    def concluded(self) -> bool:
        return self.state in ("valid", "invalid")


NONE = CandidateVoteState(None)


def byzantine(validators: int) -> int:
    """f, the validators that may be byzantine (polkadot-primitives byzantine_threshold)."""
    return max(0, validators - 1) // 3


def vote_state(votes: Votes, disabled: frozenset[int], validators: int) -> CandidateVoteState:
    """How a dispute stands for who has these votes (CandidateVoteState::new).

    Votes on both sides are a dispute once more than f validators voted, and before that only if one of those against
    the candidate is not disabled.
    """
    if not votes.valid or not votes.invalid:
        return NONE
    f = byzantine(validators)
    confirmed = len(votes.valid) + sum(who not in votes.valid for who in votes.invalid) > f
    if not confirmed and all(who in disabled for who in votes.invalid):
        return NONE
    needed, reverts = threshold(validators), len(votes.invalid) > f
    if len(votes.invalid) >= needed:
        return CandidateVoteState("invalid", reverts)
    if len(votes.valid) >= needed:
        return CandidateVoteState("valid", reverts)
    return CandidateVoteState("confirmed" if confirmed else "raised", reverts)


def disabled_for(on_chain: Iterable[int], off_chain: Iterable[int], validators: int) -> frozenset[int]:
    """Validators that count as disabled for a candidate: those that the chain had disabled where it was scheduled, then
    those that lost disputes of the session, f in all at most (CandidateEnvironment::new)."""
    return frozenset(islice(dict.fromkeys((*on_chain, *off_chain)), byzantine(validators)))


@dataclass(eq=False, slots=True)
class Losers:
    """Validators that lost disputes of one session, as one node saw them conclude (OffchainDisabledValidators)."""

    backed_invalid: dict[int, None] = field(default_factory=dict)
    for_invalid: dict[int, None] = field(default_factory=dict)
    against_valid: dict[int, None] = field(default_factory=dict)

    def note(self, votes: Votes, state: DisputeState | None) -> None:
        """A dispute was concluded: who voted against its outcome lost it."""
        if state == "valid":
            _newest(self.against_valid, votes.invalid)
        elif state == "invalid":
            for who, statement in votes.valid.items():
                _newest(self.backed_invalid if statement.kind[1:2] in (b"\x01", b"\x02") else self.for_invalid, (who,))

    @property
    def in_order(self) -> list[int]:
        """Backers of what was invalid first, who voted against what was valid last; of each kind the newest first."""
        kinds = (self.backed_invalid, self.for_invalid, self.against_valid)
        return [who for kind in kinds for who in reversed(kind)]


def _newest(kind: dict[int, None], validators: Iterable[int]) -> None:
    for who in validators:
        kind.pop(who, None)
        kind[who] = None


@dataclass(eq=False)
class DisputedCandidate:
    """A candidate that somebody called invalid. ``by`` is the validator that did so first."""

    candidate: Candidate
    session: SessionInfo
    by: int
    said: dict[tuple[int, bool], Statement] = field(default_factory=dict)
    """Explicit statements by validator and side."""
    told: dict[DisputeState, None] = field(default_factory=dict)

    def statement(self, validator: int, valid: bool) -> Statement | None:
        """What a validator said, explicitly or else as backer; else its approval if it may have given one."""
        if (validator, valid) in self.said:
            return self.said[validator, valid]
        if not valid:
            return None
        return self.backing(validator) if validator in self.candidate.statements else self.approval(validator)

    def explicit(self, validator: int, *, valid: bool) -> Statement:
        """A statement of the validator's that it makes now."""
        payload = b"DISP" + bytes([valid]) + self.candidate.hash + u32(self.session.index)
        own = Statement(validator, valid, (_VALID if valid else _INVALID) + _EXPLICIT, payload)
        return self.said.setdefault((validator, valid), own)

    def backing(self, validator: int) -> Statement:
        seconded = self.candidate.statement(validator) == SECONDED
        kind = _VALID + (_BACKING_SECONDED if seconded else _BACKING_VALID) + self.candidate.relay_parent.hash
        return Statement(validator, True, kind, self.candidate.signed(validator))

    def approval(self, validator: int) -> Statement:
        return Statement(validator, True, _VALID + _APPROVAL, b"APPR" + self.candidate.hash + u32(self.session.index))
