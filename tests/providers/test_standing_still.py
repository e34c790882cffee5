"""A node that stands still, as a paused one does, holds up neither a connection to it nor its observer."""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from simnet.chain.recorder import ChainRecorder
from simnet.chain.rpc import WebSocketRpc
from simnet.errors import RpcError
from simnet.journal import Journal
from simnet.providers.docker.rpc_observer import RpcObserver

SOON = 3.0
"""Seconds; far less than a call waits for its answer."""


@pytest.fixture
def mute() -> Iterator[str]:
    """The address of a peer that shakes hands and says nothing more."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(SOON)
        accepted: list[socket.socket] = []

        def shake_hands() -> None:
            peer, _ = server.accept()
            accepted.append(peer)
            lines = peer.recv(65536).decode().split("\r\n")
            key = next(line.split(": ")[1] for line in lines if line.lower().startswith("sec-websocket-key"))
            digest = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
            peer.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
            )

        thread = threading.Thread(target=shake_hands)
        thread.start()
        yield f"ws://127.0.0.1:{server.getsockname()[1]}"
        thread.join()
        for peer in accepted:
            peer.close()


def until(state: Callable[[], object]) -> None:
    """Waits for what another thread is about to do."""
    deadline = time.monotonic() + SOON
    while not state():
        assert time.monotonic() < deadline, "no call was made"
        time.sleep(0.001)


def ends_soon(act: Callable[[], None]) -> bool:
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join(SOON)
    return not thread.is_alive()


def test_closing_does_not_wait_for_the_peer_and_ends_a_call_under_way(mute: str) -> None:
    lost = threading.Event()
    rpc = WebSocketRpc(mute, on_close=lost.set)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(rpc.call, "system_name")
        until(lambda: rpc._pending)
        assert ends_soon(rpc.close), "close() still waits for a peer that stands still"
        with pytest.raises(RpcError, match="was lost"):
            call.result(SOON)
    assert lost.wait(SOON)
    assert rpc.closed


def test_an_observer_of_a_node_paused_in_a_call_ends_at_once(mute: str) -> None:
    journal, paused = Journal(time.monotonic), threading.Event()
    recorder = ChainRecorder(journal, "relay", {})
    observer = RpcObserver("alice", "relay", mute, journal, recorder, lambda: not paused.is_set())
    observer.start()
    until(lambda: observer._rpc is not None and observer._rpc._pending)
    paused.set()
    assert ends_soon(observer.close)
    assert not observer._thread.is_alive()
