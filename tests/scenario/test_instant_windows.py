"""Restarts and wipes as windows of a schedule: acts that come at a moment and are over by themselves."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from simnet.scenario import Scenario, WindowSpec
from simnet.search import run_trial

RELAY_CHAIN = {"relay": {"validators": 2}}


@pytest.mark.parametrize("kind", ["restart", "wipe"])
def test_an_act_takes_no_length(kind: str) -> None:
    with pytest.raises(ValidationError, match=rf"a {kind} takes no `for`"):
        WindowSpec.model_validate({kind: {"targets": "alice"}, "at": "30s", "for": "10s"})


def test_any_other_window_needs_a_length() -> None:
    with pytest.raises(ValidationError, match=r"this stop needs `for`"):
        WindowSpec.model_validate({"stop": {"targets": "alice"}, "at": "30s"})


def test_acts_come_at_their_moments_beside_the_steps() -> None:
    schedule = [
        {"restart": {"targets": "alice"}, "at": "12s"},
        {"wipe": {"targets": "bob"}, "at": "60s"},
    ]
    case = Scenario.model_validate(
        {"name": "acts", "network": RELAY_CHAIN, "schedule": schedule, "steps": [{"wait": {"for": "90s"}}]}
    )
    evidence = run_trial(case).evidence
    assert evidence is not None
    assert evidence.t0 is not None
    assert [round(one.apply_start - evidence.t0) for one in evidence.windows.values()] == [12, 60]
    assert all(one.heal_end == one.apply_end for one in evidence.windows.values())
    assert evidence.steps[0].data.end - evidence.steps[0].data.start == pytest.approx(90)
