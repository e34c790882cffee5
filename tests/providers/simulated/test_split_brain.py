"""More byzantine keys than the protocol bears: both halves of a network finalize, and that is told, not a failure of
simnet's."""

from __future__ import annotations

import pytest
import yaml

from simnet.checks import Finding, Status
from simnet.scenario import Scenario
from simnet.search.trial import run_trial

SPLIT = """
name: split-brain
seed: 0
network:
  relay:
    runtime: rococo
    validators:
      - {name: alice}
      - {name: bob}
      - {name: charlie}
      - {name: dave}
      - {name: alice-2, twin_of: alice, joins_late: true}
      - {name: bob-2, twin_of: bob, joins_late: true}
steps:
  - start: [alice-2, bob-2]
  - wait: {state: in_sync, within: 120s}
  - inject: {partition: {groups: [[alice, bob, charlie], [alice-2, bob-2, dave]]}, as: cut, for: 90s}
  - wait: {for: 150s}
expect:
  - finality_advances: {during: cut, within: 60s, blocks: 5}
  - one_chain: {after: cut, within: 30s}
"""
"""Each half has three of four keys, which is a supermajority: two of them twice."""


@pytest.fixture(scope="module")
def findings() -> dict[str, Finding]:
    trial = run_trial(Scenario.model_validate(yaml.safe_load(SPLIT), context={"file": True}))
    assert trial.verdict.harness_error is None
    assert trial.verdict.status is Status.FAILED
    return {
        finding.check.split()[0] if not finding.invariant else finding.check: finding
        for finding in trial.verdict.findings
    }


def test_both_halves_finalize_and_neither_takes_it_back(findings: dict[str, Finding]) -> None:
    """A node that heard of the other half's finality ended the run with an assertion."""
    assert findings["finality_advances"].status is Status.HELD
    assert findings["finality monotone"].status is Status.HELD


def test_conflicting_finality_is_suspended_with_what_was_seen(findings: dict[str, Finding]) -> None:
    found = findings["no conflicting finality"]
    assert found.status is Status.SUSPENDED
    assert "2 of 4 validators (alice, bob) were byzantine" in found.seen
    assert "finalized 0x" in found.seen


def test_what_was_written_is_judged_as_written(findings: dict[str, Finding]) -> None:
    assert findings["one_chain"].status is Status.FAILED
