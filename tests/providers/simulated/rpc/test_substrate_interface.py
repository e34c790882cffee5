"""substrate-interface as anyone uses it, over a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from substrateinterface import Keypair, SubstrateInterface
from substrateinterface.exceptions import SubstrateRequestException

from tests.providers.simulated.rpc.networks import Served

AMOUNT = 12_345_678_901_234


@pytest.fixture(scope="module")
def substrate(standing: Served) -> Iterator[SubstrateInterface]:
    client = SubstrateInterface(url=standing.url("alice"))
    yield client
    client.close()


def test_it_reads_the_chain(substrate: SubstrateInterface) -> None:
    assert substrate.chain == "rococo_local_testnet"
    assert substrate.token_decimals == 12
    substrate.init_runtime()
    assert int(substrate.runtime_version or 0) > 1_000_000
    assert len(substrate.query("Session", "Validators").value) == 2
    assert len(list(substrate.query_map("Session", "NextKeys"))) == 2
    assert substrate.get_constant("Babe", "ExpectedBlockTime").value == 6000


def test_a_transfer_gets_into_a_finalized_block(substrate: SubstrateInterface) -> None:
    receiver = Keypair.create_from_uri("//Somebody//New").ss58_address
    call = substrate.compose_call("Balances", "transfer_allow_death", {"dest": receiver, "value": AMOUNT})
    alice = Keypair.create_from_uri("//Alice")
    assert substrate.get_payment_info(call, alice)["partialFee"] > 0
    extrinsic = substrate.create_signed_extrinsic(call, alice, era={"period": 64})
    receipt = substrate.submit_extrinsic(extrinsic, wait_for_finalization=True)
    assert receipt.is_success
    assert receipt.finalized
    names = [(event.value["module_id"], event.value["event_id"]) for event in receipt.triggered_events]
    assert ("Balances", "Transfer") in names
    assert substrate.query("System", "Account", [receiver]).value["data"]["free"] == AMOUNT
    final = substrate.get_block_number(substrate.get_chain_finalised_head())
    assert final >= substrate.get_block_number(receipt.block_hash)


def test_waiting_for_inclusion_alone(substrate: SubstrateInterface) -> None:
    call = substrate.compose_call("System", "remark_with_event", {"remark": "0x2a"})
    bob = Keypair.create_from_uri("//Bob")
    receipt = substrate.submit_extrinsic(substrate.create_signed_extrinsic(call, bob), wait_for_inclusion=True)
    assert receipt.is_success
    assert receipt.extrinsic_idx >= 1


def test_a_bad_signature_is_refused_as_nodes_do(substrate: SubstrateInterface) -> None:
    call = substrate.compose_call("System", "remark", {"remark": "0x"})
    extrinsic = substrate.create_signed_extrinsic(call, Keypair.create_from_uri("//Bob"), nonce=1 << 20)
    extrinsic.value["signature"] = "0x"
    data = bytearray(extrinsic.data.data)
    data[60] ^= 1
    with pytest.raises(SubstrateRequestException) as caught:
        substrate.rpc_request("author_submitExtrinsic", ["0x" + bytes(data).hex()])
    assert caught.value.args[0] == {
        "code": 1010,
        "message": "Invalid Transaction",
        "data": "Transaction has a bad signature",
    }


def test_heads_are_followed(substrate: SubstrateInterface) -> None:
    seen: list[int] = []

    def handle(head: dict[str, Any], number: int, subscription: str) -> str | None:
        seen.append(head["header"]["number"])
        return "enough" if len(seen) == 4 else None

    assert substrate.subscribe_block_headers(handle) == "enough"
    assert seen == sorted(seen)  # of two blocks at one height the second may be the better one
    assert substrate.subscribe_block_headers(lambda *_: "final", finalized_only=True) == "final"


def test_storage_is_followed(substrate: SubstrateInterface) -> None:
    numbers: list[int] = []

    def handle(value: Any, update: int, subscription: str) -> bool | None:
        numbers.append(value.value)
        return True if len(numbers) == 3 else None

    assert substrate.query("System", "Number", subscription_handler=handle) is True
    assert numbers == sorted(numbers)
