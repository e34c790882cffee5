"""Offences and disputes are excused by kind, by who can have caused them and while they can last; nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from simnet.checks.honesty import JUDGES_WRONG, too_many
from simnet.checks.invariants import no_conflicting_finality, no_offence
from simnet.journal import Evidence, RelayTime
from simnet.journal.records import (
    ContentsRead,
    DisputeSeen,
    FaultApplied,
    FaultChanged,
    FaultHealed,
    NodeDown,
    NodeReady,
    NodeUp,
    RuntimeEvent,
    SeatsRead,
)
from simnet.network.topology import Node
from tests.report.story import Story

NAMES = ("alice", "bob", "charlie", "dave")
FIRST = 1000
"""Slot that begins at 0 s."""

SESSION = 10
"""Slots of a session: session 3 begins at 180 s."""

STARTED = NodeUp(image="", flags=[], reason="")
BACKUP = Node(name="backup", chain="relay", role="validator", account="//backup", image="", twin_of="dave")

KINDS = {
    "babe-equivocation": b"babe:equivocatio",
    "grandpa-equivocation": b"grandpa:equivoca",
    "for-invalid-backed": b"disputes:slashin",
    "for-invalid-approved": b"disputes:slashin",
    "against-valid": b"disputes:slashin",
}


class Tale:
    """Four validators that make and finalize a relay block in each slot; what happens is told by its second."""

    def __init__(self, seconds: float, *nodes: Node) -> None:
        self.story = Story(tuple((name, "relay", "validator") for name in NAMES), *nodes)
        self._seconds = seconds
        self._acts: list[tuple[float, Any]] = []
        self._faults = 0

    def fault(self, name: str, start: float, end: float, *nodes: str, kind: str = "byzantine", **data: Any) -> None:
        self._faults += 1
        number = self._faults
        value = {"kind": kind, "targets": list(nodes), **data}
        applied = FaultApplied(id=number, name=name, fault=value, nodes=list(nodes), start=start, end=start)
        self.at(start, lambda: self.story.journal.append(applied))
        self.at(end, lambda: self.story.journal.append(FaultHealed(id=number, name=name, start=end, end=end)))

    def starts(self, node: str, t: float) -> None:
        self.at(t, lambda: self.story.node(node, STARTED))

    def ends(self, node: str, t: float) -> None:
        data = NodeDown(intended=True, exit_code=0, oom_killed=False, log_tail=[])
        self.at(t, lambda: self.story.node(node, data))

    def offence(self, kind: str, offender: str, reported: float, time_slot: bytes) -> None:
        fields = {"kind": "0x" + KINDS[kind].hex(), "slot": "0x" + time_slot.hex()}
        self._event(reported, "Offences", "Offence", fields, offenders={offender: kind})

    def twice(self, offender: str, at: float, reported: float) -> None:
        """Two blocks in the slot of a second."""
        self.offence("babe-equivocation", offender, reported, (FIRST + int(at // 6)).to_bytes(8, "little"))

    def votes(self, offender: str, reported: float) -> None:
        self.offence("grandpa-equivocation", offender, reported, bytes(16))

    def lost(self, kind: str, offender: str, session: int, reported: float) -> None:
        self.offence(kind, offender, reported, session.to_bytes(4, "little") + b"\xcd" * 32)

    def dispute(self, outcome: str, t: float, *, raised_by: str | None = None, included: float | None = None) -> None:
        """Initiated and concluded in the block of a second; told by a simulated node, if it is said who raised it."""
        candidate = "0x" + "cd" * 32
        if raised_by is not None:
            place = self._place(t if included is None else included)
            data = DisputeSeen(state="raised", para=2000, candidate=candidate, by=raised_by)
            self.at(t, lambda: self.story.journal.append(data, observer=raised_by, **place))
        self._event(t, "ParasDisputes", "DisputeInitiated", {"0": candidate, "1": "Local"})
        self._event(t, "ParasDisputes", "DisputeConcluded", {"0": candidate, "1": outcome})

    @property
    def evidence(self) -> Evidence:
        """The journal, told in the order of time."""
        for number in range(1, int(self._seconds // 6) + 1):
            self.at(number * 6.0 + 0.5, lambda n=number: self._block(n))
        self.at(0.0, self.story.barrier)
        for node in NAMES:
            self.at(0.0, lambda name=node: self.story.node(name, STARTED))
            self.at(0.0, lambda name=node: self.story.node(name, NodeReady()))
        for t, act in sorted(self._acts, key=lambda one: one[0]):
            self.story.t = t
            act()
        self._acts.clear()
        return self.story.evidence

    def _block(self, number: int) -> None:
        name = f"b{number}"
        self.story.block(name, number, f"b{number - 1}", NAMES[number % 4], slot=FIRST + number)
        if number % SESSION == 0:
            self.story.event(name, number, "Session", "NewSession", session_index=number // SESSION)
        self.story.journal.append(ContentsRead(events=0), chain="relay", height=number, hash=name)
        for node in NAMES:
            self.story.best(node, name, number)
            self.story.final(node, name, number)

    def _event(self, t: float, pallet: str, name: str, fields: dict[str, Any], **data: Any) -> None:
        place = self._place(t)
        told = RuntimeEvent(pallet=pallet, name=name, fields=fields, extrinsic=None, **data)
        self.at(t, lambda: self.story.journal.append(told, observer="alice", **place))

    def _place(self, t: float) -> dict[str, Any]:
        number = int(t // 6)
        return {"chain": "relay", "height": number, "hash": f"b{number}"}

    def at(self, t: float, act: Any) -> None:
        self._acts.append((t, act))


def status(tale: Tale) -> str:
    return no_offence(tale.evidence).status.value


def byzantine(act: str, *nodes: str, seconds: float = 900) -> Tale:
    """These nodes, or dave, do this from 200 to 260 s."""
    tale = Tale(seconds)
    tale.fault("bad", 200, 260, *(nodes or ("dave",)), acts=[act])
    return tale


@pytest.mark.parametrize(
    ("offender", "at", "reported", "expected"),
    [
        ("dave", 207, 225, "held"),
        ("dave", 207, 600, "held"),
        ("alice", 207, 225, "failed"),
        ("dave", 185, 225, "failed"),
        ("dave", 275, 290, "failed"),
    ],
)
def test_two_blocks_are_excused_in_slots_of_the_window_however_late_the_report(
    offender: str, at: float, reported: float, expected: str
) -> None:
    tale = byzantine("equivocate_blocks")
    tale.twice(offender, at, reported)
    assert status(tale) == expected


@pytest.mark.parametrize(("reported", "expected"), [(210, "held"), (500, "held"), (190, "failed"), (1080, "failed")])
def test_two_votes_are_excused_while_their_report_can_wait_for_a_block(reported: float, expected: str) -> None:
    """Ten sessions of a minute after the last round of the window was left."""
    tale = byzantine("equivocate_votes", seconds=1200)
    tale.votes("dave", reported)
    assert status(tale) == expected


def test_two_votes_in_a_round_that_lasts_are_excused_as_long_as_it_does() -> None:
    tale = byzantine("equivocate_votes", seconds=1200)
    tale.votes("dave", 1080)
    evidence = tale.evidence
    for node in NAMES:
        evidence.finalized[node] = [head for head in evidence.finalized[node] if head.height < 30]
    assert no_offence(evidence).status.value == "held"


CROSSED = [
    (act, kind)
    for act, own in (
        ("equivocate_blocks", "babe-equivocation"),
        ("equivocate_votes", "grandpa-equivocation"),
        ("back_invalid", "for-invalid-backed"),
        ("approve_invalid", "for-invalid-approved"),
        ("dispute_valid", "against-valid"),
        ("withhold_chunks", ""),
        ("withhold_approvals", ""),
    )
    for kind in KINDS
    if kind != own
]


@pytest.mark.parametrize(("act", "kind"), CROSSED)
def test_an_act_excuses_no_other_kind_of_offence(act: str, kind: str) -> None:
    tale = byzantine(act)
    if kind == "babe-equivocation":
        tale.twice("dave", 219, 225)
    elif kind == "grandpa-equivocation":
        tale.votes("dave", 225)
    else:
        tale.lost(kind, "dave", 3, 225)
    assert status(tale) == "failed"


LOST = [
    ("back_invalid", "for-invalid-backed"),
    ("approve_invalid", "for-invalid-approved"),
    ("dispute_valid", "against-valid"),
    ("dispute_late", "against-valid"),
    ("dispute_recent", "against-valid"),
    ("lose_workers", "against-valid"),
    ("hang_workers", "against-valid"),
]


@pytest.mark.parametrize(("act", "kind"), LOST)
@pytest.mark.parametrize(
    ("offender", "session", "reported", "expected"),
    [("dave", 3, 230, "held"), ("dave", 3, 590, "held"), ("dave", 5, 350, "failed"), ("alice", 3, 230, "failed")],
)
def test_a_lost_dispute_is_excused_of_who_voted_wrong_on_candidates_of_that_time(
    act: str, kind: str, offender: str, session: int, reported: float, expected: str
) -> None:
    tale = byzantine(act)
    tale.lost(kind, offender, session, reported)
    assert status(tale) == expected


@pytest.mark.parametrize(
    ("act", "outcome", "expected"),
    [
        ("back_invalid", "Invalid", "held"),
        ("back_invalid", "Valid", "failed"),
        ("dispute_valid", "Valid", "held"),
        ("dispute_late", "Valid", "held"),
        ("dispute_recent", "Valid", "held"),
        ("lose_workers", "Valid", "held"),
        ("hang_workers", "Valid", "held"),
        ("dispute_valid", "Invalid", "failed"),
        ("approve_invalid", "Invalid", "failed"),
        ("equivocate_blocks", "Valid", "failed"),
        ("withhold_chunks", "Invalid", "failed"),
    ],
)
def test_a_concluded_dispute_needs_somebody_who_can_have_been_wrong(act: str, outcome: str, expected: str) -> None:
    tale = byzantine(act)
    tale.dispute(outcome, 231)
    assert status(tale) == expected


@pytest.mark.parametrize(("act", "outcome"), [("back_invalid", "Invalid"), ("dispute_valid", "Valid")])
@pytest.mark.parametrize(("t", "expected"), [(191, "failed"), (590, "held"), (705, "failed")])
def test_a_dispute_is_excused_as_long_as_the_chain_takes_votes(act: str, outcome: str, t: float, expected: str) -> None:
    """Six sessions after the candidate's own; the window ends in session 4, the tenth begins at 600 s."""
    tale = byzantine(act)
    tale.dispute(outcome, t)
    assert status(tale) == expected


@pytest.mark.parametrize(
    ("by", "t", "expected"), [("dave", 231, "held"), ("alice", 231, "failed"), ("dave", 281, "failed")]
)
def test_who_raised_a_dispute_about_a_valid_candidate_must_have_been_told_to(by: str, t: float, expected: str) -> None:
    tale = byzantine("dispute_valid")
    tale.dispute("Valid", t, raised_by=by)
    assert status(tale) == expected


@pytest.mark.parametrize(("included", "expected"), [(219, "held"), (195, "failed"), (315, "failed")])
def test_a_candidate_that_was_included_at_another_time_is_nobodys_invalid_one(included: float, expected: str) -> None:
    tale = byzantine("back_invalid")
    tale.dispute("Invalid", 321, raised_by="alice", included=included)
    assert status(tale) == expected


def test_what_was_disputed_late_is_excused_a_minute_longer() -> None:
    tale = byzantine("dispute_late")
    tale.dispute("Valid", 315, raised_by="dave", included=255)
    assert status(tale) == "held"


def test_a_collators_misdeeds_excuse_no_dispute() -> None:
    """Any dishonest fault once excused every concluded dispute for the rest of the run."""
    tale = Tale(300, Node(name="collator", chain="2000", role="collator", account="//collator", image=""))
    tale.fault("twice", 100, 160, "collator", acts=["equivocate"])
    tale.dispute("Valid", 231)
    assert status(tale) == "failed"


@pytest.mark.parametrize(("at", "expected"), [(219, "held"), (243, "failed")])
def test_a_value_that_a_fault_had_before_excuses_what_was_then(at: float, expected: str) -> None:
    tale = byzantine("equivocate_blocks")
    fault = {"kind": "byzantine", "targets": ["dave"], "acts": ["withhold_chunks"]}
    changed = FaultChanged(id=1, name="bad", fault=fault, nodes=["dave"])
    tale.at(230, lambda: tale.story.journal.append(changed))
    tale.twice("dave", at, 250)
    assert status(tale) == expected


@pytest.mark.parametrize(("reported", "expected"), [(150, "failed"), (215, "held"), (1080, "failed")])
def test_a_restored_validator_may_vote_again_until_it_is_past_that(reported: float, expected: str) -> None:
    tale = Tale(1200)
    tale.fault("old", 200, 210, "dave", kind="restore")
    tale.votes("dave", reported)
    assert status(tale) == expected


@pytest.mark.parametrize(("at", "expected"), [(150, "failed"), (231, "held"), (330, "failed")])
def test_two_nodes_with_one_key_are_excused_while_both_run(at: float, expected: str) -> None:
    tale = Tale(600, BACKUP)
    tale.starts("backup", 200)
    tale.ends("backup", 300)
    tale.twice("dave", at, 340)
    assert status(tale) == expected


def test_the_finding_says_what_was_excused_and_why() -> None:
    tale = byzantine("equivocate_blocks")
    tale.twice("dave", 219, 225)
    assert "babe-equivocation of dave excused by equivocate_blocks of dave (bad)" in no_offence(tale.evidence).seen


# -- more than f ----------------------------------------------------------------------------------------------------


def conflicting(tale: Tale, t: float = 450) -> Evidence:
    """With another finalized block of alice's at a time."""
    evidence = tale.evidence
    heads = evidence.finalized["alice"]
    at = next(index for index, head in enumerate(heads) if head.t > t)
    heads.insert(at, replace(heads[at], hash="other"))
    return evidence


def test_up_to_f_who_vote_twice_finality_must_not_conflict() -> None:
    assert no_conflicting_finality(conflicting(byzantine("equivocate_votes"))).status.value == "failed"


def test_with_more_than_f_who_vote_twice_conflicting_finality_is_told_and_not_judged() -> None:
    found = no_conflicting_finality(conflicting(byzantine("equivocate_votes", "charlie", "dave")))
    assert found.status.value == "suspended"
    assert "2 of 4 validators (charlie, dave) were byzantine in session 3, more than f = 1" in found.seen
    assert "finalized other" in found.seen


def test_what_conflicted_before_there_were_too_many_fails() -> None:
    early = conflicting(byzantine("equivocate_votes", "charlie", "dave"), 100)
    assert no_conflicting_finality(early).status.value == "failed"


def test_who_only_withholds_suspends_nothing() -> None:
    found = no_conflicting_finality(conflicting(byzantine("withhold_approvals", "charlie", "dave")))
    assert found.status.value == "failed"


def test_a_validator_and_its_twin_count_as_one_key() -> None:
    tale = Tale(600, BACKUP)
    tale.starts("backup", 200)
    tale.fault("bad", 210, 260, "dave", acts=["equivocate_votes"])
    assert no_conflicting_finality(conflicting(tale)).status.value == "failed"


def test_validators_that_are_byzantine_one_after_the_other_are_never_too_many() -> None:
    tale = Tale(900)
    tale.fault("one", 200, 260, "charlie", acts=["equivocate_votes"])
    tale.fault("two", 400, 460, "dave", acts=["equivocate_votes"])
    assert no_conflicting_finality(conflicting(tale)).status.value == "failed"


def test_more_than_f_who_judge_wrong_can_outvote_an_honest_validator() -> None:
    tale = byzantine("dispute_late", "bob", "charlie", "dave")
    tale.dispute("Invalid", 231)
    tale.lost("for-invalid-approved", "alice", 3, 231)
    found = no_offence(tale.evidence)
    assert found.status.value == "suspended"
    assert "of alice" in found.seen


@pytest.mark.parametrize("what", ["dispute", "offence"])
def test_what_is_voted_on_when_there_are_few_again_fails(what: str) -> None:
    """Byzantine in sessions 3 to 5; candidates of session 10 are voted on from 600 s on."""
    tale = byzantine("dispute_late", "bob", "charlie", "dave")
    if what == "dispute":
        tale.dispute("Invalid", 645)
    else:
        tale.lost("for-invalid-approved", "alice", 10, 645)
    assert status(tale) == "failed"


def test_more_than_f_byzantine_validators_excuse_no_equivocation_of_another_one() -> None:
    tale = byzantine("dispute_late", "bob", "charlie", "dave")
    tale.twice("alice", 219, 225)
    assert status(tale) == "failed"


@pytest.mark.parametrize(("active", "expected"), [((0, 1, 2, 3), "failed"), ((0, 3), "suspended"), ((0, 2), "failed")])
def test_of_votes_on_candidates_f_counts_the_validators_that_are_active(active: tuple[int, ...], expected: str) -> None:
    """Of four one may judge wrong, of two none; and who is not active outvotes nobody."""
    tale = byzantine("dispute_late", "dave")
    seats = SeatsRead(session=3, seats=NAMES, without_seat=[], active=active)
    tale.at(0, lambda: tale.story.journal.append(seats, chain="relay", height=1, hash="b1"))
    tale.lost("for-invalid-approved", "alice", 3, 231)
    assert status(tale) == expected


def test_a_session_that_draws_more_byzantine_validators_than_the_one_in_which_they_began_counts() -> None:
    """Bob and dave judge wrong from session 3 on; both are active only in session 4, as is one other."""
    tale = byzantine("dispute_late", "bob", "dave")
    for session, active in ((3, [0, 2]), (4, [0, 1, 3])):
        seats = SeatsRead(session=session, seats=NAMES, without_seat=[], active=active)
        tale.at(
            session * 60,
            lambda told=seats, n=session * 10: tale.story.journal.append(told, chain="relay", height=n, hash=f"b{n}"),
        )
    evidence = tale.evidence
    found = too_many(evidence, RelayTime(evidence), JUDGES_WRONG)
    assert found is not None
    assert (found.session, found.keys, found.validators) == (4, ("bob", "dave"), 3)
