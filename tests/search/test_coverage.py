"""Coverage is what a journal shows: of real nodes, of simulated ones, and of journals changed so that something is in
them or not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simnet.journal import Kind, Record
from simnet.scenario import Scenario
from simnet.search import run_trial
from simnet.search.case_coverage import CaseCoverage, Phase, ProtocolState, SearchCoverage, coverage_of
from tests.checks.journals import change, evidence, index_of, is_event, mapped, records, without

TWO_STOPS = Scenario.model_validate(
    {
        "name": "two-stops",
        "seed": 3,
        "network": {
            "relay": {"runtime": "rococo", "validators": 2},
            "parachains": [{"id": 2000, "runtime": "penpal", "collators": 1}],
        },
        "steps": [
            {"inject": {"stop": {"targets": "collator-2000"}, "as": "collator"}},
            {"send": {"from": "relay", "to": "2000"}},
            {"wait": {"for": "30s"}},
            {"inject": {"pause": {"targets": "bob"}, "as": "validator"}},
            {"wait": {"for": "60s"}},
            {"inject": {"degrade": {"from": "alice", "to": "bob", "delay": "20ms"}, "as": "link"}},
            {"heal": "all"},
            {"wait": {"for": "12s"}},
            {"wipe": {"targets": "bob"}},
            {"wait": {"for": "60s"}},
        ],
    }
)


def of_quickstart() -> CaseCoverage:
    return coverage_of(evidence(records()))


def test_a_partition_of_real_nodes() -> None:
    seen = of_quickstart()
    assert {kind for kind, _ in seen.faults} == {"partition"}
    assert {
        ProtocolState.STALL,
        ProtocolState.LONG_STALL,
        ProtocolState.FORK,
        ProtocolState.DEEP,
        ProtocolState.SESSION,
    } <= seen.states
    nothing = {
        ProtocolState.DISPUTE,
        ProtocolState.OFFENCE,
        ProtocolState.CHANNEL_FULL,
        ProtocolState.LAG,
        ProtocolState.MAIL_FOR_DOWN,
        ProtocolState.RESYNC,
    }
    assert not nothing & seen.states


@pytest.fixture(scope="module")
def simulated() -> Iterator[CaseCoverage]:
    trial = run_trial(TWO_STOPS)
    assert trial.verdict.harness_error is None
    yield trial.coverage


def test_phases_in_which_faults_came(simulated: CaseCoverage) -> None:
    phases: dict[str, set[Phase]] = {}
    for kind, phase in simulated.faults:
        phases.setdefault(kind, set()).add(phase)
    assert Phase.QUIET in phases["stop"]
    assert Phase.OVERLAP not in phases["stop"]
    assert {Phase.OVERLAP, Phase.MAIL} <= phases["pause"]
    assert Phase.STALLED not in phases["pause"]
    assert {Phase.OVERLAP, Phase.STALLED, Phase.MAIL} <= phases["degrade"]
    assert Phase.AFTERMATH in phases["wipe"]


def test_states_of_a_simulated_network(simulated: CaseCoverage) -> None:
    assert {
        ProtocolState.STALL,
        ProtocolState.PARA_STOOD,
        ProtocolState.MAIL_FOR_DOWN,
        ProtocolState.RESYNC,
    } <= simulated.states
    assert (
        not {ProtocolState.LAG, ProtocolState.DISPUTE, ProtocolState.CHANNEL_FULL, ProtocolState.DEEPEST}
        & simulated.states
    )


def test_before_the_barrier_nothing_counts() -> None:
    assert coverage_of(evidence(without(lambda record: record.kind is Kind.BARRIER))) == CaseCoverage()


def with_event(pallet: str, name: str, **fields: object) -> list[Record]:
    """The quickstart with an included candidate turned into another event after the barrier."""
    barrier = index_of(lambda record: record.kind is Kind.BARRIER)
    at = next(i for i, r in enumerate(records()) if i > barrier and is_event(r, "ParaInclusion", "CandidateIncluded"))
    found = list(records())
    found[at] = change(found[at], pallet=pallet, name=name, fields=fields)
    return found


@pytest.mark.parametrize(
    ("pallet", "name", "state"),
    [
        ("ParasDisputes", "DisputeInitiated", ProtocolState.DISPUTE),
        ("ParasDisputes", "DisputeConcluded", ProtocolState.CONCLUDED),
        ("ParaInclusion", "CandidateTimedOut", ProtocolState.TIMED_OUT),
        ("Session", "ValidatorDisabled", ProtocolState.DISABLED),
        ("MessageQueue", "OverweightEnqueued", ProtocolState.MAIL_FAILED),
    ],
)
def test_events_that_show_a_state(pallet: str, name: str, state: ProtocolState) -> None:
    assert state not in of_quickstart().states
    changed = with_event(pallet, name, id="0x00", para_id=2000)
    assert state in coverage_of(evidence(changed)).states


@pytest.mark.parametrize(
    ("kind", "found"), [(b"babe:equivocatio", True), (b"grandpa:equivoca", True), (b"im-online:offlin", False)]
)
def test_offences_are_equivocations_by_their_kind(kind: bytes, found: bool) -> None:
    states = coverage_of(evidence(with_event("Offences", "Offence", kind="0x" + kind.hex()))).states
    assert ProtocolState.OFFENCE in states
    assert (ProtocolState.EQUIVOCATION in states) is found


def test_a_channel_is_full_by_messages_or_by_bytes() -> None:
    def filled(**data: int) -> list[Record]:
        return mapped(lambda r: change(r, **data) if r.kind is Kind.QUEUE and r.data.capacity is not None else r)

    assert ProtocolState.CHANNEL_FULL in coverage_of(evidence(filled(count=8, capacity=8))).states
    assert ProtocolState.CHANNEL_FULL in coverage_of(evidence(filled(bytes=8000, max_bytes=8192))).states
    assert ProtocolState.CHANNEL_FULL not in coverage_of(evidence(filled(count=1, bytes=100))).states


def test_a_fault_at_a_session_change_is_told_from_one_between_two() -> None:
    real = evidence(records())
    applied = index_of(lambda record: record.kind is Kind.FAULT_APPLIED)
    change_t = next(t for t, _, _ in real.session_changes() if t > (real.t0 or 0.0) + 60)
    far = change_t + 30.0
    for t, expected in ((change_t - 5.0, True), (change_t + 5.0, True), (far, False)):
        moved = list(records())
        moved[applied] = change(moved[applied], start=t, end=t)
        assert (("partition", Phase.SESSION) in coverage_of(evidence(moved)).faults) is expected


def test_a_fault_that_failed_to_apply_is_not_counted() -> None:
    kinds = (Kind.FAULT_APPLIED, Kind.FAULT_OBSERVED, Kind.FAULT_HEALED)
    assert coverage_of(evidence(without(lambda record: record.kind in kinds))).faults == frozenset()


def test_a_tally_tells_what_was_never_reached() -> None:
    reached = {"stop / quiet": 3, "finality stalled": 2}
    coverage = SearchCoverage.of(reached, ["stop", "pause"])
    assert coverage.faults["stop"][Phase.QUIET] == 3
    assert coverage.states[ProtocolState.STALL] == 2
    missing = coverage.missing()
    assert "pause / quiet" in missing
    assert "dispute initiated" in missing
    assert "stop / quiet" not in missing
    assert "finality stalled" not in missing


def test_items_are_in_a_settled_order() -> None:
    faults = frozenset({("stop", Phase.STALLED), ("kill", Phase.QUIET)})
    items = CaseCoverage(faults, frozenset({ProtocolState.FORK, ProtocolState.STALL})).items()
    assert items == ["kill / quiet", "stop / finality stalled", "finality stalled", "forks of the relay chain"]
