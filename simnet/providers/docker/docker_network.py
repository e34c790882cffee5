"""A network of real nodes: containers, links, observers, and the reconciling of faults."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from simnet.chain.rpc import Rpc
from simnet.errors import FaultError
from simnet.faults import Cycle, Effective, Process, differences
from simnet.journal import NO_SHOW_METRIC, Kind
from simnet.journal.records import HostLate, Reading
from simnet.providers.base import Launch, Plan
from simnet.providers.cycles import Copy, Life
from simnet.providers.docker.commands import METRICS_PORT
from simnet.providers.docker.doctor import HONEST
from simnet.providers.docker.engine import in_parallel, remove_run
from simnet.providers.docker.images import resolve
from simnet.providers.docker.key_calls import KeyCalls
from simnet.providers.docker.links import LinkControl
from simnet.providers.docker.metrics import Scraper
from simnet.providers.docker.rpc_observer import RpcObserver
from simnet.providers.docker.runner import Runner
from simnet.providers.docker.sandbox.gate import PORT as RPC_PORT
from simnet.providers.docker.site import Site
from simnet.providers.network import Network
from simnet.providers.readings import link_readings
from simnet.providers.recorders import recorders_of
from simnet.providers.timed_network import phase
from simnet.providers.upgrading import code_of

READY_WITHIN = 180.0
"""Seconds that a node may take from its start until its RPC answers; most of it is compiling the runtime."""

STARVED = 2.0
"""Seconds by which a wait may overrun before the machine counts as starved: a third of a slot."""

TOLD_WITHIN = 5.0
"""Seconds that the follower of a node's log may be behind the node, whose RPC answers already."""

_SETTLE = 5.0
_LONGEST = 1.0
_TICK = 0.1


class DockerNetwork(Network):
    """Made by :class:`~simnet.providers.docker.docker_provider.DockerProvider`. Its clock is real time since the run
    began."""

    def __init__(self, plan: Plan, launch: Launch, site: Site, runners: dict[str, Runner], lock: TextIO) -> None:
        super().__init__(plan.topology, launch.journal, launch.run_dir, plan.seed, plan.links)
        self.run = launch.run
        self.keep = launch.keep
        self.ports = site.ports
        self.runners = runners
        self._engine = site.engine
        self._link_control = LinkControl(site.agents, site.addresses)
        self._lock = lock
        self._closed = threading.Event()
        self._recorders = recorders_of(plan, launch.journal, self.messenger)
        self._keys = KeyCalls(plan.topology, launch.journal, self._recorders)
        self.observers = {
            name: RpcObserver(
                name,
                runner.node.chain,
                f"ws://127.0.0.1:{site.ports[name][RPC_PORT]}",
                launch.journal,
                self._recorders[runner.node.chain],
                partial(self._should_answer, name),
                partial(self._answered, name),
            )
            for name, runner in runners.items()
        }
        folder = launch.run_dir / "metrics"
        folder.mkdir(exist_ok=True)
        self._scraper = Scraper(
            {name: f"http://127.0.0.1:{site.ports[name][METRICS_PORT]}/metrics" for name in runners},
            self._should_answer,
            launch.journal,
            folder,
            (NO_SHOW_METRIC, *plan.metrics),
        )

    def begin(self, deadline: float) -> None:
        """Starts nodes that do not join late, side by side, and all who watch them; returns when the RPC of each
        answers."""
        names = [name for name in self.runners if name not in self.absent]
        with phase(self.journal, "nodes"):
            self._link_control.apply(self.state().links)
            in_parallel(partial(self.runners[name].start, "launch") for name in names)
            self._watch()
        with phase(self.journal, "rpc"):
            self._await_ready(*names, within=deadline - self.now())

    def _watch(self) -> None:
        for observer in self.observers.values():
            observer.start()
        self._scraper.start()

    def _answered(self, name: str, method: str, params: Sequence[Any], result: Any) -> None:
        self._keys.answered(name, self.runners[name].incarnation, self.rpc, method, params, result)

    def _should_answer(self, name: str) -> bool:
        return self.runners[name].expected == "running"

    # -- Network --------------------------------------------------------------------------------------------------

    def now(self) -> float:
        return self.journal.clock()

    def idle(self, until: float) -> None:
        start = self.now()
        with self.journal.changed:
            self.journal.changed.wait(min(max(0.0, until - start), _LONGEST))
        self._closed.wait(min(_TICK, max(0.0, until - self.now())))
        late = self.now() - start - _LONGEST - _TICK
        if late > STARVED:
            self.journal.append(HostLate(late=round(late, 3)))

    def rpc(self, node: str) -> Rpc:
        return self.observers[node].rpc

    def watch(self, chain: str, extrinsic: str, *, busy: bool = False) -> None:
        self._recorders[chain].watched.add(extrinsic)
        if busy:
            for recorder in self._recorders.values():
                recorder.busy = True

    def reconcile(self, before: Effective, after: Effective) -> None:
        if after.acts:
            raise FaultError(f"{', '.join(after.acts)} cannot be byzantine: {HONEST}")
        changed = differences(before, after)
        if changed.links:
            self._link_control.apply(after.links)
        nodes = {name: process for name, process in changed.nodes.items() if name not in self.absent}
        in_parallel(partial(self._bring, name, before.nodes[name], process) for name, process in nodes.items())
        for name, process in nodes.items():
            reading = self._process_reading(name, process)
            if not reading.holds:
                raise FaultError(f"{name} was to be {process}; the engine says it is {reading.seen}")
        for name, process in nodes.items():
            if process == "running":
                self._await_ready(name)

    def _bring(self, name: str, before: Process, after: Process) -> None:
        runner = self.runners[name]
        if after == "paused":
            if before != "running":
                runner.start("healed into a pause")
            runner.pause()
        elif after == "running":
            if before == "paused":
                runner.resume()
                self.observers[name].expect_again(at_once=True)
            else:
                self.observers[name].expect_again()
                runner.start("healed")
        elif before in ("running", "paused"):
            runner.end(after)

    def _process_reading(self, name: str, asked: Process) -> Reading:
        seen = self.runners[name].process()
        ended, down = seen in ("stopped", "killed"), asked in ("stopped", "killed")
        holds = ended == down and (seen == "paused") == (asked == "paused")
        return Reading(what=f"process of {name}", asked=asked, seen=seen, holds=holds)

    def _await_ready(self, *names: str, within: float = READY_WITHIN) -> None:
        """Until the RPC of each answers; raises :class:`NodeError` at once when one ends by itself."""
        since = {name: self._last(name, Kind.NODE_UP, Kind.NODE_RESUMED) for name in names}
        self.wait_until(
            lambda _: all(self._last(name, Kind.NODE_READY) > since[name] for name in names),
            within=within,
            what=f"the RPC of {', '.join(names)} to answer",
        )

    def _last(self, name: str, *kinds: Kind) -> int:
        found = [record.seq for kind in kinds for record in self.evidence.of_kind[kind] if record.observer == name]
        return max(found, default=-1)

    def cycle(self, nodes: Sequence[str], cycle: Cycle, reason: str) -> None:
        if cycle.image is not None:
            resolve(self._engine.client, cycle.image)  # before anything is down for want of it
        in_parallel(partial(self._take_down, node, cycle) for node in nodes)
        self.wait(cycle.down_for)
        in_parallel(partial(self.runners[node].start, reason) for node in nodes)
        self._await_ready(*nodes)
        deadline = self.now() + TOLD_WITHIN
        while any(self.runners[node].began is None for node in nodes) and self.now() < deadline:
            self.idle(deadline)
        if cycle.database == "copied":
            for node in nodes:
                self.runners[node].kept = self.runners[node].began  # it goes on with the database that was copied

    def _take_down(self, node: str, cycle: Cycle) -> None:
        """Ends a node, and has it be what the cycle says from its next start on."""
        runner, observer = self.runners[node], self.observers[node]
        runner.end("killed" if cycle.kill else "stopped")
        observer.expect_again()
        acts = {"emptied": runner.wipe, "copied": runner.keep, "put back": runner.restore}
        if cycle.database in acts:
            acts[cycle.database]()
        if cycle.runtime_override is not None:
            runner.override(code_of(runner.node.chain, cycle.runtime_override))
        runner.node = replace(
            runner.node, flags=runner.node.flags + cycle.flags, image=cycle.image or runner.node.image
        )
        observer.incarnation = runner.incarnation

    def life(self, node: str) -> Life:
        return replace(self.runners[node].life(), version=self.observers[node].version)

    def copy(self, node: str) -> Copy | None:
        runner = self.runners[node]
        return Copy(runner.kept) if runner.has_snapshot else None

    def join(self, node: str) -> None:
        self.runners[node].start("joins late")
        self._await_ready(node)

    def measure(self, concerned: Effective, since: float, until: float) -> list[Reading]:
        state = self.state()
        readings = [self._process_reading(name, state.nodes[name]) for name in concerned.nodes]
        if concerned.links:
            cut = all(state.links[pair].cut for pair in concerned.links)
            count, interval = (10, 0.02) if cut else (40, 0.025)
            readings += link_readings(state, self._link_control.measure(concerned.links, count, interval))
        return readings

    # -- ending ---------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        deadline = self.now() + _SETTLE
        while any(recorder.unread for recorder in self._recorders.values()) and self.now() < deadline:
            self.idle(deadline)
        for observer in self.observers.values():
            observer.note_end()
        for runner in self.runners.values():
            runner.note_open_gap()
        self._scraper.note_open_gaps()
        super().settle()

    def rebase(self, run_dir: Path) -> None:
        super().rebase(run_dir)
        for name in ("logs", "metrics"):
            (run_dir / name).mkdir(exist_ok=True)
        for name, runner in self.runners.items():
            runner.rebase(run_dir / "logs" / f"{name}.log")
        for observer in self.observers.values():
            observer.rebase()
        self._scraper.rebase(run_dir / "metrics")

    def close(self) -> None:
        if not self._closed.is_set():
            self._closed.set()
            in_parallel(observer.close for observer in self.observers.values())
            self._scraper.close()
        if not self.keep:
            for runner in self.runners.values():
                runner.expected, runner.closing = "killed", True
            with phase(self.journal, "teardown"):
                remove_run(self._engine.client, self.run)
        self._lock.close()
