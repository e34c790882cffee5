"""Runs that follow one another on one network, and ask for other values of its chains than those before them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simnet.checks import Events, Status, Storage
from simnet.journal.records import Barrier, ReadingAsked, ValueRead
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.pytest_plugin._shared_network import SharedNetwork
from simnet.rehearsal import Options, Outcome, judge_folder, plan_of
from simnet.scenario import Scenario

NETWORK: dict[str, Any] = {
    "relay": {"runtime": "westend", "validators": 2},
    "parachains": [{"id": 2000, "collators": 1}],
}
NUMBER = {"storage": {"item": "System.Number", "changes_by": {"at_least": 2}}}
SUDO = {"storage": {"item": "Sudo.Key", "equals": "//Alice", "when": "always"}}
OF_PARA = {"balance": {"chain": 2000, "account": "//Alice", "changes_by": 0}}
NONCE = {"runtime_api": {"function": "AccountNonceApi.account_nonce", "args": ["//Alice"], "changes_by": 0}}
SUCCESS = {"events": {"event": "System.ExtrinsicSuccess", "at_least": 4}}
NONE = {"events": {"event": "TransactionPayment.TransactionFeePaid", "at_most": 0}}
RUNS = ([NUMBER], [NUMBER, SUDO], [NUMBER, SUDO, OF_PARA, NONCE, SUCCESS, NONE], [])
"""What each of the runs expects: the same as the one before it and more, in the end nothing."""


def scenario(expect: list[dict[str, Any]]) -> Scenario:
    steps = [{"wait": {"for": "60s"}}]
    return Scenario(name="shares", network=NETWORK, steps=steps, expect=expect)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    folder: Path = tmp_path_factory.mktemp("runs")
    shared = SharedNetwork(SimulatedProvider(), Options(out=folder))
    try:
        return [shared.play(one, plan_of(one)) for one in map(scenario, RUNS)]
    finally:
        shared.close()


def test_each_run_holds_with_what_it_asked_for(outcomes: list[Outcome]) -> None:
    """A value that a later run asks for was not known before its interval, so that `changes_by` stayed open."""
    assert [one.verdict.status for one in outcomes] == [Status.HELD] * len(RUNS), [
        finding for one in outcomes for finding in one.verdict.failures
    ]


def test_they_ran_on_one_network(outcomes: list[Outcome]) -> None:
    lowest = [min(block.height for block in one.evidence.blocks["relay"].values()) for one in outcomes]
    assert lowest[0] == 0
    assert lowest == sorted(lowest)
    assert lowest[1] > 0


def test_stored_runs_are_judged_alike(outcomes: list[Outcome]) -> None:
    for one in outcomes:
        assert judge_folder(one.folder).verdict.findings == one.verdict.findings


def test_a_later_run_asks_for_what_is_new_alone(outcomes: list[Outcome]) -> None:
    asked = [[(one.data.name, one.t) for one in run.evidence.of(ReadingAsked)] for run in outcomes]
    assert [len(one) for one in asked] == [1, 2, 6, 6]
    assert asked[1][0] == ("System.Number", 0.0)
    assert len({name for name, _ in asked[3]}) == 6, "each once"


def test_what_a_run_did_not_ask_for_is_open_though_a_later_one_does(outcomes: list[Outcome]) -> None:
    first, second = outcomes[0].evidence, outcomes[1].evidence
    check = Storage(item="Sudo.Key", equals="//Alice")
    assert check.judge(first).status is Status.INCONCLUSIVE
    assert check.judge(second).status is Status.HELD
    left_out = Events(event="System.ExtrinsicSuccess", at_most=0)
    assert left_out.judge(first).status is left_out.judge(second).status is Status.INCONCLUSIVE


def test_a_value_that_stayed_is_told_at_the_first_block_of_a_later_journal(outcomes: list[Outcome]) -> None:
    """Its own journal has it, since the one of the run that read it first is another."""
    seen = outcomes[2].evidence
    told = [one for one in seen.of(ValueRead) if one.data.name == "Sudo.Key"]
    barrier = seen.of(Barrier)[0]
    assert told
    assert told[0].t < barrier.t
    assert {one.data.value for one in told} == {told[0].data.value}


def test_a_later_run_begins_when_a_block_is_final_that_was_read_with_what_it_asks_for(tmp_path: Path) -> None:
    """Without parachains finality alone advances, of blocks that were read before the asking."""
    network = {"relay": {"runtime": "westend", "validators": 2}}
    shared = SharedNetwork(SimulatedProvider(), Options(out=tmp_path))
    try:
        for expect in ([], [NUMBER, SUDO, SUCCESS]):
            wait = [{"wait": {"for": "60s"}}]
            one = Scenario(name="alone", network=network, steps=wait, expect=expect)  # type: ignore[arg-type]
            outcome = shared.play(one, plan_of(one))
            assert outcome.verdict.status is Status.HELD, outcome.verdict.failures
    finally:
        shared.close()
