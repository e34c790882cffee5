"""The simulated network as scenarios drive it: faults, waits and calls on a virtual clock."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scalecodec import ScaleBytes
from substrateinterface import Keypair

from simnet.chain.rpc import Rpc
from simnet.errors import DeadlineError, FaultError, RpcError, SimnetError
from simnet.faults import Cycle, Effective, Process, differences
from simnet.journal.records import ActTally, Intervention, NodeDown, NodePaused, NodeResumed, NodeUp, Reading, SlotLost
from simnet.network.topology import RELAY
from simnet.providers.base import Launch, Plan
from simnet.providers.cycles import EXIT_KILLED, OVERRIDES, Copy, Life
from simnet.providers.network import Network
from simnet.providers.readings import Probes, act_reading, link_readings
from simnet.providers.simulated.clock import NEVER, SECOND, Clock, nanoseconds
from simnet.providers.simulated.defects import Defect
from simnet.providers.simulated.nodes import ProcessState, SimulatedNode
from simnet.providers.simulated.randomness import Streams
from simnet.providers.simulated.relay_state import CodeFailed
from simnet.providers.simulated.rpc import NodeRpc
from simnet.providers.simulated.simulation import Simulation
from simnet.providers.simulated.watching import Watcher
from simnet.providers.upgrading import code_of
from simnet.runtime.genesis import Genesis
from simnet.runtime.host import Host

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
"""The journal says of every simulated run that it started then. Its clock begins up to ``WITHIN`` seconds later."""

WITHIN = 30 * 24 * 3600
"""Seconds from which a seed draws when its time begins. Who authors follows from slot and keys: with one beginning for
all, every seed would have the same authors and the same forks."""

PEERS_EVERY = 6 * SECOND
"""Between looks at the nodes' connections, as the Docker provider has it."""

READY_WITHIN = 180.0
"""Seconds that a start is given, as the Docker provider has it: with few cores it takes several times as long."""

_LEAST = 1000
"""Nanoseconds by which time passes at least, so that rounding of seconds cannot stop it."""

_STRANGE = (ArithmeticError, LookupError, TypeError, ValueError, AttributeError)
"""What comes of values that no runtime gives by itself."""

_PROCESSES: dict[Process, ProcessState] = {
    "running": "running",
    "paused": "paused",
    "stopped": "down",
    "killed": "down",
}


class SimulatedNetwork(Network):
    """Every node, chain and link in this process. Waits advance the virtual clock; nothing takes real time but work."""

    def __init__(
        self,
        plan: Plan,
        launch: Launch,
        genesis: dict[str, Genesis],
        runtimes: Host,
        streams: Streams,
        clock: Clock,
        defects: tuple[Defect, ...] = (),
    ) -> None:
        super().__init__(plan.topology, launch.journal, launch.run_dir, plan.seed, plan.links)
        self.run = launch.run
        self._thread = threading.get_ident()
        self._clock = clock
        self._advance: Callable[[int], None] = clock.advance
        self._watcher = Watcher(plan, launch.journal, self.messenger, launch.run_dir)
        self.simulation = Simulation(
            plan.topology,
            genesis,
            runtimes,
            streams,
            self._watcher,
            epoch=int(EPOCH.timestamp()) + streams.stream("epoch").randrange(WITHIN),
            clock=clock,
            defects=defects,
        )
        self.rpcs = {
            node.name: NodeRpc(self.simulation, node, plan.seed, genesis[node.spec.chain].spec)
            for node in self.simulation.nodes
        }
        self._watcher.rpcs = self.rpcs

    writes_blocks = True

    def begin(self) -> None:
        """Starts nodes that do not join late, and time."""
        self.simulation.links.apply(self.state().links)
        for node in self.simulation.nodes:
            if not node.spec.joins_late:
                self._up(node, "launch")
        self.simulation.begin()
        self._clock.at(PEERS_EVERY, self._look_at_peers)

    # -- Network --------------------------------------------------------------------------------------------------

    def now(self) -> float:
        return self.journal.clock()

    def idle(self, until: float) -> None:
        if threading.get_ident() != self._thread:
            raise SimnetError("a simulated network is driven by the thread that launched it; call from there")
        left = nanoseconds(until - self.now()) if until != float("inf") else NEVER - self._clock.now
        end = self._clock.now + max(left, _LEAST)
        before = self.journal.evidence.records
        count = len(before)
        while self._clock.now < end:
            try:
                self._advance(end)
            except CodeFailed:
                pass  # what hung on that answer is not done, as by real nodes
            except _STRANGE as error:
                wrote = self.evidence.of(Intervention)
                if isinstance(error, SimnetError) or not wrote:
                    raise
                told = f"{type(error).__name__}: {error}"
                raise SimnetError(
                    f"simulated nodes cannot go by a state that root wrote, {wrote[-1].data.what}: {told}"
                ) from error
            if len(before) != count:
                return

    @contextlib.contextmanager
    def paced(self, advance: Callable[[int], None]) -> Iterator[None]:
        """Within, waits let time pass by this, which takes a time that it must not exceed, and not as fast as they
        can."""
        self._advance = advance
        try:
            yield
        finally:
            self._advance = self._clock.advance

    def rpc(self, node: str) -> Rpc:
        one = self.simulation.by_name[node]
        if one.process != "running" or not one.ready:
            raise RpcError(f"{node} does not answer: its process is {one.process}")
        return self.rpcs[node]

    def watch(self, chain: str, extrinsic: str, *, busy: bool = False) -> None:
        self._watcher.recorders[chain].watched.add(extrinsic)
        if busy:
            for recorder in self._watcher.recorders.values():
                recorder.busy = True

    def keypair(self, uri: str) -> Keypair:
        return RepeatableKeypair(super().keypair(uri), self.simulation.runtimes)

    def reconcile(self, before: Effective, after: Effective) -> None:
        changed = differences(before, after)
        for name, acts in changed.acts.items():
            self.simulation.by_name[name].acts = frozenset(acts)
        if changed.links:
            self.simulation.links.apply(after.links)
        started = []
        for name, process in changed.nodes.items():
            if name not in self.absent:
                self._bring(self.simulation.by_name[name], before.nodes[name], process)
                if process == "running":
                    started.append(name)
        if started:
            self._await_ready(*started)

    def _bring(self, node: SimulatedNode, before: Process, after: Process) -> None:
        if after in ("stopped", "killed"):
            if before in ("running", "paused"):
                self._down(node, 0 if after == "stopped" else EXIT_KILLED)
            return
        if before in ("stopped", "killed"):
            self._up(node, "healed")
        if after == "paused":
            self.simulation.pause(node)
            self._watcher.note(node, NodePaused())
        elif before == "paused":
            self.simulation.resume(node)
            self._watcher.note(node, NodeResumed())
            if node.ready:  # else it was frozen while it started
                self._watcher.ready(node)

    def measure(self, concerned: Effective, since: float, until: float) -> list[Reading]:
        state = self.state()
        readings = []
        for name in concerned.nodes:
            asked, seen = state.nodes[name], self.simulation.by_name[name].process
            readings.append(Reading(what=f"process of {name}", asked=asked, seen=seen, holds=_PROCESSES[asked] == seen))
        for name, acts in concerned.acts.items():
            done, wanted = self.simulation.by_name[name].acts, state.acts.get(name, ())
            readings += [
                act_reading(self._tally(name, act, since, until), as_asked=(act in done) == (act in wanted))
                for act in acts
            ]
        if concerned.links:
            readings += link_readings(state, {pair: self._probes(*pair) for pair in concerned.links})
        return readings

    def _tally(self, name: str, act: str, since: float, until: float) -> ActTally:
        """What a node did of an act at the occasions that it had between two times."""
        begin = self._clock.now - nanoseconds(self.now())
        index = self.simulation.by_name[name].index
        used = self.simulation.misdeeds.between(index, act, begin + nanoseconds(since), begin + nanoseconds(until))
        times = [round((t - begin) / SECOND, 6) for t in used if t is not None]
        first, last = min(times, default=None), max(times, default=None)
        return ActTally(name, act, occasions=len(used), used=len(times), first=first, last=last)

    def _probes(self, source: str, target: str) -> Probes:
        seen = self.simulation.links.measured(source, target)
        mean = seen["rtt_mean"]
        arrived = round((1 - seen["loss"]) * seen["probes"])
        return Probes(seen["probes"], arrived, None if mean is None else mean / 1000)

    def cycle(self, nodes: Sequence[str], cycle: Cycle, reason: str) -> None:
        if cycle.image is not None or cycle.flags:
            why = "a simulated node runs no image and takes no flags; use the provider docker"
            raise FaultError(f"{', '.join(nodes)} cannot be restarted so: {why}")
        ones = [self.simulation.by_name[node] for node in nodes]
        for one in ones:
            self._down(one, EXIT_KILLED if cycle.kill else 0)
            if cycle.database == "emptied":
                self.simulation.wipe(one)
            elif cycle.database == "copied":
                self.simulation.keep(one)
            elif cycle.database == "put back":
                self.simulation.restore(one)
            if cycle.runtime_override is not None:
                self.simulation.overrides.give(one.index, code_of(one.spec.chain, cycle.runtime_override))
        self.wait(cycle.down_for)
        for one in ones:
            self._up(one, reason)
        self._await_ready(*nodes)

    def life(self, node: str) -> Life:
        one = self.simulation.by_name[node]
        given = (OVERRIDES,) if self.simulation.overrides.has(one.index) else ()
        return Life(str(one.life), one.incarnation, one.began, command=(*one.spec.flags, *given))

    def copy(self, node: str) -> Copy | None:
        one = self.simulation.by_name[node]
        if one.kept is None:
            return None
        return Copy((one.kept.relay if one.kept.para is None else one.kept.para).best.number)

    def write_in_block(
        self, entries: Sequence[tuple[bytes, bytes | None]], told: Callable[[int, str], None], within: float
    ) -> None:
        written = self.simulation.writes.ask(entries, lambda block: told(block.number, "0x" + block.hash.hex()))
        running = [node for node in self.simulation.nodes if node.spec.chain == RELAY]
        since = self.now()
        try:
            self.wait_until(
                lambda _: any(node.relay.best.written >= written for node in running if node.process == "running"),
                within=within,
                what="a block of the relay chain that writes its storage",
            )
        except DeadlineError as error:
            lost = next((one.data for one in reversed(self.evidence.of(SlotLost)) if one.t >= since), None)
            if lost is None:
                raise
            raise DeadlineError(f"{error}; slot {lost.slot} was lost: {lost.why}") from None

    def join(self, node: str) -> None:
        self._up(self.simulation.by_name[node], "joins late")
        self._await_ready(node)

    def _await_ready(self, *names: str) -> None:
        nodes = [self.simulation.by_name[name] for name in names]
        self.wait_until(
            lambda _: all(node.ready or node.process != "running" for node in nodes),
            within=READY_WITHIN,
            what=f"{', '.join(names)} to start",
        )

    # -- processes ------------------------------------------------------------------------------------------------

    def _up(self, node: SimulatedNode, reason: str) -> None:
        self._watcher.note(node, NodeUp(image="", flags=list(node.spec.flags), reason=reason))
        self.simulation.start(node, lambda: self._watcher.ready(node), launch=reason == "launch")

    def _down(self, node: SimulatedNode, exit_code: int) -> None:
        self.simulation.end(node)
        self._watcher.note(node, NodeDown(intended=True, exit_code=exit_code, oom_killed=False, log_tail=[]))

    def _look_at_peers(self) -> None:
        self._tell_peers()
        self._clock.at(self._clock.now + PEERS_EVERY, self._look_at_peers)

    def _tell_peers(self, *, again: bool = False) -> None:
        for node in self.simulation.nodes:
            if node.ready and node.process == "running":
                self._watcher.peers(node, self.simulation.links.peers(node.index), again=again)

    # -- ending ---------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        super().settle()
        self._tell_peers(again=True)

    def rebase(self, run_dir: Path) -> None:
        super().rebase(run_dir)
        self._watcher.rebase(run_dir)

    def close(self) -> None:
        self.simulation.validator.close()


class RepeatableKeypair(Keypair):  # type: ignore[misc]
    """A keypair that signs a message the same way each time, where sr25519 libraries draw a new nonce: signatures are
    part of block hashes."""

    def __init__(self, pair: Keypair, runtimes: Host) -> None:
        super().__init__(public_key=pair.public_key, private_key=pair.private_key, ss58_format=pair.ss58_format)
        self._runtimes = runtimes

    def sign(self, data: Any) -> bytes:
        """``data``: bytes, 0x hex, or SCALE."""
        if isinstance(data, ScaleBytes):
            data = bytes(data.data)
        elif isinstance(data, str):
            data = bytes.fromhex(data.removeprefix("0x"))
        return self._runtimes.sign_sr25519(self.private_key, data)
