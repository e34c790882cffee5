"""Byzantine nodes: what each act does is in the runtime's own events, and without the act its scenario fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.checks import Status
from simnet.journal import Evidence
from simnet.journal.records import DisputeSeen, SlotLost
from simnet.scenario import Scenario
from simnet.scenario.loader import load_scenario
from simnet.search import Trial, run_trial

SCENARIOS = Path(__file__).parents[3] / "scenarios"

CONSEQUENCES = {
    "byzantine-blocks": ("Offences", "Offence"),
    "byzantine-votes": ("Session", "ValidatorDisabled"),
    "byzantine-backs-invalid": ("ParasDisputes", "DisputeConcluded"),
    "byzantine-approves-invalid": ("Offences", "Offence"),
    "byzantine-disputes-valid": ("ParasDisputes", "DisputeConcluded"),
    "byzantine-withholds-chunks": ("ParaInclusion", "CandidateTimedOut"),
    "frozen-parachains": ("ParasDisputes", "Revert"),
    "westend-reenabled": ("Session", "ValidatorReenabled"),
}
"""Events that the runtime deposits because of the act, and never without it."""

SILENT = (
    "byzantine-silent-checker",
    "byzantine-collator-stalls",
    "byzantine-collator-censors",
    "byzantine-collator-twice",
)
"""Acts that no event tells of: what others did, or what did not happen, shows them."""


def without_acts(scenario: Scenario) -> Scenario:
    """The same rehearsal with everybody honest."""
    names = [step.inject.name for step in scenario.steps if step.inject and step.inject.byzantine]
    steps = [
        step
        for step in scenario.steps
        if not (step.inject and step.inject.byzantine) and not (step.heal and set(step.heal) <= {*names, "all"})
    ]
    return scenario.model_copy(update={"steps": tuple(steps)})


def failures(trial: Trial) -> list[str]:
    return [f"{one.check}: {one.seen}" for one in trial.verdict.failures]


def unused(trial: Trial) -> list[str]:
    """Acts of the run's faults that nobody did."""
    assert trial.evidence is not None
    windows = [window for window in trial.evidence.windows.values() if window.fault["kind"] == "byzantine"]
    assert windows
    told = [(window.name, one["act"], one["used"]) for window in windows for one in window.acts]
    used = {(name, act) for name, act, count in told if count}
    return [f"{name}: {act}" for name, act, _ in told if (name, act) not in used]


def excused(trial: Trial) -> bool:
    """Whether the invariant says that something was reported or disputed, and why that is no failure."""
    return any(one.check == "no offence" and "excused by" in one.seen for one in trial.verdict.findings)


def test_every_byzantine_scenario_is_judged_here() -> None:
    files = {file.stem for file in SCENARIOS.glob("*.yaml") if "byzantine: {" in file.read_text(encoding="utf-8")}
    assert files == {*CONSEQUENCES, *SILENT}


@pytest.mark.parametrize("name", [*CONSEQUENCES, *SILENT])
def test_the_act_has_its_consequence_and_without_it_the_scenario_fails(name: str) -> None:
    scenario = load_scenario(SCENARIOS / f"{name}.yaml")
    with_it = run_trial(scenario.model_copy(update={"seed": 5}))
    assert not failures(with_it)
    assert unused(with_it) == (["backing: approve_invalid"] if name == "byzantine-approves-invalid" else [])
    assert with_it.evidence is not None
    wrong = [
        *with_it.evidence.all_events("Offences"),
        *with_it.evidence.all_events("ParasDisputes", "DisputeConcluded"),
    ]
    assert excused(with_it) is bool(wrong)
    honest = run_trial(without_acts(scenario))
    failed = [one for one in honest.verdict.findings if one.status is Status.FAILED]
    assert failed, "the same expectations hold without the act, so they show nothing"
    assert not [one for one in failed if one.invariant], "and nothing else is wrong"
    if name in CONSEQUENCES:
        assert with_it.evidence.all_events(*CONSEQUENCES[name])
        assert not honest.evidence.all_events(*CONSEQUENCES[name])


def test_a_disabled_validator_panics_when_it_authors() -> None:
    trial = run_trial(load_scenario(SCENARIOS / "byzantine-blocks.yaml"))
    lost = trial.evidence.of(SlotLost)
    assert {record.observer for record in lost} == {"dave"}
    assert all("is disabled and should not be attempting to author blocks" in record.data.why for record in lost)


def test_what_was_found_invalid_is_not_on_the_chain_that_won() -> None:
    trial = run_trial(load_scenario(SCENARIOS / "byzantine-backs-invalid.yaml"))
    evidence = trial.evidence
    reverted = {record.height for record in evidence.of(DisputeSeen) if record.data.state == "invalid"}
    assert reverted
    final = {block.hash for block in evidence.canonical("relay")}
    gone = {record.hash for record in evidence.of(DisputeSeen) if record.data.state == "invalid"}
    assert not gone & final, "the blocks that included it were given up"
    assert _included(evidence, final) >= 10


def _included(evidence: Evidence, blocks: set[str]) -> int:
    return sum(record.hash in blocks for record in evidence.all_events("ParaInclusion", "CandidateIncluded"))
