"""Planted bugs show where they should and nowhere else, and a run says that it has one."""

from __future__ import annotations

import pytest

from simnet.checks import Status
from simnet.errors import InputError
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.scenario import Scenario
from simnet.search import Trial, run_trial
from tests.quality.planted import LOST_PAGE, NO_CATCH_UP, Hunt

RECEIVER_DOWN = {"stop": {"targets": "collator-2001"}, "at": "60s", "for": "15s"}


def trial(hunt: Hunt, window: dict[str, object] | None, *, planted: bool) -> Trial:
    """The hunt's base with one fault or none, on a network of its own."""
    data = {**dict(hunt.space.base), "schedule": [window] if window else []}
    steps = [*hunt.space.base.steps, {"wait": {"until": f"{hunt.space.length}s"}}]
    provider = SimulatedProvider(defects=(hunt.defect,) if planted else ())
    return run_trial(Scenario.model_validate({**data, "steps": steps}), provider)


def failed(one: Trial) -> list[str]:
    return [finding.check for finding in one.verdict.findings if finding.status is Status.FAILED]


def test_an_unknown_defect_is_refused() -> None:
    with pytest.raises(InputError, match=r"no planted defect is named 'lost-page'; did you mean 'lost-hrmp-page'\?"):
        SimulatedProvider(defects=("lost-page",))


def test_the_journal_names_the_defects_of_its_network() -> None:
    with_bug, without = (trial(NO_CATCH_UP, None, planted=planted) for planted in (True, False))
    assert with_bug.evidence is not None
    assert without.evidence is not None
    assert with_bug.evidence.network.defects == ("no-catch-up",)
    assert without.evidence.network.defects is None


def test_pages_that_waited_over_a_session_change_are_lost_without_a_trace() -> None:
    """The receiver goes on to build, the queues agree; only the messages are missing."""
    lost = trial(LOST_PAGE, RECEIVER_DOWN, planted=True)
    assert failed(lost) == ["no message lost"]
    assert lost.evidence is not None
    built = [head.t for head in lost.evidence.best["collator-2001"]]
    assert lost.evidence.now - built[-1] < 20


def test_the_same_fault_loses_nothing_without_the_bug() -> None:
    assert failed(trial(LOST_PAGE, RECEIVER_DOWN, planted=False)) == []


def test_the_bug_shows_only_under_a_fault() -> None:
    assert failed(trial(LOST_PAGE, None, planted=True)) == []
