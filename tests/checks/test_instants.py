"""A check that names an instant judges all of it, from its beginning to its end."""

from __future__ import annotations

import pytest

from simnet.scenario import Scenario
from simnet.search import run_trial

POWER = {"restart": {"targets": ["alice"], "down_for": 30.0, "kill": True}}
NETWORK = {"relay": {"validators": [{"name": name} for name in ("alice", "bob", "charlie", "dave")]}}


@pytest.mark.parametrize(
    ("by", "least", "status"), [("bob", 1, "held"), ("alice", 1, "failed")], ids=["who goes on", "who is down"]
)
def test_what_happens_while_a_node_restarts_is_judged(by: str, least: int, status: str) -> None:
    """It had been an interval of no time, in which nobody can author."""
    blocks = {"blocks_authored": {"during": "power", "by": [by], "at_least": least}}
    scenario = Scenario.model_validate(
        {"name": "power", "network": NETWORK, "steps": [{"label": "power", **POWER}], "expect": [blocks]}
    )
    trial = run_trial(scenario)
    found = next(one for one in trial.verdict.findings if one.check.startswith("blocks_authored"))
    assert found.end is not None
    assert found.start is not None
    assert found.end - found.start >= 30
    assert found.status.value == status, found.seen
