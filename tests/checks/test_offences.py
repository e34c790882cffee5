"""Offences and disputes in a real journal that is then falsified, and against whom an offence is held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from simnet.checks import Disputes, Offences, Status
from simnet.checks.invariants import no_offence
from simnet.checks.offences import disputes, offences
from simnet.checks.verdict import judge
from simnet.errors import InputError
from simnet.journal import Evidence, Kind, Record, RelayTime, dishonesty
from simnet.journal._restated import restated
from simnet.journal.records import HostLate
from tests.checks.journals import change, evidence, is_event, records, scenario, troubled

REAL = records("misdeeds")


def mapped(wanted: Callable[[Record], bool], act: Callable[[Record], Record | None]) -> Evidence:
    """The real journal, those records replaced or left out."""
    found = (act(record) if wanted(record) else record for record in REAL)
    return evidence(record for record in found if record is not None)


def is_offence(record: Record) -> bool:
    return is_event(record, "Offences", "Offence")


def is_concluded(record: Record) -> bool:
    return is_event(record, "ParasDisputes", "DisputeConcluded")


def is_initiated(record: Record) -> bool:
    return is_event(record, "ParasDisputes", "DisputeInitiated")


def is_raised(record: Record) -> bool:
    return record.kind is Kind.DISPUTE


def on_docker(seen: Evidence) -> Evidence:
    """What real nodes would have left of the same run: the chain's events alone tell of disputes."""
    kept = (r for r in seen.records if not is_raised(r))
    return evidence(change(r, provider="docker") if r.kind is Kind.RUN_STARTED else r for r in kept)


def blame(name: str) -> Callable[[Record], Record]:
    return lambda r: change(r, offenders=dict.fromkeys([name], next(iter(r.data.offenders.values()))))


def fault(record: Record) -> bool:
    return record.kind in (Kind.FAULT_APPLIED, Kind.FAULT_HEALED, Kind.FAULT_OBSERVED)


def invariant(seen: Evidence) -> str:
    found = judge(seen, scenario("misdeeds").checks).findings
    return next(one.status.value for one in found if one.check == "no offence")


# -- offences -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["grandpa-equivocation", "equivocation", "against-valid", "disputes:slashin"])
def test_offences_are_told_by_kind(kind: str) -> None:
    check = Offences(of=kind, at_least=1)
    unnamed = mapped(is_offence, lambda r: change(r, offenders={}))
    raw = ":" in kind
    assert (check.judge(evidence(REAL)).status is Status.HELD) is not raw
    assert (check.judge(unnamed).status is Status.HELD) is raw
    assert check.judge(mapped(is_offence, lambda _: None)).status is Status.FAILED


def test_offences_are_told_by_offender() -> None:
    check = Offences(of="against-valid", by=("dave",), at_least=2)
    assert check.judge(evidence(REAL)).status is Status.HELD
    assert check.judge(mapped(is_offence, blame("alice"))).status is Status.FAILED
    assert Offences(by=("alice",), at_most=0).judge(evidence(REAL)).status is Status.HELD
    assert Offences(by=("alice",), at_most=0).judge(mapped(is_offence, blame("alice"))).status is Status.FAILED


def test_an_offence_that_two_forks_report_is_one() -> None:
    told = [r for r in REAL if is_offence(r)]
    places = {(r.data.fields["kind"], r.data.fields["slot"]) for r in told}
    assert len(offences(evidence(REAL))) == len(places) < len(told)


@pytest.mark.parametrize(
    ("kind", "slot", "text"),
    [
        (b"babe:equivocatio", "99498e1100000000", "slot 294537625"),
        (b"grandpa:equivoca", "02000000000000001700000000000000", "round 23 of set 2"),
        (b"beefy:equivocati", "01000000000000002c01000000", "block 300 of set 1"),
        (b"disputes:slashin", "02000000" + "ab" * 32, "session 2, candidate 0xabababab"),
        (b"im-online:offlin", "0a000000", "time slot 0x0a000000"),
    ],
)
def test_a_finding_says_when_the_offence_was(kind: bytes, slot: str, text: str) -> None:
    one = next(r for r in REAL if is_offence(r))
    fields = {"kind": "0x" + kind.hex(), "slot": "0x" + slot}
    seen = mapped(is_offence, lambda r: change(r, fields=fields) if r.seq == one.seq else None)
    assert text in Offences(at_least=1).judge(seen).seen


def test_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InputError, match="babe-equivocation"):
        Offences(of="babe-equivocaton", at_most=0)


def test_unread_blocks_leave_the_absence_of_offences_open() -> None:
    unread = mapped(lambda r: r.kind is Kind.CONTENTS and r.t > 400, lambda _: None)
    assert Offences(by=("alice",), at_most=0).judge(unread).status is Status.INCONCLUSIVE


# -- disputes -------------------------------------------------------------------------------------------------------


def test_disputes_are_told_by_outcome() -> None:
    valid, invalid = Disputes(outcome="valid", at_least=2), Disputes(outcome="invalid", at_most=0)
    assert valid.judge(evidence(REAL)).status is invalid.judge(evidence(REAL)).status is Status.HELD
    turned = mapped(is_concluded, lambda r: change(r, fields={**r.data.fields, "1": "Invalid"}))
    assert valid.judge(turned).status is invalid.judge(turned).status is Status.FAILED


def test_no_dispute_at_all_fails() -> None:
    none = mapped(lambda r: is_raised(r) or is_initiated(r) or is_concluded(r), lambda _: None)
    assert Disputes(at_least=1).judge(none).status is Status.FAILED
    assert Disputes(at_most=0).judge(none).status is Status.HELD
    assert Disputes(at_most=0).judge(evidence(REAL)).status is Status.FAILED


def test_a_dispute_that_concludes_late_fails() -> None:
    check = Disputes(at_least=1, concluded_within=30)
    assert check.judge(evidence(REAL)).status is Status.HELD
    late = mapped(is_concluded, lambda r: replace(r, t=r.t + 31))
    assert check.judge(late).status is Status.FAILED
    assert "31.0 s" in check.judge(late).seen


def test_a_dispute_that_never_concludes_fails_once_it_was_due() -> None:
    never = mapped(is_concluded, lambda _: None)
    assert Disputes(at_least=1, concluded_within=30).judge(never).status is Status.FAILED
    assert Disputes(at_least=1, concluded_within=600).judge(never).status is Status.INCONCLUSIVE


def test_disputes_of_blocks_that_nobody_read_are_inconclusive() -> None:
    unread = mapped(lambda r: r.kind is Kind.CONTENTS and r.t > 400, lambda _: None)
    assert Disputes(outcome="invalid", at_most=0).judge(unread).status is Status.INCONCLUSIVE


@pytest.mark.parametrize("outcome", ["any", "initiated", "valid", "invalid", "unconcluded"])
def test_a_bound_counts_what_its_outcome_says(outcome: str) -> None:
    """Of the disputes one stays among the nodes, one is initiated and stays open, one is found invalid."""
    names = [one.candidate for one in disputes(evidence(REAL))]
    unheard, open_, invalid = names[:3]
    told = {"any": len(names), "initiated": len(names) - 1, "valid": len(names) - 3, "invalid": 1, "unconcluded": 2}

    def of(record: Record) -> str:
        return str(record.data.fields["0"])

    def act(record: Record) -> Record | None:
        if of(record) == unheard or (is_concluded(record) and of(record) == open_):
            return None
        if is_concluded(record) and of(record) == invalid:
            return change(record, fields={**record.data.fields, "1": "Invalid"})
        return record

    seen = mapped(lambda r: is_initiated(r) or is_concluded(r), act)
    count = told[outcome]
    found = Disputes(outcome=outcome, at_least=count).judge(seen)  # type: ignore[arg-type]
    assert found.status is Status.HELD, found.seen
    both = Disputes(outcome=outcome, at_least=count, at_most=count).judge(seen)  # type: ignore[arg-type]
    open_yet = outcome in ("valid", "invalid")  # the one that stays open may still be found either
    assert both.status is (Status.INCONCLUSIVE if open_yet else Status.HELD), both.seen
    assert Disputes(outcome=outcome, at_least=count + 1).judge(seen).status is Status.FAILED  # type: ignore[arg-type]
    assert {name: found.figures[name] for name in ("raised", "initiated", "valid", "invalid", "unconcluded")} == {
        "raised": told["any"], **{name: told[name] for name in told if name != "any"}
    }  # fmt: skip
    assert found.seen.endswith(
        f"{len(names)} raised, {len(names) - 1} initiated on chain, {len(names) - 3} concluded for and 1 against the"
        " candidate, 2 unconcluded"
    )


def test_a_dispute_of_which_the_chain_never_heard_is_one() -> None:
    """Seen of disputes that disabled validators raised: `disputes at_most 0` held over them."""
    unheard = mapped(lambda r: is_initiated(r) or is_concluded(r), lambda _: None)
    assert Disputes(at_most=0).judge(unheard).status is Status.FAILED
    assert Disputes(at_most=0, outcome="initiated").judge(unheard).status is Status.HELD


def test_a_dispute_at_the_end_of_a_run_leaves_upper_bounds_open() -> None:
    """Seen of two disputes in a run's last second: no dispute had found anything valid, so that at_most 0 held."""
    first = next(r for r in REAL if r.kind is Kind.DISPUTE)
    unheard = mapped(lambda r: is_initiated(r) or is_concluded(r), lambda _: None)
    cut = evidence(record for record in unheard.records if record.t <= first.t + 1)
    for outcome in ("initiated", "valid", "invalid"):
        assert Disputes(at_most=0, outcome=outcome).judge(cut).status is Status.INCONCLUSIVE  # type: ignore[arg-type]
        assert Disputes(at_least=1, outcome=outcome).judge(cut).status is Status.FAILED  # type: ignore[arg-type]


def test_a_dispute_that_a_standing_chain_cannot_hear_of_leaves_upper_bounds_open() -> None:
    first = next(r for r in REAL if r.kind is Kind.DISPUTE)
    unheard = mapped(lambda r: is_initiated(r) or is_concluded(r), lambda _: None)
    cut = [record for record in unheard.records if record.t <= first.t + 1]
    stood = evidence([*cut, replace(cut[-1], seq=cut[-1].seq + 1, t=first.t + 300, data=HostLate(late=0.0))])
    assert stood.now == first.t + 300
    assert Disputes(at_most=0, outcome="valid").judge(stood).status is Status.INCONCLUSIVE


def test_real_nodes_tell_of_no_dispute_and_that_is_said() -> None:
    found = Disputes(at_least=1, concluded_within=30).judge(on_docker(evidence(REAL)))
    assert found.status is Status.HELD
    assert "raised unknown (real nodes tell of none)" in found.seen
    assert found.figures["raised"] is None


def test_a_dispute_of_which_the_chain_did_not_hear_is_not_concluded_in_time() -> None:
    unheard = mapped(lambda r: is_initiated(r) or is_concluded(r), lambda _: None)
    assert Disputes(at_least=1, concluded_within=30).judge(unheard).status is Status.FAILED
    assert Disputes(at_least=1, concluded_within=600).judge(unheard).status is Status.INCONCLUSIVE


@pytest.mark.parametrize(
    ("fields", "why"),
    [({"at_most": 3}, "at_least"), ({"at_least": 1, "outcome": "unconcluded"}, "unconcluded")],
)
def test_how_fast_a_dispute_must_be_asks_for_one_that_ends(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(InputError, match=why):
        Disputes(concluded_within=30, **fields)


# -- the invariant --------------------------------------------------------------------------------------------------


def test_an_offence_of_a_byzantine_validator_is_held_against_nobody() -> None:
    """Some of dave's are reported when the fault is healed already."""
    assert invariant(evidence(REAL)) == "held"
    healed = evidence(REAL).windows[2].heal_end
    assert any(is_offence(r) and healed is not None and r.t > healed for r in REAL)


@pytest.mark.parametrize("name", ["alice", "bob", "charlie", "0xab"])
def test_an_offence_of_anybody_else_fails(name: str) -> None:
    assert invariant(mapped(is_offence, blame(name))) == "failed"


def test_one_honest_offender_among_others_fails() -> None:
    one = [r for r in REAL if is_offence(r)][-1]
    both = {**one.data.offenders, "bob": "against-valid"}
    assert invariant(mapped(lambda r: r.seq == one.seq, lambda r: change(r, offenders=both))) == "failed"


def test_an_offence_of_nobody_knows_whom_fails() -> None:
    assert invariant(mapped(is_offence, lambda r: change(r, offenders={}))) == "failed"


def test_an_offence_before_the_fault_fails() -> None:
    first = next(r for r in REAL if is_offence(r))
    later = {"start": first.t + 12, "end": first.t + 12}
    late = mapped(lambda r: r.kind is Kind.FAULT_APPLIED and r.data.id == 1, lambda r: change(r, **later))
    assert invariant(late) == "failed"


def equivocations(seen: Evidence) -> Evidence:
    """Without disputes, and what follows from them."""

    def of_dispute(record: Record) -> bool:
        lost = is_offence(record) and "against-valid" in record.data.offenders.values()
        return lost or is_initiated(record) or is_concluded(record)

    return evidence(record for record in seen.records if not of_dispute(record))


def as_if(kind: str) -> Evidence:
    """The same equivocations, after dave was not byzantine but something else."""

    def other(record: Record) -> Record | None:
        if record.kind is not Kind.FAULT_APPLIED:
            return None
        return change(record, fault={"kind": kind, "targets": ["dave"]})

    return equivocations(mapped(fault, other))


@pytest.mark.parametrize(("kind", "status"), [("restore", "held"), ("wipe", "failed"), ("snapshot", "failed")])
def test_who_got_an_old_database_back_may_offend(kind: str, status: str) -> None:
    assert invariant(as_if(kind)) == status


def with_twin(started: float | None) -> Evidence:
    """As if no fault but a twin of dave's had done it."""
    network = next(r for r in REAL if r.kind is Kind.NETWORK)
    dave = next(node for node in network.data.nodes if node.name == "dave")
    nodes = [*network.data.nodes, replace(dave, name="backup", twin_of="dave", joins_late=True)]
    changed = [change(r, nodes=nodes) if r.seq == network.seq else r for r in REAL if not fault(r)]
    if started is not None:
        up = next(r for r in REAL if r.kind is Kind.NODE_UP and r.observer == "dave")
        at = next(index for index, r in enumerate(changed) if r.t >= started)
        changed.insert(at, replace(up, observer="backup", t=started))
    return equivocations(evidence(changed))


@pytest.mark.parametrize(("started", "status"), [(205.0, "held"), (300.0, "failed"), (None, "failed")])
def test_who_has_a_twin_may_offend_once_that_runs(started: float | None, status: str) -> None:
    assert invariant(with_twin(started)) == status


def test_what_root_makes_up_is_held_against_nobody() -> None:
    made_up = [change(r, offenders={"alice": "by-root"}) if is_offence(r) else r for r in REAL]
    assert invariant(evidence(made_up)) == "held"


def test_a_dispute_among_honest_validators_fails() -> None:
    honest = [r for r in REAL if not fault(r) and not is_offence(r)]
    assert invariant(evidence(honest)) == "failed"
    peaceful = [r for r in honest if not is_concluded(r)]
    assert invariant(evidence(peaceful)) == "held"


def test_the_verdict_names_the_honest_offender() -> None:
    found = judge(mapped(is_offence, blame("alice")), ())
    assert troubled(found) == {"no offence": "failed"}
    finding: Any = next(one for one in found.failures)
    assert "of alice in round" in finding.seen
    assert finding.where[0].startswith("journal.jsonl:")


def test_a_later_run_of_the_same_network_knows_who_was_dishonest() -> None:
    """Dave's last offences are reported in blocks that were not final yet, which the next journal tells again."""
    real = evidence(REAL)
    before = dishonesty(real, RelayTime(real))
    assert {one.node for one in before} == {"dave"}
    for _ in range(2):
        real = evidence(replace(record, seq=seq, t=0.0) for seq, record in enumerate(restated(real)))
        assert offences(real)
        assert dishonesty(real, RelayTime(real)) == before
        assert no_offence(real).status is Status.HELD
