"""JSON-RPC: what the rest of simnet asks of a node, and a client for a WebSocket."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, Protocol

import websocket

from simnet.errors import RpcError, panic_in_line

CALL_TIMEOUT = 20.0
"""Seconds that a call waits unless told otherwise."""


class Rpc(Protocol):
    """A node's JSON-RPC."""

    def call(self, method: str, params: Sequence[Any] = (), timeout: float = CALL_TIMEOUT) -> Any:
        """The result; raises :class:`RpcError` for an error answer, a lost connection or no answer in time."""

    def close(self) -> None: ...


class WebSocketRpc:
    """A connection to one node; a thread reads it and hands answers and notifications on.

    ``on_close`` is called once, from that thread, when the connection is lost; ``on_answer`` with method, parameters
    and result of each call that had one, by whoever called.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float = 5.0,
        on_close: Callable[[], None] | None = None,
        on_answer: Callable[[str, Sequence[Any], Any], None] = lambda *_: None,
    ) -> None:
        self.url = url
        self._ids = itertools.count(1)
        self._pending: dict[int, Future[Any]] = {}
        self._subscribers: dict[str, Callable[[Any], None]] = {}
        self._early: dict[str, list[Any]] = {}
        self._lock = threading.Lock()
        self._on_close = on_close
        self._on_answer = on_answer
        self.closed = False
        try:
            self._socket = websocket.create_connection(url, timeout=timeout, enable_multithread=True)
        except (OSError, websocket.WebSocketException) as error:
            raise RpcError(f"no connection to {url}: {error}") from error
        self._socket.settimeout(None)
        threading.Thread(target=self._read, name=f"rpc {url}", daemon=True).start()

    def call(self, method: str, params: Sequence[Any] = (), timeout: float = CALL_TIMEOUT) -> Any:
        """The result of one call; raises :class:`RpcError`."""
        future: Future[Any] = Future()
        number = next(self._ids)
        with self._lock:
            if self.closed:
                raise RpcError(f"{method}: the connection to {self.url} is closed")
            self._pending[number] = future
        body = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)})
        try:
            self._socket.send(body)
            result = future.result(timeout)
        except FutureTimeout:
            raise RpcError(f"{method}: no answer from {self.url} within {timeout:g} s") from None
        except (OSError, websocket.WebSocketException) as error:
            raise RpcError(f"{method}: the connection to {self.url} broke: {error}") from error
        finally:
            self._pending.pop(number, None)
        self._on_answer(method, params, result)
        return result

    def subscribe(self, method: str, handler: Callable[[Any], None]) -> None:
        """Subscribes; ``handler`` gets each notification's result in the reading thread and must not block or call."""
        subscription = str(self.call(method))
        with self._lock:
            self._subscribers[subscription] = handler
            early = self._early.pop(subscription, [])
        for item in early:
            handler(item)

    def close(self) -> None:
        """Ends the connection at once; calls under way fail.

        The peer's goodbye is not waited for: a paused node says none, and only the reading thread could hear it.
        """
        self._socket.close(timeout=0)

    def _read(self) -> None:
        try:
            while True:
                text = self._socket.recv()
                if not text:
                    break
                self._dispatch(json.loads(text))
        except (OSError, ValueError, websocket.WebSocketException):
            pass
        finally:
            self._lost()

    def _dispatch(self, message: dict[str, Any]) -> None:
        if "id" in message:
            future = self._pending.get(message["id"])
            if future is None:
                return
            if "error" in message:
                error = message["error"]
                detail = f": {error['data']}" if error.get("data") else ""
                future.set_exception(RpcError(panic_in_line(f"{error.get('message', error)}{detail}")))
            else:
                future.set_result(message["result"])
            return
        subscription = str(message["params"]["subscription"])
        with self._lock:
            handler = self._subscribers.get(subscription)
            if handler is None:
                self._early.setdefault(subscription, []).append(message["params"]["result"])
                return
        handler(message["params"]["result"])

    def _lost(self) -> None:
        with self._lock:
            self.closed = True
            pending = list(self._pending.values())
        for future in pending:
            if not future.done():
                future.set_exception(RpcError(f"the connection to {self.url} was lost"))
        if self._on_close is not None:
            self._on_close()
