"""The served socket: JSON-RPC 2.0, one port for each node, and what faults do to its connections."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import websocket

from simnet.chain.rpc import WebSocketRpc
from simnet.errors import EngineError, InputError, RpcError
from simnet.faults import Pause, Restart, Stop
from simnet.paths import cache_dir
from simnet.providers.simulated.discovery import RemoteDriver
from tests.providers.simulated.rpc.networks import Served


@pytest.fixture
def raw(standing: Served) -> Iterator[websocket.WebSocket]:
    """A bare connection to Alice."""
    socket = websocket.create_connection(standing.url(), timeout=20)
    yield socket
    socket.close()


def asked(socket: websocket.WebSocket, what: Any) -> Any:
    socket.send(what if isinstance(what, str) else json.dumps(what))
    return json.loads(socket.recv())


def request(method: str, *params: Any, number: Any = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}


def error(number: Any, code: int, message: str, **more: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message, **more}}


def posted(standing: Served, what: Any) -> Any:
    body = json.dumps(what).encode()
    with urllib.request.urlopen(standing.url().replace("ws:", "http:"), body, timeout=20) as response:
        text = response.read()
    return json.loads(text) if text else None


def test_single_requests(raw: websocket.WebSocket) -> None:
    assert asked(raw, request("system_chain", number="a")) == {
        "jsonrpc": "2.0",
        "id": "a",
        "result": "rococo_local_testnet",
    }
    assert asked(raw, '{"id":2,"method":"system_chain"}')["result"] == "rococo_local_testnet"
    assert asked(raw, request("nothing")) == error(1, -32601, "Method not found", data="nothing")
    assert asked(raw, "{") == error(None, -32700, "Parse error")
    assert asked(raw, {"id": 3}) == error(3, -32600, "Invalid request")
    assert asked(raw, {"id": 3, "method": "system_chain", "params": {"a": 1}})["error"]["code"] == -32602
    assert asked(raw, request("state_getStorage", {"no": "hex"}))["error"]["code"] == -32602
    assert asked(raw, request("state_getKeysPaged", "0x", "many"))["error"]["code"] == -32602


def test_batches(raw: websocket.WebSocket) -> None:
    notification = {"jsonrpc": "2.0", "method": "system_name"}
    answers = asked(raw, [request("system_chain"), notification, request("nothing", number=2), 3])
    assert [(one["id"], "result" in one) for one in answers] == [(1, True), (2, False), (None, False)]
    assert asked(raw, []) == error(None, -32600, "Invalid request")
    raw.send(json.dumps([notification]))
    assert asked(raw, request("system_name", number=9))["id"] == 9


def test_the_answer_comes_before_the_first_notification(raw: websocket.WebSocket) -> None:
    number = asked(raw, request("chain_subscribeNewHeads"))["result"]
    first, second = (json.loads(raw.recv()) for _ in range(2))
    assert (first["method"], first["params"]["subscription"]) == ("chain_newHead", number)
    assert second["params"]["subscription"] == number
    raw.send(json.dumps(request("chain_unsubscribeNewHeads", number, number=5)))
    while (answer := json.loads(raw.recv())).get("id") != 5:
        continue
    assert answer["result"] is True


def test_nobody_ends_the_subscription_of_another(raw: websocket.WebSocket, standing: Served) -> None:
    number = asked(raw, request("chain_subscribeFinalizedHeads"))["result"]
    other = WebSocketRpc(standing.url())
    assert other.call("chain_unsubscribeFinalizedHeads", [number]) is False
    other.close()
    for _ in range(3):
        assert json.loads(raw.recv())["params"]["subscription"] == number


def test_over_http(standing: Served) -> None:
    assert posted(standing, request("system_chain"))["result"] == "rococo_local_testnet"
    assert [one["id"] for one in posted(standing, [request("system_name"), request("system_name", number=2)])] == [1, 2]
    assert posted(standing, {"jsonrpc": "2.0", "method": "system_name"}) is None
    assert posted(standing, request("chain_subscribeNewHeads"))["error"]["message"] == "Subscriptions need a WebSocket"
    with pytest.raises(urllib.error.HTTPError, match="405"):
        urllib.request.urlopen(standing.url().replace("ws:", "http:"), timeout=20)


def test_a_stopped_node_is_gone_and_answers_again_at_the_same_place(standing: Served) -> None:
    rpc = WebSocketRpc(standing.url("bob"))
    standing.control.inject(Stop(targets=("bob",)), "down")
    with pytest.raises(RpcError):
        rpc.call("system_health", timeout=5)
    with pytest.raises(RpcError, match="no connection"):
        WebSocketRpc(standing.url("bob"))
    assert next(one for one in standing.control.nodes() if one.name == "bob").process == "exited (0)"
    standing.control.heal("down")
    again = WebSocketRpc(standing.url("bob"))
    assert again.call("system_chain") == "rococo_local_testnet"
    again.close()


def test_a_restart_breaks_connections(standing: Served) -> None:
    rpc = WebSocketRpc(standing.url("bob"))
    assert rpc.call("system_name")
    standing.control.inject(Restart(targets=("bob",), down_for=1.0), None)
    with pytest.raises(RpcError):
        rpc.call("system_name", timeout=5)


def test_a_frozen_node_keeps_its_connections_and_answers_when_it_thaws(standing: Served) -> None:
    rpc = WebSocketRpc(standing.url("bob"))
    assert rpc.call("system_chain")
    standing.control.inject(Pause(targets=("bob",)), "frozen")
    with pytest.raises(RpcError, match="no answer"):
        rpc.call("system_chain", timeout=0.5)
    pending = websocket.create_connection(standing.url("alice"), timeout=20)
    assert asked(pending, request("system_chain"))["result"] == "rococo_local_testnet"
    pending.close()
    standing.control.heal("frozen")
    assert rpc.call("system_chain") == "rococo_local_testnet"
    rpc.close()


def test_mistakes_come_back_as_they_would_in_one_process(standing: Served) -> None:
    with pytest.raises(InputError, match="did you mean 'bob'"):
        standing.control.inject(Pause(targets=("bobb",)), None)
    with pytest.raises(InputError, match="no active fault is named 'nothing'"):
        standing.control.heal("nothing")


def test_the_control_port_needs_the_secret(standing: Served) -> None:
    (file,) = cache_dir("standing").glob(f"{standing.run}.json")
    assert file.stat().st_mode & 0o777 == 0o600
    url = json.loads(file.read_text(encoding="utf-8"))["url"]
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(url, json.dumps(request("simnet_down")).encode(), timeout=20)


def test_a_network_that_is_gone_says_so(standing: Served) -> None:
    gone = replace(standing.control._entry, url="http://127.0.0.1:9")
    with pytest.raises(EngineError, match="does not answer"):
        RemoteDriver(gone).nodes()
