"""HTTP by hand, as browsers and hostile clients send it: what urllib would not."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

WITHIN = 60.0
"""Seconds in which a slow machine answers."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        """Of a JSON-RPC answer."""
        found: dict[str, Any] = json.loads(self.body)["error"]
        return found


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=WITHIN)


def asked(
    port: int,
    headers: Iterable[tuple[str, str]] = (),
    *,
    method: str = "POST",
    host: str | None = "",
    body: bytes = b'{"jsonrpc":"2.0","id":1,"method":"system_name"}',
) -> Answer:
    """What a request is answered; ``host`` is as it should be when empty, and left out when None."""
    named = [("Host", host or f"127.0.0.1:{port}")] if host is not None else []
    lines = [f"{method} / HTTP/1.1", *(f"{name}: {value}" for name, value in (*named, *headers))]
    if method == "POST" and not any(name == "Transfer-Encoding" for name, _ in headers):
        lines.append(f"Content-Length: {len(body)}")
    with connected(port) as connection:
        connection.sendall("\r\n".join((*lines, "", "")).encode() + (body if method == "POST" else b""))
        return answered(connection)


def answered(connection: socket.socket) -> Answer:
    """The next answer on a connection."""
    with connection.makefile("rb") as file:
        status = int(file.readline().split()[1])
        headers = {}
        while line := file.readline().strip().decode():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = file.read(int(headers.get("content-length", "0"))) if status != 101 else b""
    return Answer(status, headers, body)
