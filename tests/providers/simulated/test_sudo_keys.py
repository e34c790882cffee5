"""Networks whose sudo keys are not Alice's: channels, mail and calls are signed by those that their files name."""

from __future__ import annotations

import pytest

from simnet.checks import Messages, Status
from simnet.network.accounts import keys
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, Outcome, rehearse
from simnet.scenario import Scenario

FOREIGN = {"sudo": {"key": keys("//Bob").address}}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """A run with mail that arrives, and mail to a parachain on which its sender has nothing to pay with."""
    spec = {
        "name": "sudo",
        "network": {
            "relay": {"validators": 4, "genesis": FOREIGN, "sudo": "//Bob"},
            "parachains": [{"id": 2000, "sudo": "//Team"}, {"id": 2001}],
        },
        "steps": [
            {"submit": {"call": "System.set_heap_pages", "args": {"pages": 64}, "sudo": True}},
            {"label": "mail", "send": {"from": 2000, "to": 2001}},
            {"wait": {"state": "delivered", "within": "2min"}},
            {"submit": {"chain": "2001", "call": "Balances.force_set_balance", "sudo": True, "args": EMPTIED}},
            {"label": "poor", "send": {"from": 2000, "to": 2001}},
            {"wait": {"state": "ended", "within": "2min"}},
        ],
        "expect": [{"messages": {"labels": "mail"}}, {"messages": {"labels": "poor"}}],
    }
    scenario = Scenario.model_validate(spec, context={"file": True}, by_alias=True, by_name=False)
    return rehearse(scenario, SimulatedProvider(), Options(out=tmp_path_factory.mktemp("sudo")))


EMPTIED = {"who": {"Id": "0x" + (b"sibl" + (2000).to_bytes(4, "little") + bytes(24)).hex()}, "new_free": 0}


def test_channels_calls_and_mail_are_signed_by_the_sudo_keys_of_their_chains(outcome: Outcome) -> None:
    assert outcome.verdict.harness_error is None
    found = {one.check: one.status for one in outcome.verdict.findings}
    assert found["steps completed"] is Status.HELD
    assert found["messages labels=mail"] is Status.HELD


def test_a_message_that_failed_is_told_with_the_instructions_error(outcome: Outcome) -> None:
    (failed,) = outcome.verdict.failures
    assert failed.check == "messages labels=poor"
    assert failed.seen == "poor#0 2000>2001 failed with FailedToTransactAsset: ended in Processed with success False"


def test_an_error_is_no_other_messages(outcome: Outcome) -> None:
    assert Messages(labels=("mail",)).judge(outcome.evidence).status is Status.HELD
    assert [trace.terminals[0].error for trace in outcome.evidence.messages()] == [None, "FailedToTransactAsset"]
