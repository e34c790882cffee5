"""The control server: one JSON object a line over TCP, one thread a connection.

The first line is ``{"token": ...}``; a wrong one closes the connection. Each later line has a ``verb`` and gets one
line back: the answer, or ``{"error": ...}``. Malformed input is answered with an error and harms nothing.
"""

from __future__ import annotations

import hmac
import json
import socketserver
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any, cast

from .link import number, parse_table
from .probe import Arrivals, probe
from .rules import Rules

PORT = 9700
"""TCP, inside the sandbox; published to the host's loopback."""
TOKEN_ENV = "SIMNET_TOKEN"
"""Environment variable with the secret that control connections show. Random streams are seeded from it too, so a run
whose sandboxes get the same tokens loses packets by the same pattern."""
VERSION = 2
"""Of what is asked and answered."""
_LINE_BYTES = 1 << 20
_TOKEN_SECONDS = 10.0
_MAX_PROBES = 100_000
_MAX_SECONDS = 600.0
_MAX_NUMBER = (1 << 63) - 1


@dataclass(frozen=True)
class Verbs:
    """What a request can ask. What one raises becomes the text of the error line."""

    rules: Rules
    arrivals: Arrivals

    def answer(self, request: object) -> dict[str, Any]:
        """The answer to one decoded line."""
        if not isinstance(request, dict):
            raise TypeError("a request is a JSON object")
        match request.get("verb"):
            case "hello":
                return {"mode": self.rules.mode, "version": VERSION}
            case "apply":
                generation = number(request, "generation", _MAX_NUMBER, whole=True)
                ingress, egress = parse_table(request.get("ingress")), parse_table(request.get("egress"))
                return self.rules.apply(generation, ingress, egress)
            case "read":
                return self.rules.read()
            case "probe":
                return {"rtts": _probe(request)}
            case "arrived":
                return {"arrived": [self.arrivals.take(series) for series in request.get("series", [])]}
            case verb:
                raise ValueError(f"unknown verb {verb!r}; known are hello, apply, read, probe, arrived")


def _probe(request: dict[str, Any]) -> dict[str, list[float]]:
    asked = request.get("targets")
    if not isinstance(asked, dict):
        raise TypeError("targets maps addresses to series numbers")
    targets = {str(IPv4Address(address)): number(asked, address, _MAX_NUMBER, whole=True) for address in asked}
    count = number(request, "count", _MAX_PROBES, whole=True)
    interval, patience = (number(request, name, _MAX_SECONDS) for name in ("interval", "patience"))
    if count * len(targets) > _MAX_PROBES or count * interval + patience > _MAX_SECONDS:
        raise ValueError(f"at most {_MAX_PROBES} probes in {_MAX_SECONDS:g} seconds")
    return probe(targets, count, interval, patience)


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
        shown = json.dumps({"token": server.token}).encode() + b"\n"
        try:
            self.connection.settimeout(_TOKEN_SECONDS)
            if not hmac.compare_digest(self.rfile.readline(_LINE_BYTES), shown):
                return
            self.connection.settimeout(None)
            while line := self.rfile.readline(_LINE_BYTES):
                self.wfile.write(json.dumps(_answer(server.verbs, line), default=vars).encode() + b"\n")
        except OSError:
            return  # the other end went away


def _answer(verbs: Verbs, line: bytes) -> dict[str, Any]:
    try:
        return verbs.answer(json.loads(line))
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
