"""A simulated network put together: nodes, chains and links on one virtual clock, and the protocols between nodes.

Everything that happens is an action on the clock. Blocks and signatures are made by the chains' own runtimes and keys.
Each part gets those that it needs, by name; here they are made, in the order in which they need each other, and here
nodes' processes start and end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simnet.errors import FaultError
from simnet.network.topology import RELAY, Topology
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.authoring import Authoring
from simnet.providers.simulated.block_writes import BlockWrites
from simnet.providers.simulated.candidates import Candidate
from simnet.providers.simulated.catching_up import CatchingUp
from simnet.providers.simulated.clock import Clock
from simnet.providers.simulated.code_caches import CodeCaches
from simnet.providers.simulated.collating import Collating
from simnet.providers.simulated.collators import Parachains
from simnet.providers.simulated.consensus.approval import Approvals
from simnet.providers.simulated.consensus.availability import Availability
from simnet.providers.simulated.consensus.backing import Backing
from simnet.providers.simulated.consensus.backoff import max_interval
from simnet.providers.simulated.consensus.block_sync import BlockSync
from simnet.providers.simulated.consensus.disputants import Disputants
from simnet.providers.simulated.consensus.disputes import DisputeCoordinators
from simnet.providers.simulated.consensus.offence_reports import Reports
from simnet.providers.simulated.consensus.pools import Pools
from simnet.providers.simulated.consensus.pov_recovery import PovRecovery
from simnet.providers.simulated.consensus.pre_checking import PreChecking
from simnet.providers.simulated.consensus.propagation import Propagation
from simnet.providers.simulated.consensus.signature_checks import SignatureChecks
from simnet.providers.simulated.consensus.voting_rule import VotingRule
from simnet.providers.simulated.consensus.warp_sync import WarpSync
from simnet.providers.simulated.defects import Defect, grandpa_with, spoiling
from simnet.providers.simulated.keyring import Keyring
from simnet.providers.simulated.ledger import ExecutedBlock, Ledger
from simnet.providers.simulated.links import Links, latency_matrix
from simnet.providers.simulated.misdeeds import Misdeeds
from simnet.providers.simulated.nodes import DatabaseCopy, SimulatedNode
from simnet.providers.simulated.observer import Observer
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.protocols import NodeProtocol
from simnet.providers.simulated.pvf import Validator
from simnet.providers.simulated.randomness import Streams
from simnet.providers.simulated.relay_clients import RelayClients
from simnet.providers.simulated.runtime_overrides import RuntimeOverrides
from simnet.providers.simulated.times import DISCOVERY, START, START_COLLATOR, Times
from simnet.providers.simulated.transport import Transport
from simnet.providers.simulated.validation import Validation
from simnet.providers.simulated.view import View
from simnet.providers.simulated.wall_time import WallTime
from simnet.runtime.genesis import Genesis
from simnet.runtime.host import Host

_KEPT = 64
"""Relay blocks below the lowest finalized one whose candidates and bitfields are kept."""


@dataclass(eq=False)
class Simulation:
    """A network in one process. Times are nanoseconds of ``clock``; ``epoch`` is the Unix time at its zero."""

    topology: Topology
    genesis: Mapping[str, Genesis]
    runtimes: Host
    streams: Streams
    observer: Observer
    epoch: int
    clock: Clock
    defects: tuple[Defect, ...]

    def __post_init__(self) -> None:
        clock, streams = self.clock, self.streams
        self.chain_ids = {chain: one.id for chain, one in self.genesis.items()}
        self.ledgers = {
            chain: Ledger(ExecutedBlock(one.header, None, (), one.state, one.runtime))
            for chain, one in self.genesis.items()
        }
        self.nodes = [
            SimulatedNode(index, spec, View(self.ledgers[RELAY].genesis), self._para_genesis(spec.chain))
            for index, spec in enumerate(self.topology.nodes)
        ]
        self.by_name = {node.name: node for node in self.nodes}
        self.processes = Processes(clock, self.nodes)
        self.misdeeds = Misdeeds(clock, self.nodes)
        self.keys = Keyring(self.nodes, self.runtimes)
        self.wall = WallTime(clock, self.epoch)
        self.validator = Validator()
        self.candidates: dict[bytes, Candidate] = {}
        self._times, preparing = Times(streams.arrays("times")), Times(streams.arrays("preparing"))
        self.validation = Validation(
            self.processes, self.validator, self._times, preparing, self.observer, self.misdeeds
        )
        self.compiled = CodeCaches(self.processes, Times(streams.arrays("compiling")))
        self.writes = BlockWrites()
        self.overrides = RuntimeOverrides(self.runtimes, self.writes)
        self.links = Links(
            self.topology,
            latency_matrix(self.topology),
            streams.arrays("links"),
            clock.at,
            lambda: clock.now,
            lambda one, two: self._catching_up.reached(one, two),  # noqa: PLW0108 - made below
        )
        self.transport = Transport(self.processes, self.links)
        self._members = {chain: np.array([node.spec.chain == chain for node in self.nodes]) for chain in self.ledgers}
        self.pools = Pools(self.processes, self.transport, self._members)
        self._propagation: dict[str, Propagation] = {}
        self._protocols: list[NodeProtocol] = []
        self._make_protocols()
        self.syncs = {chain: self._sync(one) for chain, one in self._propagation.items()}
        self._warps = WarpSync(
            self.processes, self.transport, Times(streams.arrays("warp")), self.grandpa, self.syncs[RELAY],
            self.observer,
        )  # fmt: skip
        self._catching_up = CatchingUp(
            self.processes, self.transport, self.pools, self.syncs, self._warps, self._protocols, self._prune
        )
        self._authoring = Authoring(
            self.processes, self.transport, self.wall, self._times, self.runtimes, self.keys, self.misdeeds, self.pools,
            self.availability, self.backing, self.disputes, self._propagation[RELAY], self.observer,
            self.compiled, self.overrides, max_interval(self.chain_ids[RELAY]), self.writes, spoiling(self.defects),
        )  # fmt: skip

    def _make_protocols(self) -> None:
        """Puts the protocols between nodes together. They are told what happens in the order of the list."""
        processes, transport, keys, observer, streams = (
            self.processes, self.transport, self.keys, self.observer, self.streams,
        )  # fmt: skip
        common = processes, transport, keys, self.misdeeds
        self.availability = Availability(*common, self.candidates)
        self.backing = Backing(*common, self.validation, self.availability, self.candidates)
        recovery = PovRecovery(
            processes, self.availability, self.candidates, self.ledgers, self._propagation,
            streams.stream("pov-recovery"), Times(streams.arrays("pov-recovery")), observer,
        )  # fmt: skip
        collating = Collating(
            processes, self.wall, self._times, keys, self.misdeeds, self.pools, self.backing, self.validator,
            self._propagation, observer, self.compiled, self.overrides,
        )  # fmt: skip
        parachains = Parachains(processes, self.pools, recovery, self.ledgers, collating, observer, self.compiled)
        clients = RelayClients(
            self.nodes,
            self.candidates,
            self.pools,
            parachains,
            self.validator,
            observer,
            self.compiled,
            self._protocols,
        )
        self.disputes = DisputeCoordinators(
            *common, self.validation, self.availability, clients.revert, observer,
            lambda node, candidate: self.approvals.sent_to(node, candidate),  # noqa: PLW0108 - made below
        )  # fmt: skip
        self.approvals = Approvals(
            *common, self.validation, self.availability, self.disputes, self.candidates, self.wall, observer
        )
        disputants = Disputants(*common, self.disputes, self.candidates)
        checking = PreChecking(processes, keys, self.pools, self.validation, self.runtimes)
        reports = Reports(processes, keys, self.pools, self.disputes, self.wall, observer)
        first, rule = self.ledgers[RELAY].genesis, VotingRule(self.approvals, self.disputes)
        self.grandpa = grandpa_with(self.defects)(
            processes, transport, self.misdeeds, rule, reports, clients.finalized, first,
            relay_state.authorities(first), keys, streams.stream("grandpa"),
        )  # fmt: skip
        self._protocols += [
            self.availability, self.disputes, self.approvals, reports, self.backing, self.grandpa, checking, recovery,
            disputants, SignatureChecks(processes),
        ]  # fmt: skip
        for chain, ledger in self.ledgers.items():
            relay = chain == RELAY
            self._propagation[chain] = Propagation(
                chain, processes, transport, self._times, self._followers(chain), ledger,
                processes.view if relay else processes.para_view, clients.imported if relay else parachains.imported,
                lambda node, block, chain=chain: self.syncs[chain].learn(node, block),  # type: ignore[misc]
                self.compiled, self.overrides,
                *([self.grandpa.refused] if relay else []),
            )  # fmt: skip

    def _followers(self, chain: str) -> NDArray[np.bool_]:
        """Which nodes have blocks of a chain: all of the relay chain's."""
        return np.ones(len(self.nodes), dtype=np.bool_) if chain == RELAY else self._members[chain]

    def _sync(self, propagation: Propagation) -> BlockSync:
        chain = propagation.chain
        return BlockSync(
            self.processes, self.transport, Times(self.streams.arrays(f"sync {chain}")), self._followers(chain),
            propagation, self.observer,
            self.grandpa.justified if chain == RELAY else lambda *_: None,
            lambda node: self._catching_up.caught_up(node),  # noqa: PLW0108 - made later
            lambda node: chain == RELAY and self._warps.holds(node),
        )  # fmt: skip

    def begin(self) -> None:
        """Schedules the slots."""
        self._authoring.begin()
        self._catching_up.begin()

    def start(self, node: SimulatedNode, ready: Callable[[], None], *, launch: bool = False) -> None:
        """Starts a process over the node's database; ``ready`` is called when its RPC answers. It looks for peers
        from then on: what comes before is compiling the runtime. At the ``launch`` of the network there is nothing to
        sync."""
        self.processes.revive(node)
        self.links.set_process(node.index, False)
        node.began = node.own.best.number
        self.validation.started(node.index)
        self.overrides.started(node.index, [*node.relay.open, *(node.para.open if node.para is not None else ())])
        self.compiled.started(node.index)

        def up() -> None:
            node.ready = True
            node.discovers = self.clock.now + DISCOVERY
            self.links.set_process(node.index, True)
            ready()
            for protocol in self._protocols:
                protocol.started(node.index)
            if node.spec.sync == "warp" and not launch:
                self._warps.begin(node.index)

        takes = START if node.spec.chain == RELAY else START_COLLATOR
        self.processes.work(node.index, self.clock.now, self._times.one(takes), up)

    def end(self, node: SimulatedNode) -> None:
        """Ends a node's process."""
        self.processes.kill(node)
        self.links.set_process(node.index, False)
        for protocol in self._protocols:
            protocol.ended(node.index)
        for chain, propagation in self._propagation.items():
            propagation.ended(node.index)
            self.syncs[chain].ended(node.index)
        self._warps.ended(node.index)

    def wipe(self, node: SimulatedNode) -> None:
        """Empties the database of a node that is down."""
        node.incarnation += 1
        node.relay = View(self.ledgers[RELAY].genesis)
        node.para = self._para_genesis(node.spec.chain)
        self.keys.wiped(node.index)
        for protocol in self._protocols:
            protocol.wiped(node.index)

    def keep(self, node: SimulatedNode) -> None:
        """Copies the database of a node that is down."""
        para = node.para.copy() if node.para is not None else None
        protocols = tuple(one.saved(node.index) for one in self._protocols)
        node.kept = DatabaseCopy(node.relay.copy(), para, self.keys.saved(node.index), protocols)

    def restore(self, node: SimulatedNode) -> None:
        """Puts the copy in the place of the database of a node that is down; raises :class:`FaultError` without one."""
        if node.kept is None:
            raise FaultError(f"no snapshot of {node.name} was taken; take one before it is restored")
        kept = node.kept
        node.incarnation += 1
        node.relay = kept.relay.copy()
        node.para = kept.para.copy() if kept.para is not None else None
        self.keys.restored(node.index, kept.keystore)
        for protocol, saved in zip(self._protocols, kept.protocols, strict=True):
            protocol.restored(node.index, saved)

    def pause(self, node: SimulatedNode) -> None:
        """Freezes a process: its connections stay, data waits in its kernel."""
        self.processes.freeze(node)
        self.links.set_process(node.index, True, frozen=True)

    def resume(self, node: SimulatedNode) -> None:
        """Lets a frozen process go on."""
        self.processes.thaw(node)
        self.links.set_process(node.index, True)
        for protocol in self._protocols:
            protocol.thawed(node.index)

    def _para_genesis(self, chain: str) -> View | None:
        return None if chain == RELAY else View(self.ledgers[chain].genesis)

    def _prune(self) -> None:
        """Forgets what no node needs any more."""
        lowest = min(node.relay.finalized.number for node in self.nodes) - _KEPT
        if lowest > 0:
            for protocol in self._protocols:
                protocol.prune(lowest)
