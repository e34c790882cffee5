"""Transfers, programs and claims on chains that are not bundled: one without Sudo, one of 20-byte accounts."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.checks import Status
from simnet.checks.dry_runs import foreseen
from simnet.journal import MessageTrace
from simnet.network.accounts import address
from simnet.rehearsal import Outcome
from tests.families.families import ACCOUNTS, PEOPLE, RELAY, mistakes, run, twenty

CHECKING = address(b"modlpy/xcmch" + bytes(20))
NETWORK = {
    "relay": RELAY,
    "parachains": [
        {
            "id": 1000,
            "runtime": "asset-hub-westend",
            "genesis": {"balances": {"balances": [[CHECKING, 10**18]]}},
        },
        {"id": 1004, "runtime": PEOPLE, "tokens": {"WND": 12}},
        twenty(2000, tokens={"TWENTY": 18}),
    ],
    "channels": "all",
}
UNPAID = {"UnpaidExecution": {"weight_limit": "Unlimited", "check_origin": None}}
TWENTY = {"parents": 0, "interior": "Here"}
STEPS = [
    {"label": "to people", "transfer": {"from": "relay", "to": 1004, "amount": "5 WND", "as": "//Bob"}},
    {"label": "by root", "xcm": {"chain": 1004, "to": "relay", "as": "root", "program": [UNPAID, "ClearOrigin"]}},
    {"label": "left", "xcm": {"chain": 2000, "as": "//Bob", "program": [
        {"WithdrawAsset": [{"id": TWENTY, "fun": {"Fungible": "1 TWENTY"}}]}]}},
    {"label": "to twenty", "transfer": {"from": 1000, "to": 2000, "amount": "5 WND", "method": "local_reserve",
                                        "as": "//Bob", "expect": "success"}},
    {"wait": {"state": "ended"}},
    {"label": "home", "transfer": {"from": 1004, "to": "relay", "amount": "2 WND", "as": "//Bob"}},
    {"label": "claimed", "claim": {"chain": 2000, "trap": "left", "beneficiary": "//Charlie"}},
    {"wait": {"state": "delivered", "messages": ["home", "to people", "by root"]}},
    {"wait": {"for": "30s"}},
]  # fmt: skip


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return run(tmp_path_factory.mktemp("transfers"), NETWORK, STEPS, [{"messages": {"labels": ["to people", "home"]}}])


def trace(outcome: Outcome, label: str) -> MessageTrace:
    return next(one for one in outcome.evidence.messages() if one.label == label)


def test_every_step_does_what_it_says(outcome: Outcome) -> None:
    assert [one.data.failure for one in outcome.evidence.steps if one.data.failure] == []
    assert outcome.verdict.findings[0].status is Status.HELD


def test_root_of_a_chain_without_sudo_sends_through_the_relay_chains(outcome: Outcome) -> None:
    by_root = trace(outcome, "by root")
    assert (by_root.channel, by_root.failure) == ("relay>1004", None)
    assert by_root.terminals[0].chain == "relay"  # to which 1004 sent it


def test_an_account_of_20_bytes_is_where_a_transfer_goes_and_claims_what_it_left(outcome: Outcome) -> None:
    (trap,) = trace(outcome, "left").terminals[0].trapped
    assert ACCOUNTS["//Bob"] in str(trap.origin)
    assert trap in outcome.evidence.trapped("2000")[1]
    events = [one.data for chain in ("1000",) for one in outcome.evidence.all_events("PolkadotXcm", "Sent")]
    assert any(f"'key': '{ACCOUNTS['//Bob']}'" in str(one.fields) for one in events)


def test_what_came_is_what_every_chain_foresaw(outcome: Outcome) -> None:
    assert [str(one) for one in foreseen(outcome.evidence) if one.differs] == []
    assert {one.record.chain for one in foreseen(outcome.evidence)} == {"relay", "1000", "1004", "2000"}


def test_a_beneficiary_of_another_form_is_told(tmp_path: Path) -> None:
    step = {"transfer": {"from": 1000, "to": 2000, "amount": 1, "beneficiary": CHECKING}}
    ((way, told),) = mistakes(NETWORK, step)
    assert way == ("steps", 0, "transfer", "beneficiary")
    assert "expected an account, as secret URI, 0x hex or 20 bytes (AccountId20)" in told
