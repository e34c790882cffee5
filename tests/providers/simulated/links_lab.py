"""Links of a small network on a virtual clock, for tests."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from simnet.faults import LinkState
from simnet.network.topology import Chain, Node, Topology
from simnet.providers.simulated.clock import NEVER, SECOND, Clock
from simnet.providers.simulated.links import Links

LATENCY = 0.01
CUT = LinkState(cut=True)


def topology(count: int, *, late: Iterable[int] = (), collators: int = 0) -> Topology:
    """``count`` validators n0, n1, ..., and collators of parachain 2000 behind them."""
    absent = list(late)
    nodes = [
        Node(
            name=f"n{index}",
            chain="relay" if index < count else "2000",
            role="validator" if index < count else "collator",
            account=f"//{index}",
            image="i",
            joins_late=index in absent,
        )
        for index in range(count + collators)
    ]
    return Topology(relay=Chain(id="relay"), parachains=(Chain(id="2000"),), nodes=tuple(nodes))


class Lab:
    """``reached`` has (seconds, a, b) of every call of ``on_reach``."""

    def __init__(
        self,
        count: int,
        *,
        seed: int = 1,
        late: Iterable[int] = (),
        collators: int = 0,
        latency: NDArray[np.float64] | None = None,
    ) -> None:
        self.clock = Clock()
        self.reached: list[tuple[float, int, int]] = []
        self.topology = topology(count, late=late, collators=collators)
        total = count + collators
        if latency is None:
            latency = LATENCY * (1 - np.eye(total))
        self.links = Links(
            self.topology,
            latency,
            np.random.Generator(np.random.PCG64(seed)),
            self.clock.at,
            lambda: self.clock.now,
            lambda a, b: self.reached.append((self.clock.now / SECOND, a, b)),
        )

    def run(self, until: float) -> None:
        """Lets time pass until so many seconds after the start."""
        end = round(until * SECOND)
        while self.clock.now < end:
            self.clock.advance(end)

    def listens(self, node: int) -> float:
        """Seconds after the start at which a node listens that was started last."""
        return float(self.links._connections.ready[node]) / SECOND

    def links_are(self, **states: LinkState) -> None:
        """``n0_n1=CUT``: that directed link is cut, all others are clear."""
        self.links.apply({(pair.split("_")[0], pair.split("_")[1]): state for pair, state in states.items()})

    def cut_in_two(self, *side: int) -> None:
        """A partition of some nodes from all others."""
        names = [f"n{index}" for index in side]
        self.links.apply({(a, b): CUT for a, b in self.topology.pairs() if (a in names) != (b in names)})

    def spread(self, source: int, size: int = 100, hop: float = 0.001) -> list[float]:
        """Seconds until gossip arrives that is sent now; infinite where it does not."""
        now = self.clock.now
        arrivals = self.links.spread(source, size, now, round(hop * SECOND))
        return [float("inf") if t == NEVER else (int(t) - now) / SECOND for t in arrivals]

    def direct(self, source: int, target: int, size: int = 100) -> float:
        """Seconds until a message arrives that is sent now; infinite when it does not."""
        now = self.clock.now
        t = self.links.direct(source, target, size, now)
        return float("inf") if t == NEVER else (t - now) / SECOND
