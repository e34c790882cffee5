"""Light nodes that answer JSON-RPC just enough to count as ready, and processes that launch them and die on the way.

As real nodes do, they say when they start how high their database is: what a test wrote into /data/height, else 0.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from simnet.journal import AnyRecord, Journal
from simnet.journal.records import PhaseTimed, RecordData
from simnet.providers.base import Launch, Plan
from simnet.providers.docker.docker_provider import DockerProvider
from simnet.providers.docker.engine import Engine
from simnet.providers.docker.sandbox_image import sandbox_tag
from tests.docker.light import light_plan
from tests.runs import started

ROOT = Path(__file__).parents[2]

SERVER = r"""
import base64, hashlib, json, os, pathlib, signal, socketserver
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
height = pathlib.Path("/data/height")
print("Highest known block at #" + (height.read_text().strip() if height.exists() else "0"), flush=True)
print("answering", flush=True)
class Node(socketserver.StreamRequestHandler):
    def handle(self):
        headers = {}
        while line := self.rfile.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        digest = hashlib.sha1((headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        self.wfile.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n")
        while (head := self.rfile.read(2)) and head[0] & 15 == 1:
            size = head[1] & 127
            if size == 126:
                size = int.from_bytes(self.rfile.read(2), "big")
            mask, body = self.rfile.read(4), self.rfile.read(size)
            call = json.loads(bytes(byte ^ mask[i % 4] for i, byte in enumerate(body)))
            answer = {"jsonrpc": "2.0", "id": call["id"]}
            if call["method"] in ("system_name", "system_version"):
                answer["result"] = "light"
            else:
                answer["error"] = {"code": -32601, "message": "a light node does not know this"}
            text = json.dumps(answer).encode()
            self.wfile.write(bytes([129, len(text)]) + text)
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
Server(("127.0.0.1", 9946), Node).serve_forever()
"""


def answering_plan(folder: Path, names: tuple[str, ...] = ("alice", "bob")) -> Plan:
    """A network of nodes that are ready as soon as they run. It needs the sandbox image, which has a Python."""
    plan = light_plan(folder, dict.fromkeys(names, ("python3", "-c", SERVER)))
    nodes = tuple(dataclasses.replace(node, image=sandbox_tag()) for node in plan.topology.nodes)
    return dataclasses.replace(plan, topology=dataclasses.replace(plan.topology, nodes=nodes))


class DoomedJournal(Journal):
    """Kills its own process, as the kernel would for want of memory, once the phase has been recorded."""

    doom = ""

    def append(self, data: RecordData, **rest: Any) -> AnyRecord:
        record = super().append(data, **rest)
        if isinstance(data, PhaseTimed) and data.name == self.doom:
            os.kill(os.getpid(), signal.SIGKILL)
        return record


def launch_in(folder: Path, run: str, *, keep: bool = False, doom: str = "") -> Launch:
    """Where a run of light nodes lives; ``doom`` is the phase after which its process is killed."""
    began = time.monotonic()
    journal = DoomedJournal(lambda: time.monotonic() - began, folder / "journal.jsonl")
    journal.doom = doom
    journal.append(started(run=run, scenario="light", provider="docker"))
    return Launch(run=run, run_dir=folder, journal=journal, keep=keep)


def in_a_process(
    folder: Path,
    run: str,
    *,
    names: tuple[str, ...] = ("alice", "bob"),
    keep: bool = False,
    doom: str = "",
    after: int = 0,
) -> int:
    """Launches in a process of its own, leaving the network as that leaves it; its exit code, negative for a signal.

    ``after``: it is killed while it makes its containers, once that many are made.
    """
    folder.mkdir(exist_ok=True)
    arguments = (str(folder), run, names, keep, doom, after)
    code = f"from tests.docker.answering import child; child(*{arguments!r})"
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=60).returncode


def child(folder: str, run: str, names: tuple[str, ...], keep: bool, doom: str, after: int) -> None:
    """What the process of :func:`in_a_process` does."""
    if after:
        made = 0
        real = Engine.container

        def counted(engine: Engine, *args: Any, **options: Any) -> Any:
            nonlocal made
            container = real(engine, *args, **options)
            made += 1
            if made == after:
                os.kill(os.getpid(), signal.SIGKILL)
            return container

        Engine.container = counted  # type: ignore[method-assign, assignment]
    path = Path(folder)
    launch = launch_in(path, run, keep=keep, doom=doom)
    network = DockerProvider().launch(answering_plan(path, names), launch, deadline=60)
    network.close()
    launch.journal.close()
