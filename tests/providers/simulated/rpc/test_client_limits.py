"""What one client may take of a node is bounded, and beyond that it gets a node's errors."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import ExitStack
from typing import Any

import pytest
import websocket

from simnet.providers.simulated.rpc import LARGEST_ANSWER, NodeRpc
from simnet.providers.simulated.serving import _turns
from simnet.providers.simulated.serving._client_limits import (
    CONNECTIONS,
    KEPT,
    LARGE,
    LARGEST_REQUEST,
    SUBSCRIPTIONS_EACH,
    WAITING,
    WAITING_MORE,
)
from simnet.providers.simulated.serving._conversation import Conversation
from simnet.providers.simulated.serving._turns import ClientTask, ClientTurns
from simnet.providers.simulated.serving._web_socket_client import WebSocketClient
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from tests.providers.simulated.rpc.networks import Served, taken
from tests.providers.simulated.rpc.raw_http import WITHIN, answered, asked, connected

CODE = "0x" + b":code".hex()
OVERSIZED = {"code": -32007, "message": "Request is too big", "data": f"Exceeded max limit of {LARGEST_REQUEST}"}


@pytest.fixture
def port(standing: Served) -> int:
    return int(standing.url().rpartition(":")[2])


def request(method: str, *params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def told(client: Conversation, what: Any) -> Any:
    """The answer."""
    return json.loads(taken(client, json.dumps(what))[0])


def test_a_request_that_says_to_be_too_large_is_not_read(port: int) -> None:
    with connected(port) as connection:
        head = f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {LARGEST_REQUEST + 1}\r\n\r\n"
        connection.sendall(head.encode())
        answer = answered(connection)
    assert (answer.status, answer.error) == (413, OVERSIZED)


def test_a_request_in_chunks_is_read_up_to_the_limit(port: int) -> None:
    chunk = b"100000\r\n" + b"[" * (1 << 20) + b"\r\n"
    body = chunk * (LARGEST_REQUEST >> 20) + b"1\r\n[\r\n"
    answer = asked(port, [("Transfer-Encoding", "chunked")], body=body)
    assert (answer.status, answer.error) == (413, OVERSIZED)


def test_a_message_over_web_socket_that_says_to_be_too_large_is_not_read(standing: Served) -> None:
    socket = websocket.create_connection(standing.url(), timeout=WITHIN)
    binary, masked_with_long_size = 0x82, 0xFF
    socket.sock.sendall(bytes([binary, masked_with_long_size]) + (LARGEST_REQUEST + 1).to_bytes(8) + bytes(4))
    assert json.loads(socket.recv())["error"] == OVERSIZED
    opcode, frame = socket.recv_data()
    assert (opcode, int.from_bytes(frame[:2])) == (websocket.ABNF.OPCODE_CLOSE, 1009)
    socket.shutdown()


def test_an_answer_is_put_together_up_to_the_limit(client: Conversation) -> None:
    answer = told(client, request("state_queryStorageAt", [CODE] * 50_000))
    limit = f"Exceeded max limit of {LARGEST_ANSWER}"
    assert answer["error"] == {"code": -32008, "message": "Response is too big", "data": limit}


def test_a_batch_is_answered_up_to_the_limit(client: Conversation) -> None:
    answer = told(client, [request("state_getMetadata")] * 1000)
    limit = f"Exceeded max limit of {LARGEST_ANSWER}"
    assert (answer["id"], answer["error"]) == (
        None,
        {"code": -32011, "message": "The batch response was too large", "data": limit},
    )


def test_a_connection_has_so_many_subscriptions(client: Conversation) -> None:
    made = told(client, [request("chain_subscribeFinalizedHeads")] * SUBSCRIPTIONS_EACH)
    beyond = told(client, request("chain_subscribeFinalizedHeads"))["error"]
    limit = f"Exceeded max limit of {SUBSCRIPTIONS_EACH}"
    assert beyond == {"code": -32006, "message": "Too many subscriptions on the connection", "data": limit}
    told(client, request("chain_unsubscribeFinalizedHeads", made[0]["result"]))
    assert "result" in told(client, request("chain_subscribeFinalizedHeads"))


def test_subscriptions_keep_so_much_of_what_they_were_asked(client: Conversation) -> None:
    keys = ["0x" + number.to_bytes(32).hex() for number in range(KEPT // 69 // 2 - 100)]
    assert ["result" in told(client, request("state_subscribeStorage", keys)) for _ in range(3)] == [True, True, False]


def test_extrinsics_that_are_watched_are_bounded_as_the_pool_is(client: Conversation) -> None:
    """One may hold a chain's next code, which is larger than what other subscriptions keep in all."""
    code = "0x" + "00" * KEPT
    made = [told(client, request("transactionWatch_v1_submitAndWatch", code))]
    assert "result" in made[0]
    assert len(code) > KEPT


def test_a_connection_follows_four_times(client: Conversation) -> None:
    made = [told(client, request("chainHead_v1_follow", False)) for _ in range(5)]
    assert ["result" in one for one in made] == [True] * 4 + [False]
    assert made[4]["error"] == {"code": -32800, "message": "Maximum number of chainHead_follow has been reached"}


def test_a_node_broadcasts_sixteen_extrinsics(client: Conversation) -> None:
    made = [told(client, request("transaction_v1_broadcast", f"0x{number:04x}"))["result"] for number in range(17)]
    assert made[:16] == list(dict.fromkeys(made[:16]))
    assert made[16] is None
    for number in made[:16]:
        told(client, request("transaction_v1_stop", number))


def test_who_reads_nothing_loses_its_subscriptions(rpc: NodeRpc, network: SimulatedNetwork) -> None:
    client = Conversation(rpc, lambda _: False)
    number = told(client, request("chain_subscribeNewHeads"))["result"]
    assert rpc.lasts(number)
    network.wait(12)
    assert not rpc.lasts(number)


class Unread:
    """A client over WebSocket whose event loop does nothing: what it is sent stays unread."""

    def __init__(self, rpc: NodeRpc) -> None:
        self.given: list[bytes] = []
        self.left: list[Any] = []
        self.client = WebSocketClient(rpc, ClientTurns(), self.left.append, self._soon, asyncio.Event())

    def _soon(self, _: Any, __: int, texts: list[bytes]) -> None:
        self.given += texts

    def serve(self, text: str) -> None:
        self.client._inbox.append(text)
        self.client._ask()
        while self.left:
            self.left.pop()()


def test_nothing_more_is_served_to_who_leaves_its_answers_unread(rpc: NodeRpc) -> None:
    unread = Unread(rpc)
    for _ in range(60):
        unread.serve(json.dumps(request("state_getStorage", CODE)))
    size = sum(map(len, unread.given))
    assert LARGEST_ANSWER < size < 2 * LARGEST_ANSWER
    assert len(unread.given) < 60


def test_so_many_notifications_wait_for_who_reads_slowly(rpc: NodeRpc) -> None:
    unread = Unread(rpc)
    unread.serve(json.dumps(request("chain_subscribeFinalizedHeads")))
    most = WAITING + WAITING_MORE
    taken = [unread.client._tell(b"{}") for _ in range(most)]
    assert taken == [True] * (most - len(unread.given[:2])) + [False] * 2
    unread.client.conversation.end()


def test_a_client_that_sends_on_without_reading_is_served_when_it_reads(standing: Served) -> None:
    socket = websocket.create_connection(standing.url(), timeout=WITHIN, skip_utf8_validation=True)
    count = WAITING + 6
    for number in range(count):
        socket.send(json.dumps(request("state_getStorage", CODE) | {"id": number}))
    assert [json.loads(socket.recv())["id"] for _ in range(count)] == [*range(count)]
    socket.close()


def test_so_many_are_connected_at_a_time(standing: Served) -> None:
    port = int(standing.url("bob").rpartition(":")[2])
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            stack.enter_context(connected(port))
        answer = answered(stack.enter_context(connected(port)))
        assert (answer.status, answer.body) == (429, b"Too many connections. Please try again later.")


def test_a_long_batch_lets_others_go_first(standing: Served) -> None:
    slow, quick = (websocket.create_connection(standing.url(), timeout=WITHIN) for _ in range(2))
    order: list[str] = []
    slow.send(json.dumps([request("state_call", "Core_execute_block", "0x00")] * 60))
    quick.send(json.dumps(request("system_name")))
    listens = threading.Thread(target=lambda: (slow.recv(), order.append("slow")))
    listens.start()
    quick.recv()
    order.append("quick")
    listens.join(WITHIN)
    assert order == ["quick", "slow"]
    slow.close()
    quick.close()


def large(rpc: NodeRpc) -> ClientTask:
    """A batch of which no two are under way at a time."""
    text = json.dumps([request("system_name")] * (LARGE // 50))
    assert len(text) > LARGE
    return ClientTask(Conversation(rpc), text)


def test_one_large_request_is_under_way_at_a_time(rpc: NodeRpc, monkeypatch: pytest.MonkeyPatch) -> None:
    turns, first, second = ClientTurns(), large(rpc), large(rpc)
    with monkeypatch.context() as patched:
        patched.setattr(_turns, "_TURN", 0)
        assert turns.take(first) is None
    monkeypatch.setattr(_turns, "_TURN", WITHIN)
    assert turns.take(second) is None
    assert [bool(turns.take(first)), bool(turns.take(second))] == [True, True]


def test_a_large_request_of_who_is_gone_holds_up_nobody(rpc: NodeRpc, monkeypatch: pytest.MonkeyPatch) -> None:
    turns, first, second = ClientTurns(), large(rpc), large(rpc)
    with monkeypatch.context() as patched:
        patched.setattr(_turns, "_TURN", 0)
        assert turns.take(first) is None
    first.give_up()
    monkeypatch.setattr(_turns, "_TURN", WITHIN)
    assert turns.take(second)
    assert turns.take(first) == []
