"""Such a search in a pytest suite: Hypothesis draws the cases, shrinks what fails, and keeps it in its database."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings

from simnet import Scenario, load_scenario
from simnet.search import Space, assert_held, cases, run_trial

BASE = load_scenario(Path(__file__).with_name("base.yaml"))
SPACE = Space(base=BASE, kinds=("stop", "isolate"), max_windows=1, length="360s", settle="240s")


@given(cases(SPACE))
@settings(max_examples=2, deadline=None)
def test_no_single_fault_loses_mail(case: Scenario) -> None:
    assert_held(run_trial(case))
