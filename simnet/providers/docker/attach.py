"""Driving a network that another process launched: found by its run id, continued in its journal."""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import docker
from docker.models.containers import Container

from simnet.errors import EngineError, InputError
from simnet.faults import Effective, Process, fault_from
from simnet.journal import Journal, Reader, Window
from simnet.journal.records import KeysStored, NodeUp
from simnet.network.topology import nearest
from simnet.providers.base import Launch, Plan
from simnet.providers.docker.docker_network import DockerNetwork
from simnet.providers.docker.engine import (
    Engine,
    by_node,
    connect,
    containers_of,
    in_parallel,
    leftovers,
)
from simnet.providers.docker.handover import lock_run, read_handover
from simnet.providers.docker.rpc_observer import GAP_AFTER
from simnet.providers.docker.runner import Runner
from simnet.providers.docker.site import Site
from simnet.providers.injection import Injection
from simnet.regular_files import read_lines

JOURNAL_FILE = "journal.jsonl"


def attach(run: str) -> DockerNetwork:
    """The network of a run that is up, by its run id; closing it leaves the network up.

    Its clock and its journal go on, and faults that are active stay so: they can be healed, and further ones overlap
    them. Nodes and links are first brought to what the journal says, in case the last process was killed in the middle
    of a change. Raises :class:`InputError` when there is no such run, and :class:`EngineError` while another process
    drives it or when its sandboxes are gone.
    """
    client = connect()
    folder = folder_of(client, run)
    handover = read_handover(folder)
    engine = Engine(client, run, keep=handover.keep, folder=folder)
    with contextlib.ExitStack() as undo:
        lock = undo.enter_context(lock_run(folder))
        containers = containers_of(client, run)
        site = Site(
            engine=engine,
            sandboxes=_sandboxes(run, by_node(containers, "sandbox"), handover.plan),
            tokens=handover.tokens,
            spec_ids=handover.spec_ids,
        )
        path = folder / JOURNAL_FILE
        _drop_cut_line(path)
        began = time.monotonic() - (time.time() - handover.started)
        journal = Journal(lambda: time.monotonic() - began, path, append=True)
        undo.callback(journal.close)
        launch = Launch(run=run, run_dir=folder, journal=journal, keep=True)
        network = _AttachedNetwork(handover.plan, launch, site, site.runners(handover.plan, launch), lock)
        network.resume(by_node(containers, "node"))
        undo.pop_all()
    return network


def folder_of(client: docker.DockerClient, run: str) -> Path:
    """The folder of a run that the engine knows; raises :class:`InputError`."""
    found = {one.run: one.folder for one in leftovers(client)}
    if run not in found:
        raise InputError(f"no run {run!r} is on this engine{nearest(run, found)}; `simnet status` lists them")
    folder = found[run]
    if folder is None or not folder.is_dir():
        raise InputError(
            f"the folder of {run} ({folder or 'its containers name none'}) is not on this machine, so its network"
            f" cannot be driven from here; `simnet down {run}` removes it"
        )
    return folder


def _sandboxes(run: str, found: dict[str, Container], plan: Plan) -> dict[str, Container]:
    gone = [node.name for node in plan.topology.nodes if node.name not in found or found[node.name].status != "running"]
    if gone:
        raise EngineError(
            f"the sandboxes of {', '.join(gone)} do not run any more (was the engine restarted?), and with them went"
            f" the nodes' network; `simnet down {run}` removes the rest"
        )
    return found


def _drop_cut_line(path: Path) -> None:
    """Cuts off a last line that a killed process did not finish, so that what follows begins a line of its own."""
    os.truncate(path, sum(len(line) for line in read_lines(path) if line.endswith(b"\n")))


class _AttachedNetwork(DockerNetwork):
    def resume(self, containers: dict[str, Container]) -> None:
        """Takes over from the process that drove the network last, and brings it to what the journal says."""
        evidence = self.journal.evidence
        for chain, recorder in self._recorders.items():
            recorder.knows(evidence.blocks[chain])
        for record in evidence.of(KeysStored):
            self._recorders[record.chain or ""].learn(record.observer, record.data.keys)
        self.absent -= {record.observer for record in evidence.of(NodeUp)}
        self.injections += [self._injection(window) for window in evidence.windows.values()]
        for reading in (one for window in evidence.windows.values() for one in window.readings):
            if "block" in reading:
                self.runners[reading["node"]].kept = reading["block"]
        self._numbers = itertools.count(max(evidence.windows, default=0) + 1)
        self._note_gaps()
        asked = self.state()
        seen = {
            name: self._adopt(runner, containers.get(name), asked)
            for name, runner in self.runners.items()
            if name not in self.absent
        }
        self._link_control.apply(asked.links)
        in_parallel(
            partial(self._bring, name, process, asked.nodes[name])
            for name, process in seen.items()
            if _unfinished(process, asked.nodes[name])
        )
        self._watch()

    def _injection(self, window: Window) -> Injection:
        times = (window.apply_start, window.apply_end, window.heal_start, window.heal_end)
        return Injection(self, window.id, window.name, fault_from(window.fault), *times)

    def _note_gaps(self) -> None:
        """Between the last process and this one nobody watched the nodes that should run."""
        last, now = self.evidence.now, self.now()
        if now - last > GAP_AFTER:
            running = [name for name, process in self.state().nodes.items() if process == "running"]
            for name, what in itertools.product(running, Reader):
                if name not in self.absent:
                    self.journal.append_gap(name, what, last, "no process of simnet watched it")

    def _adopt(self, runner: Runner, container: Container | None, asked: Effective) -> Process:
        """Hands the node's container to its runner; what the engine says of the process."""
        name = runner.node.name
        if container is None:
            raise EngineError(
                f"the container of {name} is gone, removed by something else; `simnet down {self.run}` removes the rest"
            )
        up = self.evidence.of(NodeUp)
        latest = next(record for record in reversed(up) if record.observer == name)
        downs = self.evidence.downs[name]
        crashed = bool(downs) and downs[-1].end is None and not downs[-1].intended
        expected: Process = "stopped" if crashed else asked.nodes[name]
        node = replace(runner.node, image=latest.data.image, flags=tuple(latest.data.flags))  # as it was started last
        runner.adopt(container, node, latest.incarnation, expected)
        self.observers[name].incarnation = latest.incarnation
        return runner.process()

    def close(self) -> None:
        super().close()
        self.journal.close()


def _unfinished(seen: Process, asked: Process) -> bool:
    """Whether a change was broken off. A process that ended while it should run is a crash, which nobody undoes."""
    if seen == "stopped":
        return asked == "paused"
    return (seen == "paused") != (asked == "paused") or asked in ("stopped", "killed")
