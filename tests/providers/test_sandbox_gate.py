"""The gate in a sandbox: which pages reach a node's JSON-RPC, and what it carries."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from simnet.providers.docker.commands import node_command
from simnet.providers.docker.sandbox.gate import NODE_PORT, PORT, admitted, gate
from simnet.providers.origins import ALLOWED
from simnet.scenario import NetworkSpec

PAGES = frozenset(ALLOWED)
UPGRADE = ("Connection: Upgrade", "Upgrade: websocket")


def head(*lines: str, host: str | None = "127.0.0.1:49153") -> bytes:
    named = () if host is None else (f"Host: {host}",)
    return "\r\n".join(("POST / HTTP/1.1", *named, *lines, "", "")).encode()


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost.evil.example", "http://127.0.0.2"]
)
@pytest.mark.parametrize("more", [(), UPGRADE])
def test_a_foreign_page_is_refused(origin: str, more: tuple[str, ...]) -> None:
    assert admitted(head(f"Origin: {origin}", *more), PAGES) is None
    assert admitted(head("Origin: http://localhost", f"origin:{origin}", *more), PAGES) is None


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1", "https://polkadot.js.org"])
def test_a_page_that_may_gets_through(origin: str) -> None:
    assert admitted(head(f"Origin: {origin}", *UPGRADE), PAGES) == head(f"Origin: {origin}", *UPGRADE)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:49153", "localhost.evil.example", None])
def test_a_name_that_was_bound_to_this_machine_is_refused(host: str | None) -> None:
    assert admitted(head(*UPGRADE, host=host), PAGES) is None


def test_all_lets_every_page_in() -> None:
    assert admitted(head("Origin: https://evil.example", host="evil.example"), frozenset(["all"])) is not None


def test_over_http_a_connection_carries_one_request() -> None:
    assert admitted(head("Connection: keep-alive"), PAGES) == head("Connection: close")


def test_the_node_listens_inside_the_sandbox_alone() -> None:
    alice = NetworkSpec.model_validate({"relay": {"validators": 2}}).topology().node("alice")
    command = node_command(
        alice, known=frozenset(), node_key=bytes(32), address="10.0.0.1", bootnodes=(), relay_bootnodes=()
    )
    assert command[command.index("--rpc-port") + 1] == str(NODE_PORT)
    assert not [flag for flag in command if "external" in flag and "rpc" in flag]
    assert str(PORT) not in command


def test_what_may_pass_is_carried_both_ways() -> None:
    seen: list[bytes] = []

    async def node(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"answer to " + await reader.readexactly(4))
        writer.close()

    async def ask(port: int, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        answer = await reader.read()
        writer.close()
        return answer

    async def run() -> tuple[bytes, bytes]:
        async with contextlib.AsyncExitStack() as stack:
            behind = await stack.enter_async_context(await asyncio.start_server(node, "127.0.0.1", 0))
            before = await stack.enter_async_context(await gate(0, behind.sockets[0].getsockname()[1], PAGES))
            port = before.sockets[0].getsockname()[1]
            passed = await ask(port, head("Content-Length: 4") + b"body")
            return passed, await ask(port, head("Origin: https://evil.example", "Content-Length: 4") + b"body")

    passed, refused = asyncio.run(run())
    assert passed == b"answer to body"
    assert refused.startswith(b"HTTP/1.1 403 ")
    assert seen == [head("Content-Length: 4", "Connection: close")]
