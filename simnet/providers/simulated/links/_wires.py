"""The links as faults want them: what is cut, and the quality of any directed links."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from simnet.faults import CLEAR, LinkState
from simnet.network.topology import Topology
from simnet.providers.simulated.clock import SECOND
from simnet.providers.simulated.links._streams import (
    BASE_JITTER,
    BASE_JITTER_MIN,
    DEFAULT_RATE,
    MATHIS,
    REORDER_COST,
    RTO_MIN,
    SEGMENT,
    Floats,
    Ints,
    Quality,
)

DEAD_LOSS = 0.99
"""A link that loses this share or more is taken as cut: no connection survives it."""

LATENCY = 0.0005
"""Seconds one way between any two nodes: about what machines of one data centre see. Regions add nothing: the Docker
provider runs all on one host, and both providers should agree on what a scenario leaves out."""


def latency_matrix(topology: Topology) -> Floats:
    """Seconds one way from each node to each other, n x n in the order of ``topology.nodes``."""
    return LATENCY * (1 - np.eye(len(topology.nodes)))


class Wires:
    """Directed links by node index, which ``places`` has by name. ``cut`` is n x n: whether packets from row to column
    are lost.

    A link's state is kept as a number, since few different ones are in use at a time.
    """

    def __init__(self, topology: Topology, latency: Floats) -> None:
        self.places = {node.name: index for index, node in enumerate(topology.nodes)}
        self._latency = latency * SECOND
        self.apply({})

    def apply(self, links: Mapping[tuple[str, str], LinkState]) -> None:
        """Makes every link as ``links`` says, those that it does not name clear."""
        states = {CLEAR: 0}
        number = np.zeros(self._latency.shape, dtype=np.int32)
        for (source, target), state in links.items():
            if state is not CLEAR:
                number[self.places[source], self.places[target]] = states.setdefault(state, len(states))
        self._number = number
        self._delay = SECOND * np.array([state.delay for state in states])
        self._jitter = SECOND * np.array([state.jitter for state in states])
        self._loss = np.array([state.loss for state in states])
        slower = np.array([1 - REORDER_COST * state.reorder for state in states])
        self._rate = slower * np.array([state.rate or DEFAULT_RATE for state in states])
        dead = np.array([state.cut or state.loss >= DEAD_LOSS for state in states])
        self.cut: NDArray[np.bool_] = dead[number]
        self.plain = all(state.cut or state.clear for state in states)
        """Whether every link is either as its latency says or cut."""

    def round_trip(self, a: Ints, b: Ints) -> Floats:
        """Nanoseconds there and back without jitter."""
        there, back = self._delay[self._number[a, b]], self._delay[self._number[b, a]]
        out: Floats = self._latency[a, b] + self._latency[b, a] + there + back
        return out

    def timeout(self, a: Ints, b: Ints) -> Floats:
        """The first retransmission timeout: the round trip and four mean deviations of it, at least RTO_MIN."""
        jitter = self._jitter[self._number[a, b]] + self._jitter[self._number[b, a]]
        out: Floats = self.round_trip(a, b) + np.maximum(RTO_MIN, 2 * jitter)
        return out

    def exchange(self, a: int, b: int, size: int) -> int:
        """Nanoseconds of a way there and back with ``size`` bytes in all, where links are as their latency says."""
        return int(self._latency[a, b] + self._latency[b, a] + size * 8 * SECOND / DEFAULT_RATE)

    def quality(self, source: Ints, target: Ints) -> Quality:
        """Links from each of ``source`` to the one of ``target`` in the same position."""
        number, latency = self._number[source, target], self._latency[source, target]
        jitter, loss = self._jitter[number], self._loss[number]
        propagation = latency + self._delay[number]
        rtt = self.round_trip(source, target)
        per_byte = 8 * SECOND / self._rate[number]
        low = np.maximum(propagation - jitter, 0.0)
        queues = np.maximum(BASE_JITTER * latency, BASE_JITTER_MIN)
        return Quality(
            low=low,
            span=propagation + jitter + queues - low,
            per_byte=per_byte,
            beyond=np.maximum(rtt * np.sqrt(loss) / (MATHIS * SEGMENT) - per_byte, 0.0),
            loss=loss,
            rtt=rtt,
            rto=self.timeout(source, target),
        )
