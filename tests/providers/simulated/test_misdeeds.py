"""What byzantine nodes could do and did is counted, and told by the journal at the end of their fault."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from simnet.checks import Status
from simnet.network.topology import Node
from simnet.providers.simulated.clock import SECOND, Clock
from simnet.providers.simulated.misdeeds import Misdeeds
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.view import View
from simnet.scenario import Scenario
from simnet.search.trial import Trial, run_trial
from tests.providers.simulated.blocks import genesis

LIAR, SAINT = 0, 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def misdeeds(clock: Clock) -> Misdeeds:
    """Of a node that is told to dispute, and an honest one."""
    specs = [Node(name=name, chain="relay", role="validator", account="", image="") for name in ("liar", "saint")]
    nodes = [SimulatedNode(index, spec, View(genesis()), None) for index, spec in enumerate(specs)]
    nodes[LIAR].acts = frozenset({"dispute_valid"})
    return Misdeeds(clock, nodes)


def test_who_is_honest_in_that_way_has_no_occasion(misdeeds: Misdeeds) -> None:
    assert not misdeeds.commits(SAINT, "dispute_valid")
    assert not misdeeds.tempted(LIAR, "approve_invalid", b"a")
    misdeeds.did(LIAR, "approve_invalid", b"a")
    assert misdeeds.between(SAINT, "dispute_valid", 0, SECOND) == []
    assert misdeeds.between(LIAR, "approve_invalid", 0, SECOND) == []


def test_an_occasion_is_one_however_often_it_is_met(misdeeds: Misdeeds, clock: Clock) -> None:
    for about in (b"a", b"a", b"b", None, None):
        clock.advance(clock.now + SECOND)
        assert misdeeds.commits(LIAR, "dispute_valid", about)
    assert misdeeds.between(LIAR, "dispute_valid", 0, 9 * SECOND) == [one * SECOND for one in (1, 3, 4, 5)]


def test_an_occasion_belongs_to_when_it_came_and_not_to_when_it_was_used(misdeeds: Misdeeds, clock: Clock) -> None:
    for about in (b"a", b"b", b"c"):
        clock.advance(clock.now + SECOND)
        assert misdeeds.tempted(LIAR, "dispute_valid", about)
    clock.advance(60 * SECOND)
    misdeeds.did(LIAR, "dispute_valid", b"b")
    misdeeds.did(LIAR, "dispute_valid", b"c")
    assert misdeeds.between(LIAR, "dispute_valid", SECOND, 2 * SECOND) == [None, 60 * SECOND]


# -- runs -----------------------------------------------------------------------------------------------------------

ONE_GROUP = """
name: one-liar
seed: 2
network:
  relay: {runtime: westend, validators: 4}
  parachains: [{id: 2000}]
  channels: none
steps:
  - inject: {byzantine: {targets: dave, acts: back_invalid}, as: alone, for: 40s}
  - wait: {for: 45s}
  - inject: {byzantine: {targets: [alice, bob, charlie], acts: withhold_chunks}, as: brief, for: 1ms}
  - wait: {for: 1s}
  - inject: {byzantine: {targets: collator-2000, acts: stall}, as: idle}
  - wait: {for: 30s}
expect:
  - finality_advances: {during: alone, within: 30s}
  - finality_advances: {after: alone, within: 30s}
  - finality_advances: {after: brief, within: 30s}
  - finality_advances: {during: idle, within: 30s}
  - finality_advances: {within: 60s}
"""
"""All four validators back each candidate, of which two votes are needed: one liar alone gets nothing backed."""


@pytest.fixture(scope="module")
def trial() -> Trial:
    return run_trial(Scenario.model_validate(yaml.safe_load(ONE_GROUP), context={"file": True}))


def acts(trial: Trial, name: str) -> dict[str, Any]:
    assert trial.evidence is not None
    window = trial.evidence.window(name)
    assert window is not None
    return {one["node"]: one for one in window.acts}


def test_an_invalid_candidate_that_nobody_else_backs_is_an_occasion_without_use(trial: Trial) -> None:
    """An act that came to nothing counted as applied (Kusama, August 2025, rehearsed with two of ten)."""
    told = acts(trial, "alone")["dave"]
    assert told["occasions"] >= 3
    assert told["used"] == 0
    assert told["first"] is told["last"] is None


def test_checks_that_name_an_idle_fault_are_inconclusive_and_no_others(trial: Trial) -> None:
    found = [one.status for one in trial.verdict.findings if not one.invariant]
    open_, fine = Status.INCONCLUSIVE, Status.HELD
    assert found == [open_, open_, open_, fine, fine]
    assert [one.status for one in trial.verdict.findings if one.check == "faults took hold"] == [fine]
    assert "alone did nothing: back_invalid: dave used none of" in str(
        [one.seen for one in trial.verdict.findings if one.check == "faults took hold"]
    )


def test_a_fault_that_no_step_heals_is_read_at_the_end_of_the_run(trial: Trial) -> None:
    told = acts(trial, "idle")["collator-2000"]
    assert told["used"] == told["occasions"] >= 3
    assert trial.evidence is not None
    window = trial.evidence.window("idle")
    assert window is not None
    assert window.apply_end <= told["first"] < told["last"] <= (window.heal_start or 0)
