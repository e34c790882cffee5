"""JSON-RPC 2.0 between one client and one service: single requests, batches, errors, subscriptions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from simnet.errors import RpcError
from simnet.providers.simulated.rpc import (
    ENDINGS,
    INTERNAL_ERROR,
    INVALID_REQUEST,
    PARSE_ERROR,
    SUBSCRIPTIONS,
    InvalidParamsError,
    RefusedError,
)


class Service(Protocol):
    """What answers, such as a node's JSON-RPC."""

    def call(self, method: str, params: Sequence[Any]) -> Any: ...

    def subscribe(self, method: str, params: Sequence[Any], handler: Callable[[Any], None]) -> str: ...

    def unsubscribe(self, number: str) -> bool: ...


class Conversation:
    """``send`` gets what goes to the client, in order: each request's answer before what it causes to be notified.

    Without ``subscribes`` the client gets one answer and no more, as over HTTP.
    """

    def __init__(self, service: Service, send: Callable[[Any], None], *, subscribes: bool = True) -> None:
        self._service = service
        self._send = send
        self._subscribes = subscribes
        self._subscribed: dict[str, None] = {}
        self._held: list[Callable[[], None]] | None = None
        """Notifications that wait for the answer of the request being served."""

    def take(self, text: str | bytes) -> None:
        """Serves what the client sent; with nothing to answer, sends None to a client without subscriptions."""
        self._held = []
        answer = self._answered(text)
        if answer is not None or not self._subscribes:
            self._send(answer)
        held, self._held = self._held, None
        for notify in held:
            notify()

    def end(self) -> None:
        """The client is gone."""
        for number in self._subscribed:
            self._service.unsubscribe(number)
        self._subscribed.clear()

    def _answered(self, text: str | bytes) -> Any:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return _failure(None, PARSE_ERROR, "Parse error")
        if not isinstance(message, list):
            return self._one(message)
        if not message:
            return _failure(None, INVALID_REQUEST, "Invalid request")
        return [answer for one in message if (answer := self._one(one)) is not None] or None

    def _one(self, message: Any) -> dict[str, Any] | None:
        """The answer to one request; None to a notification."""
        number = message.get("id") if isinstance(message, Mapping) else None
        if not isinstance(message, Mapping) or not isinstance(message.get("method"), str):
            return _failure(number, INVALID_REQUEST, "Invalid request")
        try:
            result = self._result(message["method"], message.get("params") or [])
        except RefusedError as error:
            answer = {"jsonrpc": "2.0", "id": number, "error": error.as_json()}
        except RpcError as error:
            answer = _failure(number, INTERNAL_ERROR, str(error))
        except Exception as error:
            # A client must not end the network, whatever it sent.
            answer = _failure(number, INTERNAL_ERROR, f"Internal error: {type(error).__name__}: {error}")
        else:
            answer = {"jsonrpc": "2.0", "id": number, "result": result}
        return answer if "id" in message else None

    def _result(self, method: str, params: Any) -> Any:
        if not isinstance(params, list):
            raise InvalidParamsError("parameters are given by position, in an array")
        if method in SUBSCRIPTIONS:
            return self._subscribe(method, params)
        if method in ENDINGS:
            number = str(params[0]) if params else ""
            if number not in self._subscribed:
                return False
            del self._subscribed[number]
            self._service.unsubscribe(number)
            return True
        return self._service.call(method, params)

    def _subscribe(self, method: str, params: list[Any]) -> str:
        if not self._subscribes:
            raise RefusedError(INVALID_REQUEST, "Subscriptions need a WebSocket")
        notifies = SUBSCRIPTIONS[method].notifies
        number = ""

        def notify(result: Any) -> None:
            if self._held is not None:
                self._held.append(partial(notify, result))
            elif number:
                params = {"subscription": number, "result": result}
                self._send({"jsonrpc": "2.0", "method": notifies, "params": params})

        number = self._service.subscribe(method, params, notify)
        self._subscribed[number] = None
        return number


def _failure(number: Any, code: int, message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message}}
