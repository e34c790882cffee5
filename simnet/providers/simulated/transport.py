"""When what a node sends now arrives: gossip, direct messages, requests and their answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simnet.providers.simulated.clock import NEVER
from simnet.providers.simulated.links import Links
from simnet.providers.simulated.processes import Processes


class Transport:
    """The links, asked for now. Sizes are bytes, times nanoseconds of the clock; NEVER is no arrival."""

    def __init__(self, processes: Processes, links: Links) -> None:
        self._clock = processes.clock
        self._nodes = processes.nodes
        self._links = links

    def spread(self, source: int, size: int, hop: int, among: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """Arrival times at all nodes of what a node gossips: small messages to all, or anything among some nodes.
        ``hop`` is how long each node on the way holds it."""
        if among is None:
            return self._links.gossip(source, size, self._clock.now, hop)
        return self._links.spread(source, size, self._clock.now, hop, among=among)

    def direct(self, source: int, target: int, size: int) -> int:
        """When a message from one node to another arrives."""
        return self._clock.now if source == target else self._links.direct(source, target, size, self._clock.now)

    def request(self, source: int, target: int, there: int, back: int) -> int:
        """When the answer to a request to a validator arrives; NEVER when the asking node has just started."""
        now = self._clock.now
        if source == target:
            return now
        return self.ask(source, target, there, back) if now >= self._nodes[source].discovers else NEVER

    def ask(self, source: int, target: int, there: int, back: int) -> int:
        """When the answer to a request to a peer arrives, which needs not to be found first."""
        return self._links.request(source, target, there, back, self._clock.now)

    def carries(self, one: int, two: int) -> bool:
        """Whether two nodes are connected and data flows between them."""
        return self._links.carries(one, two)

    def peers(self, node: int) -> int:
        """How many nodes a node is connected to."""
        return self._links.peers(node)
