"""Sockets on loopback: one port for each service, WebSocket and HTTP on it as nodes have them.

An event loop in a thread of its own carries bytes; what they ask is queued for the driving thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import socket
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Literal

from aiohttp import web

from simnet.providers.origins import PREFLIGHT, Origins, cors
from simnet.providers.ports import ANY, HOST, reserved
from simnet.providers.simulated.discovery import CHANGES
from simnet.providers.simulated.rpc import PARSE_ERROR, RefusedError
from simnet.providers.simulated.serving._client_limits import CONNECTIONS, LARGEST_REQUEST, OVERSIZED_REQUEST
from simnet.providers.simulated.serving._conversation import Conversation, Service, failure
from simnet.providers.simulated.serving._pace import RequestQueue
from simnet.providers.simulated.serving._turns import ClientTask, ClientTurns, in_turns
from simnet.providers.simulated.serving._web_socket_client import Chat, WebSocketClient

_BUSY = "Too many connections. Please try again later."
"""jsonrpsee-server 0.24, transport/http.rs."""

_MALFORMED = logging.getLogger("simnet.malformed_requests")
"""Where aiohttp tells of requests that are no HTTP, which it answers with 400: anybody can send those, so nowhere."""
_MALFORMED.setLevel(logging.CRITICAL + 1)

_GRACE = 1.0
"""Real seconds that a request under way has when its port closes, and one that is refused to be sent to its end."""

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

    def listener(self, service: Service, pages: Origins, token: str | None = None, *, port: int = ANY) -> Listener:
        """A listener on a port of its own for a service, closed yet.

        ``pages`` are the web pages that may ask; ``token`` is what clients must show. Raises
        :class:`~simnet.errors.InputError` for a port that is taken.
        """
        listener = Listener(self, service, pages, token, reserved(port))
        self._listeners.append(listener)
        return listener

    def close(self) -> None:
        """Closes every listener and ends the thread. What was answered before is still sent."""
        for listener in self._listeners:
            listener.give_up()
        with contextlib.suppress(TimeoutError):
            self.run(_end_tasks())
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

    def __init__(
        self, server: SocketServer, service: Service, pages: Origins, token: str | None, reservation: socket.socket
    ) -> None:
        self.service = service
        self._reservation = reservation
        """Keeps the port ours while it is closed."""
        self.number = int(self._reservation.getsockname()[1])
        self.state: ListenerState = "closed"
        self._server = server
        self._turns = ClientTurns()
        self._pages = pages
        self._token = token
        self._runner: web.ServerRunner | None = None
        self._accepting: asyncio.Server | None = None
        self._awake = asyncio.Event()
        self._connections: set[asyncio.WriteTransport] = set()
        self._waiting: list[Callable[[], None]] = []
        """What clients asked of a frozen service."""
        self._under_way = 0
        """Requests, a WebSocket is one; also those whose clients are gone."""

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
        server = web.Server(
            self._handle,
            access_log=None,
            logger=_MALFORMED,
            auto_decompress=False,
            lingering_time=_GRACE,
            handler_cancellation=True,
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=_GRACE)
        await self._runner.setup()
        loop = asyncio.get_running_loop()
        coming = 0

        def protocol() -> asyncio.BaseProtocol:
            nonlocal coming
            if len(server.connections) + coming >= CONNECTIONS:
                return _Full()
            coming += 1
            loop.call_soon(arrived)
            return server()

        def arrived() -> None:
            """The server knows of one more."""
            nonlocal coming
            coming -= 1

        self._accepting = await loop.create_server(protocol, HOST, self.number, reuse_address=True)

    async def _close(self) -> None:
        self._awake.set()
        if self._accepting is not None:
            self._accepting.close()
        for transport in list(self._connections):
            transport.abort()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if self._under_way >= CONNECTIONS:
            return web.Response(status=429, text=_BUSY)
        self._under_way += 1
        try:
            await self._awake.wait()
            return await self._let_in(request)
        finally:
            self._under_way -= 1

    async def _let_in(self, request: web.BaseRequest) -> web.StreamResponse:
        said = {name: request.headers.getall(name, []) for name in ("host", "origin")}
        refusal = self._pages.refusal(said, self.number)
        if refusal is not None:
            return web.Response(status=403, text=refusal)
        headers = cors(next(iter(said["origin"]), None))
        if request.method == "OPTIONS":
            return web.Response(headers=headers | PREFLIGHT)
        if self._token is not None and not self._knows(request):
            return web.Response(status=401)
        response = await self._served(request)
        if not response.prepared:
            response.headers.update(headers)
        return response

    async def _served(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "POST":
            return await self._post(request)
        chat = Chat(max_msg_size=LARGEST_REQUEST + 1, compress=False, timeout=_GRACE)
        if not chat.can_prepare(request) or not isinstance(request.transport, asyncio.WriteTransport):
            return web.Response(status=405, text="Used HTTP Method is not allowed. POST is required\n")
        transport = request.transport
        await chat.prepare(request)
        client = WebSocketClient(self.service, self._turns, self.leave, self._server.soon, self._awake)
        self._connections.add(transport)
        try:
            await client.talk(chat)
        finally:
            self._connections.discard(transport)
            self._server.requests.put(client.conversation.end)
        return chat

    def _knows(self, request: web.BaseRequest) -> bool:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), str(self._token).encode())

    async def _post(self, request: web.BaseRequest) -> web.Response:
        body = await _body(request)
        if body is None:
            limit = f"Exceeded max limit of {LARGEST_REQUEST}"
            return _json(failure(None, RefusedError(OVERSIZED_REQUEST, "Request is too big", limit)), 413)
        if body.lstrip()[:1] not in (b"{", b"["):
            return _json(failure(None, RefusedError(PARSE_ERROR, "Parse error")), 400)
        answers: asyncio.Queue[list[bytes]] = asyncio.Queue()
        leave = partial(self.leave, alone=self._token is not None and request.path == CHANGES)
        task = ClientTask(Conversation(self.service), body)
        del body
        in_turns(self._turns, task, leave, partial(self._server.soon, answers.put_nowait))
        try:
            return _json(b"".join(await answers.get()), 200)
        finally:
            task.give_up()


class _Full(asyncio.Protocol):
    """ClientTurns away who connects while as many are connected as may be."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        head = f"HTTP/1.1 429 Too Many Requests\r\nContent-Length: {len(_BUSY)}\r\nConnection: close\r\n\r\n"
        transport.write((head + _BUSY).encode())
        transport.close()


async def _body(request: web.BaseRequest) -> bytes | None:
    """A request's body; None for one that is too large, of which no more is read."""
    if (request.content_length or 0) > LARGEST_REQUEST:
        return None
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > LARGEST_REQUEST:
            return None
    return bytes(body)


async def _end_tasks() -> None:
    """Ends whatever still carries something for a client."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others, timeout=_GRACE)


def _json(text: bytes, status: int) -> web.Response:
    return web.Response(body=text, status=status, content_type="application/json")
