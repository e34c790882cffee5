"""A network in memory, on a virtual clock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from simnet.codec import storage_prefix, u32, u64, vec
from simnet.errors import RpcError
from simnet.faults import Cycle, Effective, Process, differences
from simnet.journal.records import (
    ActTally,
    NetworkLaunched,
    NodeDown,
    NodePaused,
    NodeReady,
    NodeResumed,
    NodeUp,
    Reading,
)
from simnet.network.accounts import keys, stash
from simnet.network.topology import Topology
from simnet.providers.base import Launch, Plan
from simnet.providers.cycles import EXIT_KILLED, Copy, Life
from simnet.providers.network import Network
from simnet.providers.readings import act_reading
from simnet.testing._mail import Mail, ToyMessenger
from simnet.testing._toy_chains import ToyChains
from simnet.testing._toy_metadata import toy_metadata

SLOT = 6.0
"""Seconds between blocks."""

_LEAST = 1e-6
"""Seconds by which time passes at least, so that rounding cannot stop it."""


class ToyNetwork(Network):
    """A toy: chains that grow every 6 s and finalize two blocks behind, nodes that are words in a list.

    Finality stands still where no connected group has n - f validators. Delay, loss and rate change nothing, byzantine
    toys find no occasion for their acts, faults take hold at once, and no wait takes real time. All follows from
    topology, seed and what is done to it.
    """

    def __init__(self, plan: Plan, launch: Launch, *, weak: Collection[str] = ()) -> None:
        super().__init__(plan.topology, launch.journal, launch.run_dir, plan.seed, plan.links)
        self.run = launch.run
        self.closed = False
        self.applied: Effective = self.state()
        """The state that the toy is in: what the last reconciliation brought it to."""
        self._weak = weak
        self._t = 0.0
        self._slot = 1
        self._down: set[str] = set()
        """Nodes that are down other than by a fault that lasts: crashed, or just being restarted."""
        self._images = {node.name: node.image for node in plan.topology.nodes}
        self.journal.run_on(lambda: self._t)
        mail = Mail()
        self.messenger = ToyMessenger(self, mail)
        self._chains = ToyChains(plan.topology, launch.journal, plan.seed, mail)
        self.journal.append(
            NetworkLaunched(
                relay=plan.topology.relay,
                parachains=plan.topology.parachains,
                nodes=plan.topology.nodes,
                channels=plan.topology.channels,
                images={},
                runtimes={},
            )
        )
        for node in plan.topology.present:
            self._up(node, "launch")

    # -- what only a toy has --------------------------------------------------------------------------------------

    def crash(self, node: str) -> None:
        """Ends a node's process as if by itself. It stays down."""
        self._down.add(self.topology.node(node).name)
        self._end(node, intended=False, exit_code=139, log_tail=["a toy was asked to crash"])

    # -- Network --------------------------------------------------------------------------------------------------

    def now(self) -> float:
        return self.journal.clock()

    def idle(self, until: float) -> None:
        self._t += max(_LEAST, min(until - self.now(), self._slot * SLOT - self._t))
        if self._t >= self._slot * SLOT:
            self._chains.slot(self._slot, self._groups())
            self._slot += 1

    def _groups(self) -> Sequence[Sequence[str]]:
        away = self._down | self.absent
        groups = ([name for name in group if name not in away] for group in self.applied.components())
        return [group for group in groups if group]

    def rpc(self, node: str) -> ToyRpc:
        if node in self._down | self.absent or self.applied.nodes[node] != "running":
            raise RpcError(f"{node} does not run")
        return ToyRpc(node, self.topology, self._chains.session)

    def watch(self, chain: str, extrinsic: str, *, busy: bool = False) -> None:
        """Nothing to do: a toy journals everything."""

    def reconcile(self, before: Effective, after: Effective) -> None:
        for name, process in differences(before, after).nodes.items():
            if name not in self.absent | self._down:
                self._bring(name, before.nodes[name], process)
        self.applied = after

    def _bring(self, name: str, before: Process, after: Process) -> None:
        if after in ("stopped", "killed"):
            if before in ("running", "paused"):
                self._end(name, intended=True, exit_code=0 if after == "stopped" else EXIT_KILLED)
            return
        if before in ("stopped", "killed"):
            self._up(name, "healed")
        if after == "paused":
            self._chains.note(NodePaused(), name)
        elif before == "paused":
            self._chains.note(NodeResumed(), name)
            self._ready(name)

    def measure(self, concerned: Effective, since: float, until: float) -> list[Reading]:
        wanted = self.state()
        holds = not any(one.active and one.fault.kind in self._weak for one in self.injections)
        of_nodes = [(name, wanted.nodes[name], self.applied.nodes[name]) for name in concerned.nodes]
        of_links = [(f"{a}>{b}", wanted.links[a, b], self.applied.links[a, b]) for a, b in concerned.links]
        readings = [
            Reading(what=what, asked=str(asked), seen=str(seen), holds=holds and asked == seen)
            for what, asked, seen in (*of_nodes, *of_links)
        ]
        idle = [ActTally(name, act, occasions=0, used=0) for name, acts in concerned.acts.items() for act in acts]
        return readings + [act_reading(tally, as_asked=holds) for tally in idle]

    def cycle(self, nodes: Sequence[str], cycle: Cycle, reason: str) -> None:
        for node in nodes:
            self._down.add(node)
            self._end(node, intended=True, exit_code=EXIT_KILLED if cycle.kill else 0)
            if cycle.new_incarnation:
                self._chains.incarnations[node] += 1
            if cycle.database == "emptied":
                self._chains.reset(node)
            elif cycle.database == "put back":
                self._chains.restore(node)
            elif cycle.database == "copied":
                self._chains.keep(node)
            self._images[node] = cycle.image or self._images[node]
        self.wait(cycle.down_for)
        for node in nodes:
            self._down.discard(node)
            self._up(node, reason)

    def life(self, node: str) -> Life:
        ups = [record for record in self.evidence.of(NodeUp) if record.observer == node]
        return Life(
            str(len(ups)),
            self._chains.incarnations[node],
            self._chains.views[node].best.height,
            image=self._images[node],
            version=self._version(node),
        )

    def copy(self, node: str) -> Copy | None:
        kept = self._chains.copies.get(node)
        return None if kept is None else Copy(kept.best.height)

    def join(self, node: str) -> None:
        self._up(node, "joins late")

    def _up(self, node: str, reason: str) -> None:
        spec = self.topology.node(node)
        self._chains.note(NodeUp(image=self._images[node], flags=list(spec.flags), reason=reason), node)
        self._ready(node)

    def _ready(self, node: str) -> None:
        self._chains.views[node].peers = None
        self._chains.note(NodeReady(version=self._version(node)), node)

    def _version(self, node: str) -> str:
        """A toy says that it is of the release by which its image is tagged."""
        return self._images[node].rpartition(":")[2].removeprefix("v")

    def _end(self, node: str, *, intended: bool, exit_code: int, log_tail: Sequence[str] = ()) -> None:
        down = NodeDown(intended=intended, exit_code=exit_code, oom_killed=False, log_tail=list(log_tail))
        self._chains.note(down, node)

    def settle(self) -> None:
        super().settle()
        for group in self._groups():
            self._chains.tell_peers(group, again=True)

    def close(self) -> None:
        self.closed = True


@dataclass(frozen=True)
class ToyRpc:
    """Answers what the barrier asks: keys of open HRMP channels, and the state that says who has the seats. Refuses the
    rest."""

    node: str
    topology: Topology
    session: int

    def call(self, method: str, params: Sequence[Any] = (), timeout: float = 0.0) -> Any:
        if method == "state_getKeysPaged":
            return [f"0x{number:02x}" for number in range(len(self.topology.channels))]
        if method == "state_getMetadata":
            return "0x" + toy_metadata().hex()
        if method == "state_queryStorageAt":
            wanted, at = params
            return [{"block": at, "changes": [[key, self._seats().get(key)] for key in wanted]}]
        raise RpcError(f"{self.node} is a toy, which does not answer {method}")

    def _seats(self) -> dict[str, str]:
        """Every validator that the network lists has one."""
        accounts = [node.account for node in self.topology.validators]
        values = {
            ("Session", "CurrentIndex"): u32(self.session),
            ("Session", "Validators"): vec(stash(account).sr25519 for account in accounts),
            ("Babe", "Authorities"): vec(keys(account).sr25519 + u64(1) for account in accounts),
        }
        return {"0x" + storage_prefix(*item).hex(): "0x" + value.hex() for item, value in values.items()}

    def close(self) -> None:
        """Nothing is open."""
