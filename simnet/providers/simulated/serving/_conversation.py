"""JSON-RPC 2.0 between one client and one service: single requests, batches, errors, subscriptions."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, NoReturn, Protocol

from simnet.errors import RpcError
from simnet.providers.simulated.rpc import (
    ENDINGS,
    INTERNAL_ERROR,
    INVALID_REQUEST,
    LARGEST_ANSWER,
    PARSE_ERROR,
    SUBSCRIPTIONS,
    Failures,
    InvalidParamsError,
    RefusedError,
    too_big,
)
from simnet.providers.simulated.serving._client_limits import (
    KEPT,
    POOLED,
    REACHED_LIMITS,
    SUBSCRIPTIONS_EACH,
    TOO_BIG_BATCH,
    TOO_MANY_SUBSCRIPTIONS,
)

_LARGEST_ID = (1 << 64) - 1
"""jsonrpsee-types 0.24, params.rs ``Id``."""

Params = Sequence[Any] | Mapping[str, Any]

Serving = Generator[None, None, list[bytes]]
"""Serves what a client sent, and pauses after each request of a batch, so that others come in between. Returns what the
client gets: the answer, if there is one, then what it caused to be notified."""


class Service(Protocol):
    """What answers, such as a node's JSON-RPC."""

    @property
    def failures(self) -> Failures:
        """Where it tells of errors that nobody foresaw."""

    def call(self, method: str, params: Params) -> Any: ...

    def subscribe(self, method: str, params: Params, handler: Callable[[Any], None]) -> str: ...

    def unsubscribe(self, number: str) -> bool: ...

    def lasts(self, number: str) -> bool:
        """Whether there is a subscription of that id."""


class Conversation:
    """``send`` gets what subscriptions tell later, and says whether the client takes it: one that does not read loses
    the subscription. Without ``send`` there are none, as over HTTP."""

    def __init__(self, service: Service, send: Callable[[bytes], bool] | None = None) -> None:
        self._service = service
        self._send = send
        self._subscribed: dict[str, tuple[str, int]] = {}
        """Methods and sizes by id."""
        self._held: list[bytes] | None = None
        """Notifications that wait for the answer of the request being served."""

    @property
    def subscriptions(self) -> int:
        """How many the client has."""
        return len(self._subscribed)

    def serve(self, text: str | bytes) -> Serving:
        """Serves what the client sent; one at a time."""
        self._held = []
        answering = self._answered(text)
        del text  # which may be long, and is not needed any more
        answer = yield from answering
        held, self._held = self._held, None
        return held if answer is None else [answer, *held]

    def end(self) -> None:
        """The client is gone."""
        for number in self._subscribed:
            self._service.unsubscribe(number)
        self._subscribed.clear()

    def _answered(self, text: str | bytes) -> Generator[None, None, bytes | None]:
        try:
            message = json.loads(text if isinstance(text, str) else text.decode(), parse_constant=_no_constant)
        except (ValueError, RecursionError):
            return failure(None, RefusedError(PARSE_ERROR, "Parse error"))
        if not isinstance(message, list):
            return self._one(message)
        if not message:
            return failure(None, _invalid_request())
        del text
        return (yield from self._batch(message))

    def _batch(self, requests: list[Any]) -> Generator[None, None, bytes | None]:
        answers: list[bytes] = []
        size = 0
        for one in requests:
            answer = self._one(one)
            yield
            if answer is not None:
                answers.append(answer)
                size += len(answer) + 1
            if size > LARGEST_ANSWER:
                limit = f"Exceeded max limit of {LARGEST_ANSWER}"
                return failure(None, RefusedError(TOO_BIG_BATCH, "The batch response was too large", limit))
        return b"[" + b",".join(answers) + b"]" if answers else None

    def _one(self, message: Any) -> bytes | None:
        """The answer to one request; None to a notification, which is not carried out, as on real nodes."""
        if not isinstance(message, Mapping):
            return failure(None, _invalid_request())
        number, method = message.get("id"), message.get("method")
        if not _is_id(number):
            return failure(None, _invalid_request())
        if not isinstance(method, str) or message.get("jsonrpc", "2.0") != "2.0":
            return failure(number, _invalid_request())
        if "id" not in message:
            return None
        try:
            result = self._result(method, _params(message.get("params")))
            answer = encoded({"jsonrpc": "2.0", "id": number, "result": result})
            if len(answer) > LARGEST_ANSWER:
                raise too_big()
        except RefusedError as error:
            return failure(number, error)
        except RpcError as error:
            return failure(number, RefusedError(INTERNAL_ERROR, str(error)))
        except Exception as error:
            # A client must not end the network, whatever it sent.
            self._service.failures.tell(method[:100], error)
            return failure(number, RefusedError(INTERNAL_ERROR, "Internal error"))
        return answer

    def _result(self, method: str, params: Params) -> Any:
        if method in SUBSCRIPTIONS:
            return self._subscribe(method, params)
        if method in ENDINGS:
            number = next(iter(params.values() if isinstance(params, Mapping) else params), None)
            return isinstance(number, str | int) and self._unsubscribe(str(number))
        return self._service.call(method, params)

    def _unsubscribe(self, number: str) -> bool:
        return self._subscribed.pop(number, None) is not None and self._service.unsubscribe(number)

    def _subscribe(self, method: str, params: Params) -> str:
        if self._send is None:
            raise RefusedError(INVALID_REQUEST, "Subscriptions need a WebSocket")
        served = SUBSCRIPTIONS[method]
        served.parameters.read(params)
        kind, size = served.by, len(encoded(params))
        self._make_room(method, size)
        early: list[Any] = []
        number = ""

        def notify(result: Any) -> None:
            if number:
                self._notify(number, kind.notifies, result)
            else:
                early.append(result)

        number = self._service.subscribe(method, params, notify)
        self._subscribed[number] = (method, size)
        for result in early:
            self._notify(number, kind.notifies, result)
        return number

    def _make_room(self, method: str, size: int) -> None:
        """Raises :class:`RefusedError` when the client has as many subscriptions as it may."""
        self._subscribed = {number: one for number, one in self._subscribed.items() if self._service.lasts(number)}
        pooled = SUBSCRIPTIONS[method].by.pooled
        alike = [kept for of, kept in self._subscribed.values() if SUBSCRIPTIONS[of].by.pooled is pooled]
        kept = (POOLED if pooled else KEPT, sum(alike) + size)
        for most, beyond in ((SUBSCRIPTIONS_EACH, len(self._subscribed) + 1), kept):
            if beyond > most:
                text = "Too many subscriptions on the connection"
                raise RefusedError(TOO_MANY_SUBSCRIPTIONS, text, f"Exceeded max limit of {most}")
        most_of_kind = SUBSCRIPTIONS[method].by.most
        if most_of_kind is not None and sum(of == method for of, _ in self._subscribed.values()) >= most_of_kind:
            raise RefusedError(REACHED_LIMITS, "Maximum number of chainHead_follow has been reached")

    def _notify(self, number: str, method: str, result: Any) -> None:
        text = encoded({"jsonrpc": "2.0", "method": method, "params": {"subscription": number, "result": result}})
        if self._held is not None:
            self._held.append(text)
            taken = sum(map(len, self._held)) <= LARGEST_ANSWER
        else:
            taken = self._send is not None and self._send(text)
        if not taken:
            self._unsubscribe(number)


def encoded(what: Any) -> bytes:
    return json.dumps(what, separators=(",", ":")).encode()


def failure(number: Any, error: RefusedError) -> bytes:
    """An error answer."""
    return encoded({"jsonrpc": "2.0", "id": number, "error": error.as_json()})


def _params(given: Any) -> Params:
    if given is None:
        return ()
    if isinstance(given, list | dict):
        return given
    raise InvalidParamsError("parameters are an array, or an object by name")


def _is_id(number: Any) -> bool:
    if isinstance(number, int) and not isinstance(number, bool):
        return 0 <= number <= _LARGEST_ID
    return number is None or isinstance(number, str)


def _invalid_request() -> RefusedError:
    return RefusedError(INVALID_REQUEST, "Invalid request")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
