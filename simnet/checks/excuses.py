"""Which offences and disputes a run's faults explain: by kind, by who can have caused them, while they can last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from simnet.checks.honesty import JUDGES_WRONG, Majority, dishonest_validators, holds, too_many, votes_left_behind
from simnet.checks.offences import Dispute, Offence
from simnet.faults import DISPUTES_LATER, LATE_AFTER
from simnet.journal import SLOT, TWIN, Dishonesty, Evidence, RelayTime
from simnet.journal.records import DisputeSeen
from simnet.network.session_keys import BABE, BEEFY, GRANDPA
from simnet.network.topology import RELAY

EQUIVOCATIONS = ("babe-equivocation", "grandpa-equivocation", "beefy-equivocation")

CONSEQUENCES: dict[str, tuple[str, ...]] = {
    "equivocate_blocks": ("babe-equivocation",),
    "equivocate_votes": ("grandpa-equivocation",),
    "back_invalid": ("for-invalid-backed",),
    "approve_invalid": ("for-invalid-approved",),
    "dispute_valid": ("against-valid",),
    "dispute_late": ("against-valid",),
    "dispute_recent": ("against-valid",),
    "lose_workers": ("against-valid",),
    "hang_workers": ("against-valid",),
    "restore": EQUIVOCATIONS,
    TWIN: EQUIVOCATIONS,
}
"""Offences of a validator's own that follow from what made it dishonest. Withholding chunks or approvals is none, and
nothing that a validator does makes another one an offender while no more than f are byzantine."""

_SIGNED_WITH = {"babe-equivocation": BABE, "grandpa-equivocation": GRANDPA, "beefy-equivocation": BEEFY}
"""Type of the key with which it is done: who has another one doubled alone does it not for that."""

LOST = ("for-invalid-backed", "for-invalid-approved", "against-valid")
"""What a lost dispute may be whose state the chain has dropped."""

DISPUTED: dict[str, str] = {"invalid": "for-invalid-backed", "valid": "against-valid"}
"""Who was wrong when a dispute concluded so: who backed an invalid candidate, who disputed a valid one."""

DISPUTE_PERIOD = 6
"""Sessions for which the chain takes votes on a candidate after its own, and reports of who lost the dispute
(configuration.rs of polkadot-runtime-parachains: dispute_period; slashing.rs clears what is older)."""

REPORTED_WITHIN = 10
"""Sessions for which a report of an equivocation may wait for its block: ReportLongevity of rococo-runtime, ten epochs;
westend-runtime has four."""

COMPARED = 1000
"""Slots for which nodes compare authored blocks (sc-consensus-slots aux_schema)."""


@dataclass(frozen=True)
class Excuse:
    """A validator may be reported for a kind of offence that it committed in these slots and sessions, or be wrong in a
    dispute. Reports end with the session ``reported_until``. What is None has no end yet."""

    kind: str
    validator: str
    node: str
    """Whose keys are the validator's."""
    why: str
    slots: tuple[int, int | None]
    sessions: tuple[int, int | None]
    reported_until: int | None


class Excuses:
    """All excuses of a run, and which of them explains what was seen."""

    def __init__(self, evidence: Evidence) -> None:
        self._time = time = RelayTime(evidence)
        self._evidence = evidence
        self._all = [
            _excuse(kind, validator, one, evidence, time)
            for validator, one in dishonest_validators(evidence, time)
            for kind in CONSEQUENCES.get(one.cause, ())
            if one.key_type in (None, _SIGNED_WITH.get(kind))
        ]
        self._raised = {record.data.candidate: record for record in reversed(evidence.of(DisputeSeen))}

    def of_offence(self, offence: Offence) -> Excuse | None:
        """What explains that a validator is reported."""
        kinds = LOST if offence.kind == "lost-dispute" else (offence.kind,)
        mine = (one for one in self._all if one.kind in kinds and one.validator == offence.offender)
        return next((one for one in mine if self._explains(one, offence)), None)

    def of_dispute(self, dispute: Dispute) -> Excuse | None:
        """What explains that a dispute was concluded: somebody who can have been wrong about the candidate."""
        wrong = (one for one in self._all if one.kind == DISPUTED[str(dispute.outcome)])
        return next((one for one in wrong if self._caused(one, dispute)), None)

    def outvoted(self, what: Offence | Dispute) -> Majority | None:
        """Whether there were so many who judge wrong, when this was voted on, that they could outvote the others."""
        if isinstance(what, Offence):
            first = 0 if what.time_slot is None else what.time_slot
            return too_many(self._evidence, self._time, JUDGES_WRONG, first, first + DISPUTE_PERIOD)
        ends = [self._time.session(self._slot(one.hash, one.t)) for one in (what.initiated, what.concluded) if one]
        return too_many(self._evidence, self._time, JUDGES_WRONG, min(ends), max(ends))

    def _explains(self, excuse: Excuse, offence: Offence) -> bool:
        reported = self._slot(offence.record.hash, offence.record.t)
        if reported < excuse.slots[0] or not _up_to(excuse.reported_until, self._time.session(reported)):
            return False
        if excuse.kind == "babe-equivocation":
            slot = offence.time_slot
            return slot is not None and holds(excuse.slots, slot)
        if excuse.kind in EQUIVOCATIONS:
            return True
        session = offence.time_slot
        return session is not None and self._about(excuse, session, offence.candidate)

    def _caused(self, excuse: Excuse, dispute: Dispute) -> bool:
        told = dispute.initiated or dispute.concluded
        assert told is not None
        begun = self._slot(told.hash, told.t)
        raised = self._raised.get(dispute.candidate)
        if excuse.kind == "against-valid" and raised is not None:
            return raised.data.by in (excuse.validator, excuse.node) and holds(excuse.slots, self._time.slot(raised.t))
        if begun < excuse.slots[0]:
            return False
        if raised is not None:
            return self._about(excuse, self._time.session(self._slot(raised.hash, raised.t)), dispute.candidate)
        last = excuse.sessions[1]
        return _up_to(None if last is None else last + DISPUTE_PERIOD, self._time.session(begun))

    def _about(self, excuse: Excuse, session: int, candidate: str | None) -> bool:
        """Whether it may be about a candidate of a session. Backing a candidate and including it is of one session, at
        whose end all that is pending is dropped; later sessions may vote on it as long as the chain takes votes."""
        if not _up_to(excuse.sessions[1], session):
            return False
        if excuse.kind != "for-invalid-backed":
            return session >= excuse.sessions[0] - DISPUTE_PERIOD
        raised = self._raised.get(candidate or "")
        included = None if raised is None else self._slot(raised.hash, raised.t)
        return session >= excuse.sessions[0] if included is None else included >= excuse.slots[0]

    def _slot(self, block: str | None, t: float) -> int:
        """The slot of a relay block, or else the one in which it was seen."""
        known = self._evidence.blocks[RELAY].get(block or "")
        return known.slot if known is not None and known.slot is not None else self._time.slot(t)


def excused_in_words(explained: Iterable[tuple[str, Excuse]]) -> str:
    """What was excused and why, in one text; nothing when there was nothing."""
    whys = Counter((what, excuse.why) for what, excuse in explained)
    return "; ".join(f"{count} {what} excused by {why}" for (what, why), count in whys.items())


def _excuse(kind: str, validator: str, one: Dishonesty, evidence: Evidence, time: RelayTime) -> Excuse:
    last = one.slots[1]
    if last is not None and one.cause in DISPUTES_LATER:
        last += round(LATE_AFTER / SLOT)
    until: int | None = None
    if last is not None and kind == "babe-equivocation":
        until = time.session(last + COMPARED) + REPORTED_WITHIN
    elif last is not None and kind in EQUIVOCATIONS:
        left = votes_left_behind(evidence, time, last)
        until = None if left is None else time.session(left) + REPORTED_WITHIN
    elif one.sessions[1] is not None:
        until = one.sessions[1] + DISPUTE_PERIOD
    why = f"{one.cause} of {one.node}" + (f" ({one.fault})" if one.fault != one.node else "")
    return Excuse(kind, validator, one.node, why, (one.slots[0], last), one.sessions, until)


def _up_to(last: int | None, value: int) -> bool:
    return last is None or value <= last
