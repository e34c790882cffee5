"""A check that needs more time than its interval has is refused where the file says how long that is."""

from __future__ import annotations

import pytest

from simnet.checks import Cadence, Check, FinalityAdvances, FinalityStalls, OneChain, ParachainIncluded, Peers, Points
from simnet.scenario import Scenario

WAIT = {"wait": {"for": "40s"}}
DOWN = {"inject": {"stop": {"targets": "alice"}, "as": "x"}}
HEAL = {"heal": "x"}


def refused(check: Check, *steps: dict[str, object], schedule: tuple[dict[str, object], ...] = ()) -> bool:
    data = {
        "name": "lengths",
        "network": {
            "relay": {
                "runtime": "westend",
                "validators": [{"name": name} for name in ("alice", "bob", "charlie", "dave")],
            }
        },
        "steps": steps,
        "schedule": schedule,
        "expect": [check],
    }
    try:
        Scenario.model_validate(data)
    except ValueError as error:
        assert "longer than 'x' with its " in str(error), error
        return True
    return False


@pytest.mark.parametrize(
    ("fits", "exceeds"),
    [
        (FinalityAdvances(during="x", within=40), FinalityAdvances(during="x", within=41)),
        (FinalityStalls(during="x", grace=12, at_least=28), FinalityStalls(during="x", grace=12, at_least=29)),
        (OneChain(during="x", within=40), OneChain(during="x")),
        (Peers(during="x", at_least=1, within=40), Peers(during="x", at_least=1)),
        (Peers(during="x", at_least=1, always=True), Peers(during="x", at_least=1, within=41)),
        (
            ParachainIncluded(during="x", at_least=1, within=40, grace=30),
            ParachainIncluded(during="x", at_most=0, within=41),
        ),
        (ParachainIncluded(during="x", at_least=1), ParachainIncluded(during="x", at_least=1, grace=41)),
        (Points(during="x", at_least=1, grace=40), Points(during="x", at_least=1, grace=41)),
        (Cadence(during="x", blocks=2, at_least=1, grace=40), Cadence(during="x", blocks=2, at_least=1, grace=41)),
    ],
)
def test_each_check_that_asks_for_time_is_measured(fits: Check, exceeds: Check) -> None:
    step = {"label": "x", **WAIT}
    assert not refused(fits, step)
    assert refused(exceeds, step)


@pytest.mark.parametrize(
    ("steps", "schedule"),
    [
        ([{"label": "x", **WAIT}], ()),
        ([{"inject": {**DOWN["inject"], "for": "40s"}}, {"wait": {"for": "90s"}}], ()),
        ([DOWN, WAIT, HEAL], ()),
        ([DOWN, WAIT, {"heal": "all"}, WAIT], ()),
        ([DOWN, WAIT, {"inject": {"pause": {"targets": "bob"}, "as": "y"}}, HEAL, WAIT, {"heal": "y"}], ()),
        ([{"wait": {"for": "90s"}}], ({"at": "10s", "for": "40s", "stop": {"targets": "alice"}, "as": "x"},)),
    ],
    ids=["step", "fault", "healed", "all healed", "between instant steps", "window"],
)
def test_a_length_is_known_where_the_file_says_it(
    steps: list[dict[str, object]], schedule: tuple[dict[str, object], ...]
) -> None:
    assert refused(FinalityAdvances(during="x", within=41), *steps, schedule=schedule)
    assert not refused(FinalityAdvances(during="x", within=40), *steps, schedule=schedule)


@pytest.mark.parametrize(
    "steps",
    [
        [DOWN, WAIT],
        [DOWN, WAIT, {"wait": {"state": "stalled"}}, HEAL],
        [DOWN, {"restart": {"targets": "bob"}}, WAIT, HEAL],
        [DOWN, WAIT, {"at": "200s", "heal": "x"}],
        [{"inject": {**DOWN["inject"], "for": "4 blocks"}}, WAIT],
        [{"label": "x", "wait": {"until": "session"}}],
    ],
    ids=["never healed", "waits for a state", "restarts", "waits for a moment", "blocks", "until a moment"],
)
def test_a_length_that_the_file_does_not_say_is_left_to_the_run(steps: list[dict[str, object]]) -> None:
    assert not refused(FinalityAdvances(during="x", within=300), *steps)


def test_the_time_after_a_fault_is_not_measured() -> None:
    assert not refused(FinalityAdvances(after="x", within=60), DOWN, WAIT, HEAL, WAIT)
    assert not refused(FinalityAdvances(within=60), DOWN, WAIT, HEAL)
