"""Sockets on loopback: one port for each service, WebSocket and HTTP on it as nodes have them.

An event loop in a thread of its own carries bytes; what they ask is queued for the driving thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import socket
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Literal

from aiohttp import WSMsgType, web

from simnet.providers.simulated.discovery import CHANGES
from simnet.providers.simulated.serving._conversation import Conversation, Service
from simnet.providers.simulated.serving._pace import RequestQueue

HOST = "127.0.0.1"

LARGEST = 15 << 20
"""Bytes of a request (nodes' --rpc-max-request-size)."""

_GRACE = 1.0
"""Real seconds that a request under way has when its port closes."""

_CLOSING = 5.0
"""Real seconds that closing all may take."""

ListenerState = Literal["closed", "open", "frozen"]


class SocketServer:
    """The event loop's thread and its listeners."""

    def __init__(self, requests: RequestQueue) -> None:
        self.requests = requests
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="rpc server", daemon=True)
        self._thread.start()
        self._listeners: list[Listener] = []

    def listener(self, service: Service, token: str | None = None) -> Listener:
        """A listener on a port of its own for a service, closed yet; ``token`` is what clients must show."""
        listener = Listener(self, service, token)
        self._listeners.append(listener)
        return listener

    def close(self) -> None:
        """Closes every listener and ends the thread. What was answered before is still sent."""
        for listener in self._listeners:
            listener.give_up()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSING)
        self._loop.close()

    def soon(self, act: Callable[..., object], *what: object) -> None:
        """Has something done in the event loop."""
        with contextlib.suppress(RuntimeError):  # the loop has ended, and with it all who listened
            self._loop.call_soon_threadsafe(act, *what)

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Does work in the event loop and waits for it."""
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_CLOSING * 2)


class Listener:
    """Where one service answers. Closed, nobody can connect; frozen, one can and gets no answer until it thaws."""

    def __init__(self, server: SocketServer, service: Service, token: str | None) -> None:
        self.service = service
        self._reservation = _reserved()
        """Keeps the port ours while it is closed."""
        self.number = int(self._reservation.getsockname()[1])
        self.state: ListenerState = "closed"
        self._server = server
        self._token = token
        self._runner: web.ServerRunner | None = None
        self._awake = asyncio.Event()
        self._connections: set[asyncio.WriteTransport] = set()
        self._waiting: list[Callable[[], None]] = []
        """What clients asked of a frozen service."""

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{HOST}:{self.number}"

    def turn(self, state: ListenerState) -> None:
        """Opens, closes or freezes it; called by the driving thread. Closing drops every connection."""
        before, self.state = self.state, state
        if state == before:
            return
        if before == "closed":
            self._server.run(self._open())
        elif state == "closed":
            self._waiting.clear()
            self._server.run(self._close())
        if state == "frozen":
            self._server.soon(self._awake.clear)
        elif state == "open":
            self._server.soon(self._awake.set)
            waiting, self._waiting = self._waiting, []
            for work in waiting:
                self._server.requests.put(work)

    def give_up(self) -> None:
        """Closes it for good."""
        self.turn("closed")
        self._reservation.close()

    def leave(self, work: Callable[[], None], *, alone: bool = False) -> None:
        """Queues a client's request."""

        def do() -> None:
            if self.state == "frozen":
                self._waiting.append(work)
            elif self.state == "open":
                work()

        self._server.requests.put(do, alone=alone)

    # -- in the event loop ----------------------------------------------------------------------------------------

    async def _open(self) -> None:
        self._awake.set()
        self._runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=_GRACE)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self.number, reuse_address=True).start()

    async def _close(self) -> None:
        self._awake.set()
        for transport in list(self._connections):
            transport.abort()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        await self._awake.wait()
        if self._token is not None and not self._knows(request):
            return web.Response(status=401)
        if request.method == "POST":
            if (request.content_length or 0) > LARGEST:
                return web.Response(status=413)
            changes = self._token is not None and request.path == CHANGES
            return await self._answer(await request.content.read(), alone=changes)
        chat = web.WebSocketResponse(max_msg_size=LARGEST, compress=False, timeout=_GRACE)
        if not chat.can_prepare(request) or not isinstance(request.transport, asyncio.WriteTransport):
            return web.Response(status=405, text="JSON-RPC answers to POST and over WebSocket\n")
        await chat.prepare(request)
        transport = request.transport
        self._connections.add(transport)
        try:
            await self._chat(chat)
        finally:
            self._connections.discard(transport)
        return chat

    def _knows(self, request: web.BaseRequest) -> bool:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), str(self._token).encode())

    async def _answer(self, body: bytes, *, alone: bool) -> web.Response:
        answers: asyncio.Queue[Any] = asyncio.Queue()
        conversation = Conversation(
            self.service, lambda answer: self._server.soon(answers.put_nowait, answer), subscribes=False
        )
        self.leave(partial(conversation.take, body), alone=alone)
        answer = await answers.get()
        return web.Response(body=_text(answer) if answer is not None else b"", content_type="application/json")

    async def _chat(self, chat: web.WebSocketResponse) -> None:
        outgoing: asyncio.Queue[Any] = asyncio.Queue()
        conversation = Conversation(self.service, lambda what: self._server.soon(outgoing.put_nowait, what))
        writer = asyncio.create_task(self._write(chat, outgoing))
        try:
            async for message in chat:
                await self._awake.wait()
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    self.leave(partial(conversation.take, message.data))
        finally:
            writer.cancel()
            self._server.requests.put(conversation.end)

    async def _write(self, chat: web.WebSocketResponse, outgoing: asyncio.Queue[Any]) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            while True:
                what = await outgoing.get()
                await self._awake.wait()
                await chat.send_str(_text(what).decode())


def _text(what: Any) -> bytes:
    return json.dumps(what, separators=(",", ":")).encode()


def _reserved() -> socket.socket:
    """A socket bound to a free port; with address reuse on both, another one may listen there (socket(7))."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind((HOST, 0))
    return one
