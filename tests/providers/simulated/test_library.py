"""The library of scenarios on simulated nodes: what holds on real ones holds here, in seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.checks import Status
from simnet.journal.records import NodeReady
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, Outcome, rehearse
from simnet.scenario.loader import load_scenario
from tests.digests import CASES, LIBRARY, digest, stored

SCENARIOS = Path(__file__).parents[3] / "scenarios"


def run(file: Path, out: Path, seed: int | None = None) -> Outcome:
    scenario = load_scenario(file)
    if seed is not None:
        scenario = scenario.model_copy(update={"seed": seed})
    return rehearse(scenario, SimulatedProvider(), Options(out=out))


@pytest.mark.parametrize("file", LIBRARY, ids=lambda file: file.stem)
def test_the_library_holds(file: Path, tmp_path: Path) -> None:
    outcome = run(file, tmp_path)
    told = [f"{one.check}: {one.seen}" for one in outcome.verdict.findings if one.status is not Status.HELD]
    assert outcome.verdict.harness_error is None
    assert outcome.verdict.status is Status.HELD, told
    assert digest(outcome.folder) == stored()[file.stem], "another journal than before: see tests/digests"


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_cases_of_a_search_have_the_journals_that_they_had(file: Path, tmp_path: Path) -> None:
    assert digest(run(file, tmp_path).folder) == stored()[file.stem]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_quickstart_holds_with_other_seeds(seed: int, tmp_path: Path) -> None:
    outcome = run(SCENARIOS / "quickstart.yaml", tmp_path, seed)
    told = [f"{one.check}: {one.seen}" for one in outcome.verdict.findings if one.status is not Status.HELD]
    assert outcome.verdict.status is Status.HELD, told
    evidence = outcome.evidence
    assert len(evidence.messages()) == 30
    assert {record.observer for record in evidence.of(NodeReady)} == set(evidence.nodes())
