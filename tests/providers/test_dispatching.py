"""On whose behalf calls are dispatched, and how their failures are told, on a simulated network."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simnet.errors import ExtrinsicError, InputError
from simnet.journal import Journal
from simnet.network.accounts import keys
from simnet.providers import dispatch_origins
from simnet.providers.barrier import reach_barrier
from simnet.providers.base import Launch, Plan
from simnet.providers.dispatch_origins import origin_of
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.scenario import NetworkSpec, ParachainSpec, RelaySpec
from tests.runs import started

PARA = "1000"
REMARK = ("System.remark_with_event", {"remark": "hello"})
TRANSFER = ("Balances.transfer_keep_alive", {"dest": "//Bob", "value": 10**10})
TOO_MUCH = ("Balances.transfer_keep_alive", {"dest": "//Bob", "value": 10**30})
ROOT_ONLY = ("System.set_storage", {"items": [("0x01", "0x02")]})
BURN = {"Balances": {"burn": [10**30, False]}}
AS_BOB = {"system": {"Signed": "bob"}}
UNDERFLOW = "Arithmetic.Underflow"


def launched(folder: Path) -> SimulatedNetwork:
    """A relay chain with Asset Hub at its barrier."""
    journal = Journal(time.monotonic)
    journal.begin(folder / "journal.jsonl", started(run="dispatching", scenario="dispatching", seed=7))
    asset_hub = ParachainSpec(id=1000, runtime="asset-hub-westend")
    topology = NetworkSpec(relay=RelaySpec(validators=2), parachains=(asset_hub,)).topology()
    launch = Launch(run="dispatching", run_dir=folder, journal=journal)
    network = SimulatedProvider().launch(Plan(topology=topology, seed=7), launch, deadline=60)
    reach_barrier(network, 400)
    return network


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    network = launched(tmp_path_factory.mktemp("dispatching"))
    yield network
    network.close()


def holds(network: SimulatedNetwork, chain: str, key: str, value: str) -> bool:
    """Whether a node of the chain comes to have that in its best block's state."""
    node = "alice" if chain == "relay" else f"collator-{chain}"
    return network.wait_until(
        lambda _: network.rpc(node).call("state_getStorage", [key]) == value, within=30, what=f"{key} to be {value}"
    )


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"calls": [TRANSFER, TOO_MUCH, TRANSFER]}, f"{UNDERFLOW}, in call 2 of 3 ({TOO_MUCH[0]})"),
        ({"calls": [TRANSFER, TOO_MUCH], "batch": "force"}, f"{UNDERFLOW}, in call 2 of 2 ("),
        ({"calls": [TRANSFER, TOO_MUCH], "batch": "plain"}, f"{UNDERFLOW}, in call 2 of 2 ("),
        ({"calls": [TRANSFER, ROOT_ONLY], "batch": "force"}, "BadOrigin, in call 2 of 2 (System.set_storage)"),
        ({"calls": [ROOT_ONLY, TOO_MUCH], "batch": "force", "sudo": True}, "BadOrigin, in call 2 of 2 ("),
        ({"calls": [ROOT_ONLY, TOO_MUCH], "sudo": True}, "BadOrigin, in call 2 of 2 ("),
        ({"call": "Utility.force_batch", "args": {"calls": [BURN]}}, "Token.FundsUnavailable"),
        ({"call": "Proxy.proxy", "args": {"real": "//Bob", "force_proxy_type": None, "call": BURN}}, "Proxy.NotProxy"),
        ({"call": ROOT_ONLY[0], "args": ROOT_ONLY[1], "signer": {"account": "bob"}}, "BadOrigin"),
        ({"call": TOO_MUCH[0], "args": TOO_MUCH[1], "signer": {"origin": AS_BOB}}, UNDERFLOW),
        ({"call": TOO_MUCH[0], "args": TOO_MUCH[1], "signer": {"scheduler": 2}}, "BadOrigin"),
    ],
)
def test_a_failure_is_seen_whatever_wraps_the_call(network: SimulatedNetwork, given: Any, error: str) -> None:
    told = network.submit(**given, expect="failure")
    assert told is not None
    assert told.startswith(error)
    with pytest.raises(ExtrinsicError, match="which was to succeed"):
        network.submit(**given)


@pytest.mark.parametrize("chain", ["relay", PARA])
@pytest.mark.parametrize(
    ("signer", "call"),
    [
        ("bob", REMARK),
        ("//Bob", REMARK),
        ({"account": "//Bob"}, TRANSFER),
        ({"origin": AS_BOB}, REMARK),
        ({"origin": {"system": "Root"}}, ROOT_ONLY),
        ("root", ROOT_ONLY),
    ],
)
def test_calls_are_dispatched_on_somebodys_behalf(
    network: SimulatedNetwork, chain: str, signer: Any, call: tuple[str, dict[str, Any]]
) -> None:
    mark = len(network.evidence.records)
    assert network.submit(*call, chain=chain, signer=signer) is None
    if call is REMARK:
        events = [one for one in network.evidence.all_events("System", "Remarked") if one.seq >= mark]
        assert events[-1].data.fields["sender"] == "0x" + keys("//Bob").sr25519.hex()


def test_the_scheduler_dispatches_some_blocks_later_and_that_is_waited_for(network: SimulatedNetwork) -> None:
    key, value = "0x05c4ed", "0x07"
    before = network.evidence.best["alice"][-1].height
    assert network.submit("System.set_storage", {"items": [(key, value)]}, signer={"scheduler": 4}) is None
    assert holds(network, "relay", key, value)
    assert network.evidence.best["alice"][-1].height >= before + 4


def test_root_of_a_parachain_is_had_by_a_message_of_the_relay_chains(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network.messenger, "root_by_relay", lambda _: True)
    submitted = {"chain": PARA, "within": 120}
    key = "0x4e1a"
    assert network.submit("System.set_storage", {"items": [(key, "0x09")]}, signer="root", **submitted) is None
    assert holds(network, PARA, key, "0x09")
    told = network.submit(*TOO_MUCH, signer="root", expect="failure", **submitted)
    assert told == "BadOrigin"
    told = network.submit(*TOO_MUCH, signer={"account": "//Bob"}, expect="failure", **submitted)
    assert told == UNDERFLOW
    assert network.submit(*TRANSFER, signer={"account": "//Alice"}, **submitted) is None
    later = "0x4e1b"
    scheduled = {"items": [(later, "0x09")]}
    assert network.submit("System.set_storage", scheduled, signer={"scheduler": 2}, **submitted) is None
    assert holds(network, PARA, later, "0x09")


def test_what_is_no_origin_is_refused() -> None:
    for given in ({}, {"account": "a", "scheduler": 1}, {"scheduler": 0}, {"schedule": 1}):
        with pytest.raises(InputError, match="is no origin; give a secret URI"):
            origin_of(given)
    with pytest.raises(InputError, match="sudo says that root calls"):
        origin_of("root", sudo=True)


def test_a_message_that_the_barrier_refuses_is_told(network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network.messenger, "root_by_relay", lambda _: True)
    monkeypatch.setattr(dispatch_origins, "_as_superuser", lambda *_: ["ClearOrigin"])
    ended = "the relay chain's message ended in Processed with success False, refused by the barrier before any of it"
    with pytest.raises(ExtrinsicError, match=f"^System.remark_with_event was not dispatched on 1000: {ended}"):
        network.submit(*REMARK, chain=PARA, signer="root", expect="failure", within=60)
