"""The control server: one JSON object a line over TCP, one thread a connection.

The first line is ``{"token": ...}``; a wrong one closes the connection. Each later line has a ``verb`` and gets one
line back: the answer, or ``{"error": ...}``. Malformed input is answered with an error and harms nothing.
"""

from __future__ import annotations

import hmac
import json
import platform
import socketserver
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, cast

from .link import Link, parse_table
from .probe import Arrivals, probe
from .rules import Rules

PORT = 9700
VERSION = 1
_LINE_BYTES = 1 << 20
_TOKEN_SECONDS = 10.0
_MAX_PROBES = 100_000
_MAX_SECONDS = 600.0


@dataclass(frozen=True)
class Verbs:
    """What a request can ask. What one raises becomes the text of the error line."""

    rules: Rules
    arrivals: Arrivals

    def answer(self, request: object) -> dict[str, Any]:
        """The answer to one decoded line."""
        if not isinstance(request, dict):
            raise TypeError("a request is a JSON object")
        verbs: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "hello": self._hello,
            "apply": self._apply,
            "read": self._read,
            "probe": self._probe,
            "arrived": self._arrived,
            "stats": self._stats,
        }
        verb = verbs.get(str(request.get("verb")))
        if verb is None:
            raise ValueError(f"unknown verb {request.get('verb')!r}; known are {', '.join(verbs)}")
        return verb(request)

    def _hello(self, _request: dict[str, Any]) -> dict[str, Any]:
        return {"mode": self.rules.mode, "version": VERSION, "kernel": platform.release()}

    def _apply(self, request: dict[str, Any]) -> dict[str, Any]:
        generation = _integer(request, "generation")
        tables = self.rules.apply(generation, parse_table(request.get("ingress")), parse_table(request.get("egress")))
        return self._tables(tables)

    def _read(self, _request: dict[str, Any]) -> dict[str, Any]:
        return self._tables(self.rules.read())

    def _tables(self, tables: tuple[dict[str, Link], dict[str, Link]]) -> dict[str, Any]:
        names = ("ingress", "egress")
        out: dict[str, Any] = {"generation": self.rules.generation}
        for name, table in zip(names, tables, strict=True):
            out[name] = {address: link.as_json() for address, link in table.items()}
        return out

    def _probe(self, request: dict[str, Any]) -> dict[str, Any]:
        asked = request.get("targets")
        if not isinstance(asked, dict):
            raise TypeError("targets maps addresses to series numbers")
        targets = {str(IPv4Address(address)): _integer(asked, address) for address in asked}
        count = _integer(request, "count")
        interval, patience = _seconds(request, "interval"), _seconds(request, "patience")
        if count * max(1, len(targets)) > _MAX_PROBES or count * interval + patience > _MAX_SECONDS:
            raise ValueError(f"at most {_MAX_PROBES} probes in {_MAX_SECONDS:g} seconds")
        return {"rtts": probe(targets, count, interval, patience)}

    def _arrived(self, request: dict[str, Any]) -> dict[str, Any]:
        series = request.get("series")
        if not isinstance(series, list):
            raise TypeError("series is a list of series numbers")
        taken = [self.arrivals.take(number) for number in series]
        return {"arrived": [count for count, _ in taken], "late": [late for _, late in taken]}

    def _stats(self, _request: dict[str, Any]) -> dict[str, Any]:
        return {**self.rules.stats(), "cpu_seconds": time.process_time()}


def _integer(request: dict[str, Any], name: str) -> int:
    value = request.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise ValueError(f"{name} is a whole number from 0 to 2^63; got {value!r}")
    return value


def _seconds(request: dict[str, Any], name: str) -> float:
    value = request.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MAX_SECONDS:
        raise ValueError(f"{name} is between 0 and {_MAX_SECONDS:g} seconds; got {value!r}")
    return float(value)


class ControlServer(socketserver.ThreadingTCPServer):
    """Listens on all addresses of the sandbox; the harness reaches it through a port published to its loopback."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 32

    def __init__(self, verbs: Verbs, token: str, port: int = PORT) -> None:
        self.verbs = verbs
        self.token = token
        super().__init__(("0.0.0.0", port), _Connection)


class _Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        server = cast(ControlServer, self.server)
        try:
            self.connection.settimeout(_TOKEN_SECONDS)
            if not _allowed(self.rfile.readline(_LINE_BYTES), server.token):
                return
            self.connection.settimeout(None)
            while line := self.rfile.readline(_LINE_BYTES):
                self.wfile.write(json.dumps(_answer(server.verbs, line)).encode() + b"\n")
        except OSError:
            return  # the other end went away


def _allowed(line: bytes, token: str) -> bool:
    try:
        given = json.loads(line)
    except ValueError:
        return False
    return isinstance(given, dict) and hmac.compare_digest(str(given.get("token")).encode(), token.encode())


def _answer(verbs: Verbs, line: bytes) -> dict[str, Any]:
    try:
        return verbs.answer(json.loads(line))
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
