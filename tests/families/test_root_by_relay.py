"""Root of a chain without Sudo, by messages of the relay chain's root: People of Westend, in a whole run."""

from __future__ import annotations

import pytest

from simnet.chain.calls import Calls
from simnet.journal.records import Intervention, RuntimeEvent
from simnet.network.accounts import keys
from simnet.preflight import _facts
from simnet.preflight._superuser import takes_superuser
from simnet.providers import dispatch_origins
from simnet.rehearsal import Outcome
from simnet.runtime.genesis import GenesisMaker
from simnet.runtime.host import Host
from simnet.scenario import NetworkSpec
from tests.families.families import PEOPLE, mistakes, run, twenty

CHAIN = 1004
NETWORK = {
    "relay": {"runtime": "westend", "validators": 2},
    "parachains": [{"id": CHAIN, "runtime": PEOPLE, "tokens": {"WND": 12}}],
}
TOO_MUCH = {"call": "Balances.transfer_keep_alive", "args": {"dest": "alice", "value": "1000000000 WND"}}
PAID = {"call": "Balances.transfer_keep_alive", "args": {"dest": "//Charlie", "value": "1.25 WND"}}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    steps = [
        {"submit": {"chain": CHAIN, "as": {"account": "//Bob"}, **PAID}},
        {"submit": {"chain": CHAIN, "as": {"account": "//Bob"}, **TOO_MUCH, "expect": "failure"}},
        {"submit": {"chain": CHAIN, "as": "root", "calls": [PAID, PAID], "expect": "failure"}},
        {"set_storage": {"chain": CHAIN, "items": [{"item": "PolkadotXcm.XcmExecutionSuspended", "value": None}]}},
        {"submit": {"chain": CHAIN, "as": {"account": "//Bob"}, **TOO_MUCH}},
    ]
    return run(tmp_path_factory.mktemp("root"), NETWORK, steps, [])


def test_calls_are_dispatched_as_root_has_them(outcome: Outcome) -> None:
    failures = [step.data.failure for step in outcome.evidence.steps]
    assert failures[:-1] == [None] * 4
    bob, charlie = ("0x" + keys(uri).sr25519.hex() for uri in ("//Bob", "//Charlie"))
    paid = {"from": bob, "to": charlie, "amount": 1_250_000_000_000}
    events = [one.data for one in outcome.evidence.of(RuntimeEvent) if one.chain == str(CHAIN)]
    assert paid in [dict(one.fields) for one in events if (one.pallet, one.name) == ("Balances", "Transfer")]


def test_a_failure_is_told_as_the_parachain_found_it(outcome: Outcome) -> None:
    told = outcome.evidence.steps[-1].data.failure
    assert told is not None
    assert "of Balances.transfer_keep_alive on 1004 in block" in told
    assert told.startswith("Token.FundsUnavailable") or told.startswith("Arithmetic.Underflow")
    (intervention,) = outcome.evidence.of(Intervention)
    assert intervention.data.how == "relay root"
    assert outcome.verdict.interventions == (
        "storage of 1004: PolkadotXcm.XcmExecutionSuspended removed (by relay root)",
    )


def test_a_chain_that_takes_no_superuser_is_told_by_a_dry_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_facts, "takes_superuser", lambda *_: False)
    network = {**NETWORK, "relay": {"runtime": "westend", "validators": 3}}  # facts of another network are kept
    (found,) = mistakes(network, {"submit": {"chain": CHAIN, "as": "root", **PAID}})
    assert found[0] == ("steps", 0, "submit", "as")
    assert found[1].endswith(
        "no Sudo pallet, and takes no superuser's call from the relay chain either, by a dry run on its genesis"
    )


def test_whether_a_chain_takes_one_is_tried_on_its_genesis(monkeypatch: pytest.MonkeyPatch) -> None:
    topology = NetworkSpec.model_validate(NETWORK).topology()
    people = GenesisMaker(Host()).all(topology)[str(CHAIN)]
    calls = Calls(people.runtime.types.metadata)
    assert takes_superuser(people, calls) is True
    monkeypatch.setattr(dispatch_origins, "_as_superuser", lambda *_: ["ClearOrigin"])
    assert takes_superuser(people, calls) is False


def test_what_has_no_way_is_refused_before_the_launch() -> None:
    later = {"submit": {"chain": CHAIN, "as": {"scheduler": 2}, "call": "System.remark", "args": {"remark": "x"}}}
    (found,) = mistakes(NETWORK, later)
    assert found[0] == ("steps", 0, "submit", "as", "scheduler")
    assert "no pallet 'Scheduler' with calls" in found[1]


def test_accounts_of_20_bytes_are_dispatched_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    remark = {"call": "System.remark", "args": {"remark": "x"}}
    calls = [remark, {"call": "System.set_heap_pages", "args": {"pages": 1}}]
    steps = [
        {"submit": {"chain": 2020, "as": {"account": "//Bob"}, **remark}},
        {"submit": {"chain": 2020, "as": "//Bob", "calls": calls}},
    ]
    outcome = run(tmp_path_factory.mktemp("twenty"), {**NETWORK, "parachains": [twenty(2020)]}, steps, [])
    first, second = (step.data.failure for step in outcome.evidence.steps)
    assert first is None
    assert second is not None
    assert second.startswith("BadOrigin, in call 2 of 2 (System.set_heap_pages)")
