"""What a method takes is read by its signature, and an error that nobody foresaw ends nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simnet.providers.simulated.rpc import NodeRpc, RefusedError
from simnet.providers.simulated.rpc._node import METHODS, SUBSCRIPTIONS
from simnet.providers.simulated.rpc._parameters import Parameters
from simnet.providers.simulated.rpc._storage_watch import RuntimeVersions
from simnet.providers.simulated.serving._conversation import Conversation
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from tests.providers.simulated.rpc.networks import taken

NUMBER = "0x" + "00" * 16


def why(rpc: NodeRpc, method: str, params: Any) -> str:
    """Why parameters are refused."""
    with pytest.raises(RefusedError) as caught:
        rpc.call(method, params)
    assert (caught.value.code, caught.value.message) == (-32602, "Invalid params")
    return str(caught.value.data)


def answer(client: Conversation, **request: Any) -> Any:
    return json.loads(taken(client, json.dumps({"jsonrpc": "2.0", "id": 1, **request}))[0])


@pytest.mark.parametrize(
    ("method", "params", "said"),
    [
        ("state_getKeysPaged", ["0x", -1], "invalid value: integer `-1`, expected u32"),
        ("state_getKeysPaged", ["0x", 1 << 32], "invalid value: integer `4294967296`, expected u32"),
        ("state_getKeysPaged", ["0x", "many"], 'invalid type: string "many", expected u32'),
        ("state_getKeysPaged", ["0x", True], "invalid type: boolean `true`, expected u32"),
        ("state_getKeysPaged", ["0x", 1.0], "invalid type: floating point `1.0`, expected u32"),
        ("state_getKeysPaged", ["0x"], "No more params"),
        ("state_getStorage", [None], "invalid type: null, expected a (both 0x-prefixed or not) hex string"),
        ("state_getStorage", ["0x", "0x00"], "invalid length 2, expected a 0x-prefixed hex string of 64 digits"),
        ("state_queryStorageAt", ["0x"], 'invalid type: string "0x", expected a sequence'),
        ("chain_getBlockHash", [[[]]], "data did not match any variant of untagged enum NumberOrHex"),
        ("system_name", [1], "takes 0 parameters and not 1"),
        ("state_getStorage", {"key": "0x", "other": 1}, 'unknown field `"other"`, expected key, hash'),
        ("state_getStorage", {"hash": None}, "missing field `key`"),
        ("author_hasKey", ["0x", "\ud800abc"], 'invalid type: string "\\ud800abc", expected a string'),
    ],
)
def test_what_does_not_fit_is_told_in_serdes_words(rpc: NodeRpc, method: str, params: Any, said: str) -> None:
    assert why(rpc, method, params) == said


def test_parameters_come_by_name_too(rpc: NodeRpc) -> None:
    by_place = rpc.call("state_getKeysPaged", ["0x", 3, NUMBER])
    assert rpc.call("state_getKeysPaged", {"count": 3, "prefix": "0x", "startKey": NUMBER}) == by_place
    assert rpc.call("state_getKeysPaged", {"count": 3, "prefix": "0x", "start_key": NUMBER}) == by_place
    assert rpc.call("chain_getHeader", {"hash": None}) == rpc.call("chain_getHeader")


def test_every_method_declares_what_it_takes() -> None:
    declared = [*METHODS.values(), *SUBSCRIPTIONS.values()]
    assert len(declared) > 90
    assert all(isinstance(one.parameters, Parameters) for one in declared)


def test_a_request_without_id_is_not_carried_out(client: Conversation, rpc: NodeRpc) -> None:
    before = set(rpc.subscriptions)
    assert taken(client, '{"jsonrpc":"2.0","method":"chain_subscribeNewHeads","params":[]}') == []
    assert set(rpc.subscriptions) == before


@pytest.mark.parametrize("number", [-1, 1.5, True, [], {}, 1 << 64])
def test_an_id_is_a_text_or_an_unsigned_number(client: Conversation, number: Any) -> None:
    got = answer(client, id=number, method="system_name")
    assert (got["id"], got["error"]["code"]) == (None, -32600)


def log(network: SimulatedNetwork) -> str:
    path: Path = network.run_dir / "logs" / "alice.log"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_an_error_that_nobody_foresaw_is_logged_once_and_ends_nothing(
    client: Conversation, network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise KeyError("nobody foresaw this")

    with monkeypatch.context() as patched:
        patched.setattr(NodeRpc, "find", broken)
        for _ in range(2):
            assert answer(client, method="chain_getHeader")["error"] == {"code": -32603, "message": "Internal error"}
    assert "result" in answer(client, method="chain_getHeader")
    assert log(network).count("KeyError: 'nobody foresaw this'") == 1
    assert "Traceback" in log(network)


def test_a_subscription_that_fails_is_over_and_the_network_goes_on(
    client: Conversation, network: SimulatedNetwork, rpc: NodeRpc, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = answer(client, method="state_subscribeRuntimeVersion")["result"]

    def broken(*_: Any) -> None:
        raise KeyError("a subscription fails")

    with monkeypatch.context() as patched:
        patched.setattr(RuntimeVersions, "best", broken)
        network.wait(12)
    assert not rpc.lasts(number)
    assert log(network).count("KeyError: 'a subscription fails'") == 1
    best = rpc.node.own.best.number
    network.wait(12)
    assert rpc.node.own.best.number > best
