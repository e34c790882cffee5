"""Calls answer as a Substrate node does: the same shapes, the same errors."""

from __future__ import annotations

import re
from typing import Any

import pytest
from substrateinterface import Keypair

from simnet.chain.metadata import Metadata
from simnet.codec import Header, blake2_256, compact, read_bytes, storage_prefix, u32
from simnet.errors import RpcError
from simnet.faults import Pause
from simnet.providers.simulated.rpc import InvalidParamsError, NodeRpc, RefusedError
from simnet.providers.simulated.simulated_network import SimulatedNetwork

HASH = re.compile(r"0x[0-9a-f]{64}")
NUMBER = "0x" + storage_prefix("System", "Number").hex()
EVENTS = "0x" + storage_prefix("System", "Events").hex()
CODE = "0x" + b":code".hex()
NOWHERE = "0x" + "11" * 32
ALICE = Keypair.create_from_uri("//Alice")


def refused(rpc: NodeRpc, method: str, *params: Any) -> dict[str, Any]:
    """The error answer to a call."""
    with pytest.raises(RefusedError) as caught:
        rpc.call(method, params)
    return caught.value.as_json()


def signed(network: SimulatedNetwork, remark: str = "0x", nonce: int | None = None) -> str:
    """An extrinsic of Alice."""
    client = network.messenger.client("relay")
    call = client.compose_call("System", "remark_with_event", {"remark": remark})
    if nonce is None:
        nonce = network.rpc("alice").call("system_accountNextIndex", [ALICE.ss58_address])
    return "0x" + bytes(client.create_signed_extrinsic(call, ALICE, nonce=nonce).data.data).hex()


# -- chain ----------------------------------------------------------------------------------------------------------


def test_a_header_hashes_to_its_block(rpc: NodeRpc) -> None:
    head = rpc.call("chain_getBlockHash")
    header = rpc.call("chain_getHeader", [head])
    assert set(header) == {"parentHash", "number", "stateRoot", "extrinsicsRoot", "digest"}
    assert Header.from_json(header).hash == head
    assert rpc.call("chain_getHeader") == header
    assert rpc.call("chain_getHeader", [NOWHERE]) is None


def test_hashes_by_height(rpc: NodeRpc) -> None:
    best = int(rpc.call("chain_getHeader")["number"], 16)
    genesis = rpc.call("chain_getBlockHash", [0])
    assert rpc.call("chainSpec_v1_genesisHash") == genesis
    assert rpc.call("chain_getBlockHash", [["0x0", best]]) == [genesis, rpc.call("chain_getHead")]
    assert rpc.call("chain_getBlockHash", [best + 1000]) is None
    final = rpc.call("chain_getFinalizedHead")
    height = int(rpc.call("chain_getHeader", [final])["number"], 16)
    assert rpc.call("chain_getBlockHash", [height]) == final == rpc.call("chain_getFinalisedHead")
    assert rpc.call("archive_v1_hashByHeight", [height]) == [final]


def test_a_block_has_its_extrinsics(rpc: NodeRpc) -> None:
    head = rpc.call("chain_getBlockHash")
    block = rpc.call("chain_getBlock")
    assert set(block) == {"block", "justifications"}
    assert block["block"]["header"] == rpc.call("chain_getHeader")
    extrinsics = block["block"]["extrinsics"]
    assert len(extrinsics) == 2  # the inherents of timestamp and parachains
    for extrinsic in extrinsics:
        raw = bytes.fromhex(extrinsic[2:])
        assert read_bytes(raw, 0)[1] == len(raw)
    assert rpc.call("archive_v1_body", [head]) == extrinsics
    assert rpc.call("chain_getBlock", [NOWHERE]) is None


# -- state ----------------------------------------------------------------------------------------------------------


def test_storage(rpc: NodeRpc) -> None:
    head = rpc.call("chain_getBlockHash")
    value = rpc.call("state_getStorage", [NUMBER, head])
    assert value == "0x" + u32(int(rpc.call("chain_getHeader")["number"], 16)).hex()
    assert rpc.call("state_getStorageAt", [NUMBER]) == value
    assert rpc.call("state_getStorageSize", [NUMBER]) == 4
    assert rpc.call("state_getStorageHash", [NUMBER]) == "0x" + blake2_256(bytes.fromhex(value[2:])).hex()
    assert rpc.call("state_getStorage", ["0x00"]) is None
    changes = [[NUMBER, value], ["0x00", None]]
    assert rpc.call("state_queryStorageAt", [[NUMBER, "0x00"], head]) == [{"block": head, "changes": changes}]


def test_storage_over_a_range_has_what_changed(rpc: NodeRpc) -> None:
    first, last = (rpc.call("chain_getBlockHash", [height]) for height in (1, 3))
    found = rpc.call("state_queryStorage", [[NUMBER, CODE], first, last])
    assert [len(one["changes"]) for one in found] == [2, 1, 1]
    assert found[2] == {"block": last, "changes": [[NUMBER, "0x03000000"]]}
    assert refused(rpc, "state_queryStorage", [NUMBER], last, first)["code"] == 4001


def test_keys_come_in_pages(rpc: NodeRpc) -> None:
    prefix = "0x" + storage_prefix("System", "Account").hex()
    everything = rpc.call("state_getKeys", [prefix])
    paged: list[str] = []
    while page := rpc.call("state_getKeysPaged", [prefix, 5, paged[-1] if paged else None]):
        assert len(page) <= 5
        paged += page
    assert paged == everything == sorted(everything)
    assert [key for key, _ in rpc.call("state_getPairs", [prefix])] == everything
    assert refused(rpc, "state_getKeysPaged", prefix, 1001) == {
        "code": 4002,
        "message": "count exceeds maximum value. value: 1001, max: 1000",
    }


def test_a_read_proof_is_of_the_block(rpc: NodeRpc) -> None:
    proof = rpc.call("state_getReadProof", [[NUMBER]])
    assert proof["at"] == rpc.call("chain_getBlockHash")
    root = bytes.fromhex(rpc.call("chain_getHeader")["stateRoot"][2:])
    assert root in [blake2_256(bytes.fromhex(node[2:])) for node in proof["proof"]]


def test_runtime_apis_and_metadata(rpc: NodeRpc) -> None:
    metadata = rpc.call("state_getMetadata")
    assert "Balances" in Metadata.parse(bytes.fromhex(metadata[2:])).pallets
    opaque = bytes.fromhex(rpc.call("state_call", ["Metadata_metadata_at_version", "0x0e000000"])[2:])
    assert opaque[:1] == b"\1"
    assert "0x" + read_bytes(opaque, 1)[0].hex() == metadata
    assert refused(rpc, "state_call", "Core_no_such_thing", "0x")["code"] == 4003
    trap = refused(rpc, "state_call", "Core_execute_block", "0x00")
    assert (trap["code"], "Execution failed" in trap["message"]) == (4003, True)


def test_the_version(rpc: NodeRpc) -> None:
    version = rpc.call("state_getRuntimeVersion")
    assert (version["specName"], version["implName"]) == ("rococo", "parity-rococo-v2.0")
    assert all(re.fullmatch(r"0x[0-9a-f]{16}", api) and number > 0 for api, number in version["apis"])
    assert version == rpc.call("chain_getRuntimeVersion", [rpc.call("chain_getBlockHash", [0])])


def test_a_block_that_the_node_does_not_have(rpc: NodeRpc) -> None:
    assert refused(rpc, "state_getStorage", NUMBER, NOWHERE) == {
        "code": 4003,
        "message": f"Client error: UnknownBlock: Header was not found in the database: {NOWHERE}",
    }


def test_child_tries_that_are_not_there(rpc: NodeRpc) -> None:
    trie = "0x" + b":child_storage:default:nothing".hex()
    assert rpc.call("childstate_getKeys", [trie, "0x"]) == []
    assert rpc.call("childstate_getStorage", [trie, "0x00"]) is None
    assert refused(rpc, "childstate_getKeys", "0x00", "0x")["message"] == "Invalid params"


# -- extrinsics -----------------------------------------------------------------------------------------------------


def test_an_extrinsic_waits_in_the_pool_and_counts_for_the_nonce(network: SimulatedNetwork, rpc: NodeRpc) -> None:
    nonce = rpc.call("system_accountNextIndex", [ALICE.ss58_address])
    text = signed(network)
    hash_ = rpc.call("author_submitExtrinsic", [text])
    assert hash_ == "0x" + blake2_256(bytes.fromhex(text[2:])).hex()
    assert rpc.call("author_pendingExtrinsics") == [text]
    assert rpc.call("account_nextIndex", [ALICE.ss58_address]) == nonce + 1
    assert refused(rpc, "author_submitExtrinsic", text) == {
        "code": 1013,
        "message": "Transaction Already Imported",
        "data": hash_,
    }
    network.wait(30)
    assert rpc.call("author_pendingExtrinsics") == []
    assert refused(rpc, "author_submitExtrinsic", text) == {
        "code": 1010,
        "message": "Invalid Transaction",
        "data": "Transaction is outdated",
    }


def test_an_extrinsic_can_be_taken_out_again(network: SimulatedNetwork, rpc: NodeRpc) -> None:
    hash_ = rpc.call("author_submitExtrinsic", [signed(network, "0x01")])
    assert rpc.call("author_removeExtrinsic", [[{"hash": hash_}]]) == [hash_]
    assert rpc.call("author_pendingExtrinsics") == []


def test_what_is_no_extrinsic(network: SimulatedNetwork, rpc: NodeRpc) -> None:
    assert refused(rpc, "author_submitExtrinsic", signed(network) + "00")["code"] == 1001
    assert refused(rpc, "author_submitExtrinsic", "nonsense")["code"] == -32602
    garbage = "0x" + (compact(3) + b"abc").hex()
    assert refused(rpc, "author_submitExtrinsic", garbage)["code"] in (1002, 1010)


def test_what_an_extrinsic_costs(network: SimulatedNetwork, rpc: NodeRpc) -> None:
    text = signed(network)
    info = rpc.call("payment_queryInfo", [text])
    assert set(info) == {"weight", "class", "partialFee"}
    assert (info["class"], set(info["weight"])) == ("normal", {"ref_time", "proof_size"})
    details = rpc.call("payment_queryFeeDetails", [text])["inclusionFee"]
    assert sum(int(part, 16) for part in details.values()) == int(info["partialFee"]) > 0


def test_the_keys_of_the_node(rpc: NodeRpc) -> None:
    babe = "0x" + ALICE.public_key.hex()
    assert rpc.call("author_hasKey", [babe, "babe"]) is True
    assert rpc.call("author_hasKey", [babe, "gran"]) is False
    assert rpc.call("author_hasKey", ["0x" + "00" * 32, "babe"]) is False
    prefix = "0x" + storage_prefix("Session", "NextKeys").hex()
    answers = [rpc.call("author_hasSessionKeys", [value]) for _, value in rpc.call("state_getPairs", [prefix])]
    assert sorted(answers) == [False, True]


# -- the node -------------------------------------------------------------------------------------------------------


def test_who_the_node_is(rpc: NodeRpc) -> None:
    assert rpc.call("system_chain") == rpc.call("chainSpec_v1_chainName") == "rococo_local_testnet"
    assert rpc.call("system_chainType") == "Local"
    properties = rpc.call("system_properties")
    assert properties == rpc.call("chainSpec_v1_properties") == rpc.spec["properties"]
    assert properties["tokenDecimals"] == 12
    assert rpc.call("system_nodeRoles") == ["Authority"]
    assert rpc.call("system_health") == {"peers": 1, "isSyncing": False, "shouldHavePeers": True}
    (bob,) = rpc.call("system_peers")
    assert bob["peerId"] != rpc.call("system_localPeerId")
    assert HASH.fullmatch(bob["bestHash"])
    assert set(rpc.call("system_syncState")) == {"startingBlock", "currentBlock", "highestBlock"}


def test_consensus(rpc: NodeRpc) -> None:
    state = rpc.call("grandpa_roundState")
    assert (state["setId"] >= 0, state["best"]["totalWeight"], state["best"]["thresholdWeight"]) == (True, 2, 2)
    prevotes = state["best"]["prevotes"]
    assert prevotes["currentWeight"] + len(prevotes["missing"]) == 2
    ((address, slots),) = rpc.call("babe_epochAuthorship").items()
    assert address == ALICE.ss58_address
    assert set(slots) == {"primary", "secondary", "secondary_vrf"}


def test_every_method_is_listed(rpc: NodeRpc) -> None:
    methods = rpc.call("rpc_methods")["methods"]
    assert methods == sorted(methods)
    for name in ("chain_getHeader", "chainHead_v1_follow", "author_unwatchExtrinsic", "state_subscribeStorage"):
        assert name in methods


def test_mistakes_of_the_caller(rpc: NodeRpc) -> None:
    assert refused(rpc, "no_such_method") == {"code": -32601, "message": "Method not found", "data": "no_such_method"}
    assert refused(rpc, "chain_getHeader", "0x00", 1, 2)["code"] == -32602
    assert refused(rpc, "state_getStorage", "0xzz")["code"] == -32602
    with pytest.raises(InvalidParamsError):
        rpc.subscribe("state_subscribeStorage", [[NUMBER], 1, 2], print)


def test_a_frozen_node_does_not_answer(network: SimulatedNetwork) -> None:
    rpc = network.rpcs["bob"]
    with network.inject(Pause(targets=("bob",))), pytest.raises(RpcError, match="its process is paused"):
        rpc.call("system_health")
    assert rpc.call("system_health")["peers"] == 1
