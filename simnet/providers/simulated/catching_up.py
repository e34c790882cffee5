"""What two nodes tell each other when they connect, and now and then after: blocks, approvals, disputes, finality."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from simnet.network.topology import RELAY
from simnet.providers.simulated.clock import NEVER, SECOND
from simnet.providers.simulated.consensus.block_sync import BlockSync
from simnet.providers.simulated.consensus.grandpa import NEIGHBOR_PERIOD
from simnet.providers.simulated.consensus.pools import Pools
from simnet.providers.simulated.consensus.warp_sync import WarpSync
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.protocols import NodeProtocol
from simnet.providers.simulated.transport import Transport

_HANDSHAKE = 2000
"""Bytes on the wire until a node knows where the other stands, roughly."""

_TRIES = 3
"""How often a node asks again, a second apart, for a finalized block that it does not have yet."""


@dataclass(eq=False)
class CatchingUp:
    """The exchange between all pairs of nodes; ``prune`` is called before each round of neighbour packets."""

    processes: Processes
    transport: Transport
    pools: Pools
    syncs: Mapping[str, BlockSync]
    warps: WarpSync
    protocols: Sequence[NodeProtocol]
    prune: Callable[[], None]

    def begin(self) -> None:
        """Schedules the next neighbour packets."""
        self.processes.clock.at(self.processes.clock.now + NEIGHBOR_PERIOD, self._neighbors)

    def reached(self, one: int, two: int) -> None:
        """Two nodes can exchange data again: each learns what it lacks, blocks first."""
        self._catch_up(one, two)
        self._catch_up(two, one)

    def caught_up(self, node: int) -> None:
        """A node has the blocks of its peers: it learns the rest from them, and they what they lack from it."""
        for peer in self.syncs[RELAY].peers(node):
            self.reached(peer, node)

    def _neighbors(self) -> None:
        """Whoever missed something learns of it. What nobody needs any more goes."""
        self.prune()
        for one in self.processes.nodes:
            for two in self.processes.nodes[one.index + 1 :]:
                if self.transport.carries(one.index, two.index):
                    self.reached(one.index, two.index)
        self.begin()

    def _catch_up(self, source: int, receiver: int) -> None:
        a, b = self.processes.nodes[source], self.processes.nodes[receiver]
        if a.process != "running" or b.process == "down":
            return
        self.warps.reached(receiver)
        self.syncs[RELAY].reached(source, receiver)
        if a.spec.chain == b.spec.chain != RELAY:
            self.syncs[a.spec.chain].reached(source, receiver)
        arrival = self.transport.direct(source, receiver, _HANDSHAKE)
        if arrival == NEVER:
            return
        soon = max(arrival, self.processes.clock.now + SECOND // 10)
        self.processes.when(receiver, soon, lambda: self._learn_finality(source, receiver, _TRIES))
        self.processes.when(receiver, arrival, lambda: self.pools.share(a, b))

    def _learn_finality(self, source: int, receiver: int, tries: int) -> None:
        processes = self.processes
        if not processes.nodes[receiver].ready:
            again = processes.clock.now + SECOND // 2
            processes.when(receiver, again, lambda: self._learn_finality(source, receiver, tries))
            return
        if not (processes.runs(source) and processes.runs(receiver) and self.transport.carries(source, receiver)):
            return
        for protocol in self.protocols:
            protocol.exchange(source, receiver)
        if tries and processes.view(source).finalized not in processes.view(receiver):
            again = processes.clock.now + SECOND
            processes.when(receiver, again, lambda: self._learn_finality(source, receiver, tries - 1))
