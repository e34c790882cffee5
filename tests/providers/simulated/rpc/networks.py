"""A small simulated network for tests of its JSON-RPC: two Rococo validators and no parachain."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from simnet.journal import Journal
from simnet.providers.barrier import reach_barrier
from simnet.providers.base import Launch, Plan
from simnet.providers.deployments import NodeStatus
from simnet.providers.simulated.discovery import RemoteDriver, served_networks
from simnet.providers.simulated.serving import serve
from simnet.providers.simulated.serving._conversation import Conversation
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.scenario import NetworkSpec, RelaySpec
from tests.runs import started

SPEED = 20.0
"""Virtual seconds a real one, of the served network."""

STARTS_WITHIN = 120.0


def launched(folder: Path, run: str) -> SimulatedNetwork:
    """The network at its barrier, driven by this thread."""
    folder.mkdir(parents=True, exist_ok=True)
    journal = Journal(time.monotonic)
    journal.begin(folder / "journal.jsonl", started(run=run, scenario=run, seed=7))
    plan = Plan(topology=NetworkSpec(relay=RelaySpec(validators=2)).topology(), seed=7)
    network = SimulatedProvider().launch(plan, Launch(run=run, run_dir=folder, journal=journal), deadline=60)
    reach_barrier(network, 400)
    return network


def taken(client: Conversation, text: str | bytes) -> list[bytes]:
    """What a client gets for what it sent, all of it in one turn."""
    serving = client.serve(text)
    while True:
        try:
            next(serving)
        except StopIteration as done:
            got: list[bytes] = done.value
            return got


@dataclass(frozen=True)
class Served:
    """A network that a thread of its own serves."""

    run: str
    folder: Path
    nodes: dict[str, NodeStatus]
    said: list[str]
    """What the server said of its pace."""

    @property
    def control(self) -> RemoteDriver:
        return RemoteDriver(next(one for one in served_networks() if one.run == self.run))

    def url(self, node: str = "alice") -> str:
        return str(self.nodes[node].rpc)


@contextmanager
def served(folder: Path, run: str, speed: float = SPEED) -> Iterator[Served]:
    """Launches and serves the network in another thread until the block ends."""
    up = threading.Event()
    nodes: dict[str, NodeStatus] = {}
    said: list[str] = []

    def ready(found: list[NodeStatus]) -> None:
        nodes.update((node.name, node) for node in found)
        up.set()

    def drive() -> None:
        try:
            serve(launched(folder, run), speed, ready=ready, say=said.append)
        finally:
            up.set()

    thread = threading.Thread(target=drive, name="driving", daemon=True)
    thread.start()
    assert up.wait(STARTS_WITHIN)
    assert nodes, "the network did not come up"
    here = Served(run, folder, nodes, said)
    try:
        yield here
    finally:
        here.control.down()
        thread.join(30)
        assert not thread.is_alive()
