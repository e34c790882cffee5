"""Whatever bytes come to a served node's port, the node answers the next client. ``SIMNET_ATTACK`` is how many are
tried."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator

import pytest
import websocket
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simnet.chain.rpc import WebSocketRpc
from tests.providers.simulated.rpc.networks import Served, served

TRIES = int(os.environ.get("SIMNET_ATTACK", "150")) // 5

ATTACKED = settings(
    max_examples=TRIES, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True
)

PATIENCE = 0.05
"""Seconds that the attacker listens; what it is answered does not matter."""

FRAMES = st.tuples(st.integers(0, 15), st.binary(max_size=80), st.booleans())
"""Opcode, content and whether it is the last of its message."""

HEADS = st.sampled_from(
    (
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n",
    )
)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    run = f"sockets-{os.getpid()}"
    with served(tmp_path_factory.mktemp(run), run) as here:
        yield here


def answers(standing: Served) -> bool:
    with contextlib.closing(WebSocketRpc(standing.url(), timeout=60)) as rpc:
        return bool(rpc.call("system_health", timeout=60)["peers"] == 1)


@pytest.mark.timeout(300 + TRIES)
def test_any_bytes_leave_the_port_as_it_is(standing: Served) -> None:
    port = int(standing.url().rpartition(":")[2])

    @ATTACKED
    @given(st.lists(HEADS, max_size=2), st.binary(max_size=200))
    def attack(heads: list[bytes], noise: bytes) -> None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as one:
            one.sendall(b"".join(head % port for head in heads) + noise)
            one.recv(1 << 16)
        assert answers(standing)

    attack()


@pytest.mark.timeout(300 + TRIES)
def test_any_frames_leave_the_port_as_it_is(standing: Served) -> None:
    @ATTACKED
    @given(st.lists(FRAMES, max_size=4))
    def attack(frames: list[tuple[int, bytes, bool]]) -> None:
        one = websocket.create_connection(standing.url(), timeout=60)
        one.settimeout(PATIENCE)
        with contextlib.suppress(OSError, ValueError, websocket.WebSocketException):
            for opcode, content, last in frames:
                first = (0x80 if last else 0) | opcode
                one.sock.sendall(bytes([first, 0x80 | len(content)]) + bytes(4) + content)
            one.recv()
        one.shutdown()
        assert answers(standing)

    attack()
