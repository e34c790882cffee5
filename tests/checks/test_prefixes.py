"""A journal that ends early, wherever, proves neither that a run held nor, of one that did, that it failed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simnet.checks import Status
from simnet.checks.verdict import judge
from simnet.journal import Evidence
from simnet.journal.records import RunEnded
from simnet.scenario.loader import load_scenario
from simnet.search import run_trial

SCENARIOS = Path(__file__).parents[2] / "scenarios"

LIBRARY = ("quickstart", "region-outage", "validators-two-down", "westend-stall")
"""Scenarios that hold by counts, by stalls, by what comes after a fault."""

MORE = tuple(sorted(path.stem for path in SCENARIOS.glob("*.yaml") if path.stem not in LIBRARY))

LONG = "SIMNET_ATTACK" in os.environ
PREFIXES = 1500 if LONG else 40
"""Of each run, spread evenly, and the last twenty."""


@pytest.mark.parametrize("name", (*LIBRARY, *MORE) if LONG else LIBRARY)
def test_no_part_of_a_run_that_held_is_failed_and_none_but_the_whole_held(name: str) -> None:
    scenario = load_scenario(SCENARIOS / f"{name}.yaml")
    trial = run_trial(scenario)
    assert trial.verdict.status is Status.HELD
    assert trial.evidence is not None
    records = trial.evidence.records
    assert isinstance(records[-1].data, RunEnded)
    step = max(1, len(records) // PREFIXES)
    looked = {*range(0, len(records) - 1, step), *range(len(records) - 20, len(records) - 1)}
    assert len(looked) > 40
    evidence = Evidence()
    for number, record in enumerate(records):
        evidence.add(record)
        if number in looked:
            verdict = judge(evidence, scenario.checks)
            assert verdict.status is Status.INCONCLUSIVE, (number, verdict.failures)
    assert judge(evidence, scenario.checks) == trial.verdict
