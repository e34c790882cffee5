"""The gate before a node's JSON-RPC: web pages get through only from origins that may, and by a name of this machine.

The node listens inside the sandbox alone and lets everybody in, since its own list of origins does not keep pages out
(docs/traps.md). What may pass is carried byte by byte. Over HTTP one request a connection is, so that none follows
unseen; a WebSocket lasts.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re

PORT = 9944
"""TCP, inside the sandbox; published to the host's loopback."""
NODE_PORT = 9946
"""TCP, on the loopback inside the sandbox; a collator's relay-chain client has the one between."""
PAGES_ENV = "SIMNET_PAGES"
"""Environment variable with the origins that may, separated by spaces; ``:*`` is any port, ``all`` every origin."""

_NAMES = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d+)?", re.IGNORECASE)
_HEAD_SECONDS = 30.0
_HEAD_BYTES = 1 << 16
_CHUNK = 1 << 16
_REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def admitted(head: bytes, pages: frozenset[str]) -> bytes | None:
    """The head of a request as the node gets it; None when the request is refused. ``pages`` as in
    :data:`PAGES_ENV`."""
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    headers = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    hosts = [value for name, value in headers if name == "host"]
    origins = [value for name, value in headers if name == "origin"]
    if "all" not in pages:
        if len(hosts) != 1 or not _NAMES.fullmatch(hosts[0]):
            return None
        if not all({origin, re.sub(r":\d+$", "", origin) + ":*"} & pages for origin in origins):
            return None
    upgrades = any(name == "upgrade" and value.lower() == "websocket" for name, value in headers)
    if not upgrades:
        lines = [line for line in lines if not line.lower().startswith(("connection:", "keep-alive:"))]
        lines.append("Connection: close")
    return "\r\n".join((first, *lines, "", "")).encode("latin-1")


async def gate(port: int, node_port: int, pages: frozenset[str]) -> asyncio.Server:
    """Listens on all addresses."""

    async def pass_through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_HEAD_SECONDS):
                head = admitted(await reader.readuntil(b"\r\n\r\n"), pages)
            if head is None:
                writer.write(_REFUSED)
                await writer.drain()
            else:
                there, node = await asyncio.open_connection("127.0.0.1", node_port)
                node.write(head)
                await asyncio.gather(_carry(reader, node), _carry(there, writer))
        writer.close()

    return await asyncio.start_server(pass_through, "0.0.0.0", port, limit=_HEAD_BYTES)


async def _carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Carries what comes until there is no more, and ends the other side."""
    try:
        while data := await source.read(_CHUNK):
            target.write(data)
            await target.drain()
    except OSError:
        pass  # one of the two is gone, and so is the other now
    finally:
        target.close()


async def main() -> None:
    """Serves until it is ended."""
    server = await gate(PORT, NODE_PORT, frozenset(os.environ.get(PAGES_ENV, "").split()))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
