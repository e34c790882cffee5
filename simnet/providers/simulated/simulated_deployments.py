"""Simulated networks that stay up: each lives in the process that launched it, which serves it until it is ended."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from simnet.errors import EngineError, InputError
from simnet.network.topology import nearest
from simnet.providers.base import Provider
from simnet.providers.deployments import Deployment, Driver, NodeStatus, Reach, Ready
from simnet.providers.network import Network
from simnet.providers.node_logs import node_log
from simnet.providers.origins import Origins
from simnet.providers.simulated.discovery import RemoteDriver, ServedNetwork, forget, served_networks

_ENDS_WITHIN = 60.0
"""Real seconds in which a process that was asked to end does."""

_POLL = 0.1
"""Real seconds between looks at a process or a file of another one."""


class SimulatedDeployments:
    """The processes of this user that serve simulated networks, at the pace of real time unless told otherwise."""

    outlives = False

    def __init__(self, reach: Reach) -> None:
        self._speed = 1.0 if reach.speed is None else reach.speed
        self._pages = Origins.also(reach.pages)
        self._ports = reach.ports
        if self._speed <= 0:
            raise InputError(f"--speed {self._speed:g} would stand still; give more than 0")

    @property
    def provider(self) -> Provider:
        from simnet.providers.simulated.simulated_provider import SimulatedProvider  # noqa: PLC0415 - loads wasmtime

        return SimulatedProvider()

    def stay(self, network: Network, run: str, ready: Ready, say: Callable[[str], None]) -> None:
        from simnet.providers.simulated.serving import serve  # noqa: PLC0415
        from simnet.providers.simulated.simulated_network import SimulatedNetwork  # noqa: PLC0415 - as above

        assert isinstance(network, SimulatedNetwork)
        with contextlib.closing(network), contextlib.suppress(KeyboardInterrupt):
            serve(network, self._speed, ready=ready, say=say, pages=self._pages, ports=self._ports)

    def runs(self) -> list[Deployment]:
        return [_deployment(entry) for entry in served_networks()]

    def nodes(self, run: str) -> list[NodeStatus]:
        entry = _entry(run)
        return RemoteDriver(entry).nodes() if entry.alive else []

    def drive(self, run: str) -> contextlib.AbstractContextManager[Driver]:
        entry = _entry(run)
        if not entry.alive:
            raise EngineError(f"the process that served {run} is gone; `simnet down {run}` forgets it")
        return contextlib.nullcontext(RemoteDriver(entry))

    def log(self, run: str, node: str, *, follow: bool, tail: int | None) -> Iterator[bytes]:
        entry = _entry(run)
        return node_log(Path(entry.folder), node, tail=tail, goes_on=lambda: follow and entry.alive)

    def remove(self, run: str) -> None:
        entry = next((one for one in served_networks() if one.run == run), None)
        if entry is None:
            return
        if entry.alive:
            RemoteDriver(entry).down()
            _await_end(entry)
        forget(entry)


def _deployment(entry: ServedNetwork) -> Deployment:
    what = f"served by process {entry.pid}" if entry.alive else f"was served by process {entry.pid}"
    return Deployment(run=entry.run, what=what, alive=False, kept=entry.alive, folder=Path(entry.folder))


def _entry(run: str) -> ServedNetwork:
    found = {one.run: one for one in served_networks()}
    if run not in found:
        raise InputError(f"no simulated run {run!r} is up{nearest(run, found)}; `simnet status` lists them")
    return found[run]


def _await_end(entry: ServedNetwork) -> None:
    deadline = time.monotonic() + _ENDS_WITHIN
    while entry.alive:
        if time.monotonic() > deadline:
            raise EngineError(
                f"process {entry.pid} was asked to end and still runs after {_ENDS_WITHIN:g} s; `kill {entry.pid}`"
            )
        time.sleep(_POLL)
