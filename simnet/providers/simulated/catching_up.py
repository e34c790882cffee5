"""What two nodes tell each other when they connect, and now and then after: blocks, approvals, disputes, finality."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simnet.network.topology import RELAY
from simnet.providers.simulated.clock import NEVER, SECOND
from simnet.providers.simulated.consensus.grandpa import NEIGHBOR_PERIOD

if TYPE_CHECKING:
    from simnet.providers.simulated.simulation import Simulation

_HANDSHAKE = 2000
"""Bytes on the wire until a node knows where the other stands, roughly."""

_TRIES = 3
"""How often a node asks again, a second apart, for a finalized block that it does not have yet."""


class CatchingUp:
    """The exchange between all pairs of nodes."""

    def __init__(self, simulation: Simulation) -> None:
        self._sim = simulation

    def begin(self) -> None:
        """Schedules the next neighbour packets."""
        self._sim.clock.at(self._sim.clock.now + NEIGHBOR_PERIOD, self._neighbors)

    def reached(self, one: int, two: int) -> None:
        """Two nodes can exchange data again: each learns what it lacks, blocks first."""
        self._catch_up(one, two)
        self._catch_up(two, one)

    def _neighbors(self) -> None:
        """Whoever missed something learns of it. What nobody needs any more goes."""
        sim = self._sim
        sim.prune()
        for one in sim.nodes:
            for two in sim.nodes[one.index + 1 :]:
                if sim.links.carries(one.index, two.index):
                    self.reached(one.index, two.index)
        self.begin()

    def _catch_up(self, source: int, receiver: int) -> None:
        sim = self._sim
        a, b = sim.nodes[source], sim.nodes[receiver]
        if a.process != "running" or b.process == "down":
            return
        sim.propagation[RELAY].sync(source, receiver)
        if a.spec.chain == b.spec.chain != RELAY:
            sim.propagation[a.spec.chain].sync(source, receiver)
        arrival = sim.direct(source, receiver, _HANDSHAKE)
        if arrival == NEVER:
            return

        def learn() -> None:
            self._learn_finality(source, receiver, _TRIES)

        sim.when(receiver, max(arrival, sim.clock.now + SECOND // 10), learn)
        sim.when(receiver, arrival, lambda: sim.pools.share(a, b))

    def _learn_finality(self, source: int, receiver: int, tries: int) -> None:
        sim = self._sim
        if not sim.nodes[receiver].ready:
            again = sim.clock.now + SECOND // 2
            sim.when(receiver, again, lambda: self._learn_finality(source, receiver, tries))
            return
        if not (sim.runs(source) and sim.runs(receiver) and sim.links.carries(source, receiver)):
            return
        sim.approvals.exchange(source, receiver)
        sim.disputes.exchange(source, receiver)
        sim.grandpa.exchange(source, receiver)
        if tries and sim.nodes[source].relay.finalized not in sim.nodes[receiver].relay:
            again = sim.clock.now + SECOND
            sim.when(receiver, again, lambda: self._learn_finality(source, receiver, tries - 1))
