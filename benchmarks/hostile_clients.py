"""Prints the resident memory of `simnet up` while hostile clients do to a node whatever takes memory.

    python benchmarks/hostile_clients.py                        (20 clients, a minute, a line every five seconds)
    python benchmarks/hostile_clients.py --clients 5 --seconds 20

Serves two validators of Rococo in a process of its own, on loopback, and asks one of them: slow readers, answers and
batches that would be huge, endless bodies and frames, subscriptions that nobody reads, connections that are left open
or broken off, deep and odd JSON. Each line has the memory, whether the other node answers, in which time, and its best
block. Ends with an error when a node does not answer at the end.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import websocket

from simnet.chain.rpc import WebSocketRpc

NETWORK = "relay: {runtime: rococo, validators: 2}\n"
EVERY = 5.0
"""Seconds between two lines."""
PATIENCE = 5.0
"""Seconds that a client waits for anything."""
CODE = "0x" + b":code".hex()
HUGE = 15 << 20

Attack = Callable[[int], None]
"""Takes the node's port, and returns when the client would connect again."""


def request(method: str, *params: Any) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})


@contextlib.contextmanager
def chat(port: int) -> Iterator[websocket.WebSocket]:
    one = websocket.create_connection(f"ws://127.0.0.1:{port}", timeout=PATIENCE)
    try:
        yield one
    finally:
        one.shutdown()


@contextlib.contextmanager
def posting(port: int, *headers: str) -> Iterator[socket.socket]:
    """A connection on which the head of a request was sent."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as one:
        one.sendall("\r\n".join(("POST / HTTP/1.1", f"Host: 127.0.0.1:{port}", *headers, "", "")).encode())
        yield one


def reads_nothing(port: int) -> None:
    with chat(port) as one:
        for _ in range(1000):
            one.send(request("state_getStorage", CODE))


def asks_for_huge_answers(port: int) -> None:
    with chat(port) as one:
        one.send(request("state_queryStorageAt", [CODE] * 200_000))
        one.recv()


def asks_in_huge_batches(port: int) -> None:
    body = f"[{','.join([request('state_getMetadata')] * 20_000)}]".encode()
    with posting(port, f"Content-Length: {len(body)}") as one:
        one.sendall(body)
        one.recv(1 << 20)


def sends_without_end(port: int) -> None:
    with posting(port, "Transfer-Encoding: chunked") as one:
        for _ in range(100):
            one.sendall(b"100000\r\n" + b"[" * (1 << 20) + b"\r\n")


def leaves_before_the_answer(port: int) -> None:
    body = b"[" + b"[]," * (HUGE // 4) + b"1]"
    with posting(port, f"Content-Length: {len(body)}") as one:
        one.sendall(body)


def subscribes_and_reads_nothing(port: int) -> None:
    keys = ["0x" + os.urandom(16).hex() for _ in range(5000)]
    with chat(port) as one:
        for _ in range(500):
            one.send(request("state_subscribeStorage", keys))
            one.send(request("chain_subscribeAllHeads"))
            one.send(request("chainHead_v1_follow", True))


def sends_huge_frames(port: int) -> None:
    with chat(port) as one:
        for _ in range(20):
            one.send_binary(b" " * (HUGE - 1))


def sends_fragments(port: int) -> None:
    with chat(port) as one:
        for opcode in itertools.chain([websocket.ABNF.OPCODE_BINARY], itertools.repeat(websocket.ABNF.OPCODE_CONT)):
            one.send_frame(websocket.ABNF.create_frame(b"[" * 100_000, opcode, 0))


def connects_and_says_nothing(port: int) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE))
        time.sleep(1)  # as long as it holds them; nothing is waited for


def sends_odd_json(port: int) -> None:
    odd: list[Any] = [-1, 1 << 64, "0x", "", None, [[[]]], {"a": {}}, CODE]
    methods = ["state_getKeysPaged", "chain_getBlockHash", "state_call", "author_submitExtrinsic", "payment_queryInfo"]
    with chat(port) as one:
        for _ in range(200):
            one.send(request(random.choice(methods), *random.choices(odd, k=3)))
            one.send("[" * random.randrange(100_000))
            one.recv()


ATTACKS: tuple[Attack, ...] = (
    reads_nothing,
    asks_for_huge_answers,
    asks_in_huge_batches,
    sends_without_end,
    leaves_before_the_answer,
    subscribes_and_reads_nothing,
    sends_huge_frames,
    sends_fragments,
    connects_and_says_nothing,
    sends_odd_json,
)


def attacks(attack: Attack, port: int, end: float) -> None:
    """Attacks again and again until then."""
    while time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError, websocket.WebSocketException):
            attack(port)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """`simnet up`, and its nodes' addresses."""
    file = folder / "attacked.yaml"
    file.write_text(NETWORK)
    command = [sys.executable, "-c", "from simnet.cli import main; main()", "up", str(file), "--out", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        urls: list[str] = []
        while len(urls) < 2:
            line = process.stdout.readline()
            if not line:
                raise SystemExit("simnet up ended before its nodes answered")
            urls += re.findall(r"ws://\S+", line)
        yield process, urls
    finally:
        process.terminate()
        process.wait()


def resident(pid: int) -> tuple[float, float]:
    """MiB now, and the most that there ever were."""
    status = Path(f"/proc/{pid}/status").read_text()
    now, most = (int(re.findall(rf"{name}:\s+(\d+) kB", status)[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return now, most


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--clients", type=int, default=20)
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--only", choices=[attack.__name__ for attack in ATTACKS], help="what all clients do")
    chosen = options.parse_args()
    made = [attack for attack in ATTACKS if chosen.only in (None, attack.__name__)]
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (process, (attacked, other)):
        port = int(attacked.rpartition(":")[2])
        begin = time.monotonic()
        print(f"{'s':>6} {'MiB':>8} {'most':>8} {'answer s':>9} best")

        def tell() -> None:
            now, most = resident(process.pid)
            asked = time.monotonic()
            with contextlib.closing(WebSocketRpc(other, timeout=60)) as rpc:
                best = int(rpc.call("chain_getHeader", timeout=60)["number"], 16)
            answered = time.monotonic()
            print(f"{asked - begin:6.0f} {now:8.0f} {most:8.0f} {answered - asked:9.2f} {best}", flush=True)

        tell()
        end = begin + chosen.seconds
        threads = [
            threading.Thread(target=attacks, args=(attack, port, end), daemon=True)
            for attack, _ in zip(itertools.cycle(made), range(chosen.clients), strict=False)
        ]
        for thread in threads:
            thread.start()
        while time.monotonic() < end:
            threads[0].join(min(EVERY, max(0.0, end - time.monotonic())))
            tell()
        for thread in threads:
            thread.join(4 * PATIENCE)
        tell()
        with contextlib.closing(WebSocketRpc(attacked, timeout=60)) as rpc:
            print("the attacked node:", rpc.call("system_health", timeout=60))


if __name__ == "__main__":
    main()
