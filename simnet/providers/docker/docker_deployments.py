"""Networks on Docker that outlive the process that launched them, found by their labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property

import docker

from simnet.errors import InputError
from simnet.network.topology import nearest
from simnet.providers.base import Provider
from simnet.providers.deployments import Deployment, Driver, NetworkDriver, NodeStatus, Reach, Ready
from simnet.providers.docker.attach import attach
from simnet.providers.docker.docker_provider import DockerProvider
from simnet.providers.docker.engine import by_node, connect, containers_of, leftovers, remove_run
from simnet.providers.docker.status import survey
from simnet.providers.network import Network
from simnet.providers.origins import Origins


class DockerDeployments:
    """The engine that the environment names; it is asked when something is wanted of it."""

    outlives = True

    def __init__(self, reach: Reach) -> None:
        if reach.speed is not None:
            raise InputError("real nodes live in real time: --speed is for --provider simulated")
        self.provider: Provider = DockerProvider(Origins.also(reach.pages), reach.ports)

    def stay(self, network: Network, run: str, ready: Ready, say: Callable[[str], None]) -> None:
        network.close()
        ready(self.nodes(run))

    def runs(self) -> list[Deployment]:
        return leftovers(self._engine)

    def nodes(self, run: str) -> list[NodeStatus]:
        return survey(self._engine, run)

    @contextmanager
    def drive(self, run: str) -> Iterator[Driver]:
        with attach(run) as network:
            yield NetworkDriver(network)

    def log(self, run: str, node: str, *, follow: bool, tail: int | None) -> Iterator[bytes]:
        by_name = by_node(containers_of(self._engine, run), "node")
        if node not in by_name:
            raise InputError(f"{run} has no node {node!r}{nearest(node, by_name)}")
        lines: Iterator[bytes] = by_name[node].logs(stream=True, follow=follow, tail="all" if tail is None else tail)
        return lines

    def remove(self, run: str) -> None:
        remove_run(self._engine, run)

    @cached_property
    def _engine(self) -> docker.DockerClient:
        return connect()
