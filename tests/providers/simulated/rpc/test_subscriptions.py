"""Subscriptions tell what a node's own tell, in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from substrateinterface import Keypair

from simnet.codec import Header, blake2_256, storage_prefix
from simnet.faults import Partition, Stop
from simnet.providers.simulated.rpc import NodeRpc, RefusedError
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from tests.providers.simulated.rpc.test_methods import EVENTS, NUMBER, signed

BOB = Keypair.create_from_uri("//Bob")


@pytest.fixture
def rpc(network: SimulatedNetwork) -> Iterator[NodeRpc]:
    rpc = network.rpcs["alice"]
    yield rpc
    rpc.subscriptions.clear()


def followed(rpc: NodeRpc, method: str, *params: Any) -> list[Any]:
    """What a subscription tells, growing."""
    told: list[Any] = []
    rpc.subscribe(method, params, told.append)
    return told


def heights(headers: list[dict[str, Any]]) -> list[int]:
    return [int(header["number"], 16) for header in headers]


def test_heads(network: SimulatedNetwork, rpc: NodeRpc) -> None:
    new, final = followed(rpc, "chain_subscribeNewHeads"), followed(rpc, "chain_subscribeFinalizedHeads")
    every = followed(rpc, "chain_subscribeAllHeads")
    best = rpc.node.own.best.number
    assert heights(new) == heights(every) == [best]
    network.wait(24)
    assert heights(new) == sorted(heights(new))
    assert set(heights(new)) == set(range(best, rpc.node.own.best.number + 1))
    assert len(new) >= 4
    assert Header.from_json(new[-1]).hash == rpc.call("chain_getBlockHash")
    assert heights(final) == sorted(set(heights(final)))
    assert Header.from_json(final[-1]).hash == rpc.call("chain_getFinalizedHead")
    assert [header for header in every if header in new] == new


def test_nothing_more_after_unsubscribing(network: SimulatedNetwork, rpc: NodeRpc) -> None:
    told: list[Any] = []
    number = rpc.subscribe("chain_subscribeNewHead", [], told.append)
    assert rpc.call("chain_unsubscribeNewHead", [number]) is True
    assert rpc.call("chain_unsubscribeNewHead", [number]) is False
    network.wait(12)
    assert len(told) == 1


def test_storage(network: SimulatedNetwork, rpc: NodeRpc) -> None:
    never = "0x" + storage_prefix("Sudo", "Key").hex()
    told = followed(rpc, "state_subscribeStorage", [NUMBER, never, EVENTS])
    assert [key for key, _ in told[0]["changes"]] == [NUMBER, never, EVENTS]
    network.wait(18)
    assert len(told) >= 3
    heights = [rpc.call("chain_getHeader", [one["block"]])["number"] for one in told]
    for one, before, height in zip(told[1:], heights, heights[1:], strict=False):
        changed = [EVENTS] if height == before else [NUMBER, EVENTS]  # another block of that height became the best
        assert [key for key, _ in one["changes"]] == changed
        assert rpc.call("state_queryStorageAt", [changed, one["block"]]) == [one]


def test_the_version_is_told_once(network: SimulatedNetwork, rpc: NodeRpc) -> None:
    told = followed(rpc, "state_subscribeRuntimeVersion")
    network.wait(12)
    assert told == [rpc.call("state_getRuntimeVersion")]


def test_an_extrinsic_from_ready_to_finalized(network: SimulatedNetwork, rpc: NodeRpc) -> None:
    text = signed(network, "0x77")
    told = followed(rpc, "author_submitAndWatchExtrinsic", text)
    watched = followed(network.rpcs["bob"], "transactionWatch_v1_submitAndWatch", signed_by_bob(network))
    assert told[0] == "ready"
    assert told[1] == {"broadcast": [network.rpcs["bob"].call("system_localPeerId")]}
    network.wait(60)
    included = told[-1]["finalized"]
    assert told[-2] == {"inBlock": included}
    assert all(one.keys() <= {"inBlock", "retracted"} for one in told[2:-2]), "a fork may have had it before"
    assert text in rpc.call("chain_getBlock", [included])["block"]["extrinsics"]
    events = [one["event"] for one in watched]
    assert (events[0], events[-1]) == ("validated", "finalized")
    assert set(events[1:-1]) == {"bestChainBlockIncluded"}
    assert watched[-2]["block"] == watched[-1]["block"]
    assert not rpc.subscriptions


def signed_by_bob(network: SimulatedNetwork) -> str:
    client = network.messenger.client("relay")
    call = client.compose_call("System", "remark", {"remark": "0x"})
    nonce = network.rpc("bob").call("system_accountNextIndex", [BOB.ss58_address])
    return "0x" + bytes(client.create_signed_extrinsic(call, BOB, nonce=nonce).data.data).hex()


def test_an_extrinsic_whose_turn_has_not_come(network: SimulatedNetwork, rpc: NodeRpc) -> None:
    nonce = rpc.call("system_accountNextIndex", [Keypair.create_from_uri("//Alice").ss58_address])
    later, now = signed(network, "0x02", nonce + 1), signed(network, "0x01", nonce)
    told = followed(rpc, "author_submitAndWatchExtrinsic", later)
    network.wait(12)
    assert told == ["future"]
    rpc.call("author_submitExtrinsic", [now])
    network.wait(60)
    assert [one if isinstance(one, str) else next(iter(one)) for one in told] in (
        ["future", "ready", "broadcast", "inBlock", "finalized"],
        ["future", "inBlock", "finalized"],
    )


def test_an_extrinsic_that_another_makes_invalid(network: SimulatedNetwork, rpc: NodeRpc) -> None:
    """Both have the same nonce; the other node's gets into a block first."""
    one, other = signed(network, "0x0a"), signed(network, "0x0b")
    with network.inject(Partition(groups=(("alice",), ("bob",)))):
        told = followed(rpc, "author_submitAndWatchExtrinsic", one)
        second = followed(network.rpcs["bob"], "author_submitAndWatchExtrinsic", other)
        network.wait(60)
        assert {"ready"} == {item for item in (*told, *second) if isinstance(item, str)}
    network.wait(90)
    ends = {_name(told[-1]), _name(second[-1])}
    assert ends == {"finalized", "invalid"}
    lost = told if _name(told[-1]) == "invalid" else second
    assert "retracted" in [_name(item) for item in lost]


def _name(status: Any) -> str:
    return status if isinstance(status, str) else next(iter(status))


def test_a_refused_extrinsic_is_not_watched(network: SimulatedNetwork, rpc: NodeRpc) -> None:
    with pytest.raises(RefusedError, match="Transaction is outdated"):
        rpc.subscribe("author_submitAndWatchExtrinsic", [signed(network, nonce=0)], print)
    told = followed(rpc, "transactionWatch_v1_submitAndWatch", signed(network, nonce=0))
    assert [one["event"] for one in told] == ["invalid"]
    assert not rpc.subscriptions


def test_a_broadcast_extrinsic_gets_into_a_block(network: SimulatedNetwork, rpc: NodeRpc) -> None:
    text = signed(network, "0x0c")
    operation = rpc.call("transaction_v1_broadcast", [text])
    network.wait(18)
    hashes = rpc.call("chain_getBlockHash", [list(range(rpc.node.own.best.number + 1))])
    assert any(text in rpc.call("archive_v1_body", [one]) for one in hashes)
    assert rpc.call("transaction_v1_stop", [operation]) is None
    with pytest.raises(RefusedError, match="Invalid operation id"):
        rpc.call("transaction_v1_stop", [operation])


def test_following_the_chain_head(network: SimulatedNetwork, rpc: NodeRpc) -> None:
    told: list[Any] = []
    follow = rpc.subscribe("chainHead_v1_follow", [True], told.append)
    first = told[0]
    assert first["event"] == "initialized"
    assert first["finalizedBlockHashes"][-1] == rpc.call("chain_getFinalizedHead")
    spec = first["finalizedBlockRuntime"]["spec"]
    assert (spec["specName"], isinstance(spec["apis"], dict)) == ("rococo", True)
    network.wait(36)
    known = set(first["finalizedBlockHashes"])
    for event in told[1:]:
        if event["event"] == "newBlock":
            assert event["parentBlockHash"] in known
            assert event["newRuntime"] is None
            known.add(event["blockHash"])
        elif event["event"] == "bestBlockChanged":
            assert event["bestBlockHash"] in known
        else:
            assert event["event"] == "finalized"
            assert set(event["finalizedBlockHashes"]) <= known
    final = [hash_ for event in told if event["event"] == "finalized" for hash_ in event["finalizedBlockHashes"]]
    assert final[-1] == rpc.call("chain_getFinalizedHead")
    assert [rpc.call("chain_getHeader", [one])["parentHash"] for one in final[1:]] == final[:-1]

    head = final[-1]
    header = rpc.call("chainHead_v1_header", [follow, head])
    assert "0x" + blake2_256(bytes.fromhex(header[2:])).hex() == head
    told.clear()
    started = [
        rpc.call("chainHead_v1_body", [follow, head]),
        rpc.call("chainHead_v1_call", [follow, head, "Core_version", "0x"]),
        rpc.call("chainHead_v1_storage", [follow, head, [{"key": NUMBER, "type": "value"}], None]),
    ]
    assert [one["result"] for one in started] == ["started"] * 3
    events = ["operationBodyDone", "operationCallDone", "operationStorageItems", "operationStorageDone"]
    assert [one["event"] for one in told] == events
    assert told[2]["items"] == [{"key": NUMBER, "value": rpc.call("state_getStorage", [NUMBER, head])}]
    assert rpc.call("chainHead_v1_unpin", [follow, head]) is None
    with pytest.raises(RefusedError) as caught:
        rpc.call("chainHead_v1_header", [follow, head])
    assert caught.value.code == -32801
    assert rpc.call("chainHead_v1_unfollow", [follow]) is True
    assert rpc.call("chainHead_v1_body", [follow, head]) == {"result": "limitReached"}


def test_a_process_takes_its_subscriptions_with_it(network: SimulatedNetwork) -> None:
    rpc = network.rpcs["bob"]
    told: list[Any] = []
    rpc.subscribe("chain_subscribeNewHeads", [], told.append)
    with network.inject(Stop(targets=("bob",))):
        network.wait(12)
    count = len(told)
    network.wait(24)
    assert len(told) == count
    assert not rpc.subscriptions
