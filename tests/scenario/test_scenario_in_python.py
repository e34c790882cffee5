"""Scenarios, networks and spaces that Python writes as files do: mappings, text with units, one for a list of one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from simnet import NetworkSpec, Scenario, load_scenario
from simnet.checks import FinalityAdvances, Messages
from simnet.errors import InputError
from simnet.faults import Stop
from simnet.scenario import Inject, Send, Step, Wait
from simnet.search import Space
from simnet.units import Moment, Span

TWO_CHAINS: dict[str, Any] = {"parachains": [{"id": 2000}]}
SAID: dict[str, Any] = {
    "name": "two-down",
    "network": TWO_CHAINS,
    "steps": [
        {"inject": {"stop": {"targets": "alice"}, "as": "down", "for": "10 blocks"}},
        {"label": "mail", "send": {"from": 2000, "to": "relay", "every": "6s", "size": "4 KiB"}},
        {"at": "session + 3 blocks", "wait": {"state": "delivered", "within": "2min"}},
    ],
    "expect": [{"finality_advances": {"after": "down", "within": "60s"}}, {"messages": {"labels": "mail"}}],
}


def test_what_a_file_says_is_said_in_python_by_the_same_mappings(tmp_path: Path) -> None:
    file = tmp_path / "two-down.yaml"
    file.write_text(yaml.safe_dump(SAID), encoding="utf-8")
    assert Scenario(**SAID) == load_scenario(file)


def test_values_and_mappings_may_stand_beside_one_another() -> None:
    scenario = Scenario(
        name="two-down",
        network=NetworkSpec(**TWO_CHAINS),
        steps=[
            Step(inject=Inject(stop=Stop(targets="alice"), name="down", for_="10 blocks")),
            Step(label="mail", send=Send(sender=2000, recipient="relay", every="6s", size="4 KiB")),
            {"at": "session + 3 blocks", "wait": Wait(state="delivered", within=120)},
        ],
        expect=[FinalityAdvances(after="down", within=60), {"messages": Messages(labels="mail")}],
    )
    assert scenario == Scenario(**SAID)


@pytest.mark.parametrize("length", ["60s", "1min", 60, 60.0, Span(seconds=60.0)])
def test_a_length_is_text_or_seconds(length: object) -> None:
    assert Wait(for_=length) == Wait.model_validate({"for": "60s"})


@pytest.mark.parametrize("moment", ["30s", 30, Moment(span=Span(seconds=30.0))])
def test_a_moment_is_text_or_seconds_after_the_barrier(moment: object) -> None:
    assert Wait(until=moment) == Wait.model_validate({"until": "30s"})


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (
            lambda: scenario(expect=[{"mesages": {}}]),
            "Scenario: expect.0: there is no 'mesages'; did you mean 'messages'?",
        ),
        (
            lambda: scenario(expect=[{"messages": {"lables": "mail"}}]),
            "Scenario: expect.0.messages: there is no 'lables'; did you mean 'labels'?",
        ),
        (
            lambda: scenario(expect=[{"finality_advances": {"within": "60"}}]),
            "Scenario: expect.0.finality_advances.within: '60' has no unit; write for example 60s, 150ms or 2min",
        ),
        (
            lambda: scenario(steps=[{"wait": {"fr": "60s"}}]),
            "Scenario: steps.0.wait: there is no 'fr'; did you mean 'for'?",
        ),
        (
            lambda: scenario(steps=[{"inject": {"stop": {"targets": "alise"}}}]),
            "steps.0.inject.stop.targets.0: 'alise' stands for no node; did you mean 'alice'?",
        ),
        (lambda: scenario(stepps=[]), "Scenario: there is no 'stepps'; did you mean 'steps'?"),
        (lambda: scenario(steps=3), "Scenario: steps: expected a list, found 3"),
        (Scenario, "Scenario: name is missing"),
        (lambda: Wait(state="finalising"), "Wait: state: there is no 'finalising'; did you mean 'finalizing'?"),
        (
            lambda: NetworkSpec(relay={"validators": [{"name": "alice"}, {"nam": "bob"}]}),
            "NetworkSpec: relay.validators.1: there is no 'nam'; did you mean 'name'?",
        ),
        (
            lambda: NetworkSpec(relay={"validators": "four"}),
            "NetworkSpec: relay.validators: expected a whole number or a list, found 'four'",
        ),
        (
            lambda: NetworkSpec(relay={"validators": 0}),
            "NetworkSpec: relay.validators: expected greater than or equal to 1, found 0",
        ),
        (lambda: Space(base=scenario(), kinds="stopp"), "no kind of fault is called 'stopp'; did you mean 'stop'?"),
        (lambda: Space(base=scenario(), length="300"), "Space: length: '300' has no unit; write for example 60s"),
        (lambda: Space(base=scenario(), length="100s"), "cases last 100 s and the last 180 s are without faults"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence_with_the_way_to_it(made: Callable[[], object], told: str) -> None:
    with pytest.raises(InputError) as caught:
        made()
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


def test_a_space_takes_the_forms_of_files() -> None:
    space = Space(base=scenario(), kinds="stop", length="300s", settle="1min")
    assert (space.kinds, space.length, space.settle) == (("stop",), 300.0, 60.0)


def scenario(**fields: Any) -> Scenario:
    return Scenario(**{"name": "x", "network": TWO_CHAINS, **fields})
