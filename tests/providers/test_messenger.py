"""What simnet submits itself, on a simulated network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simnet.chain.client import ChainClient
from simnet.errors import ExtrinsicError, InputError
from simnet.providers import submitter
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from tests.providers.simulated.rpc.networks import launched

BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
TRANSFER = ("Balances.transfer_keep_alive", {"dest": {"Id": BOB}, "value": 1})


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    network = launched(tmp_path_factory.mktemp("messenger"), "messenger")
    yield network
    network.close()


def submit(network: SimulatedNetwork, calls: list[tuple[str, dict[str, Any]]], **how: Any) -> str | None:
    return network.messenger.submit_calls(calls, chain="relay", **how)


def test_nothing_that_simnet_sends_needs_substrate_interface(
    network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("a client was made")

    monkeypatch.setattr(submitter, "ChainClient", refuse)
    network.messenger.prepare()
    assert submit(network, [TRANSFER]) is None
    assert submit(network, [TRANSFER, TRANSFER], signer="//Bob") is None
    assert submit(network, [("System.set_heap_pages", {"pages": 64})], sudo_=True) is None
    error = submit(network, [TRANSFER, ("System.set_heap_pages", {"pages": 64})], expect="failure")
    assert error == "BadOrigin"
    told = r"^Sudo\.RequireSudo: Sender must be .* account, of 2 × Balances\.transfer_keep_alive on relay in block \d+,"
    with pytest.raises(ExtrinsicError, match=told):
        submit(network, [TRANSFER, TRANSFER], signer="//Bob", sudo_=True)
    with pytest.raises(ExtrinsicError, match=r"^Balances\.transfer_keep_alive succeeded on relay in block \d+ and was"):
        submit(network, [TRANSFER], expect="failure")


def test_wrong_arguments_are_named_before_anything_is_sent(network: SimulatedNetwork) -> None:
    with pytest.raises(InputError, match=r"^Balances.transfer_keep_alive > value: expected a whole number \(u128\)"):
        submit(network, [(TRANSFER[0], {**TRANSFER[1], "value": "much"})])


def test_who_wants_substrate_interface_has_it(network: SimulatedNetwork) -> None:
    client = network.messenger.client("relay")
    assert isinstance(client, ChainClient)
    assert network.messenger.client("relay") is client
    assert client.query("System", "Number").value > 0
    composed = client.compose_call("System", "remark", {"remark": "0x01"})
    assert submit(network, [("Utility.batch_all", {"calls": [composed]})]) is None
