"""Earliest arrival of gossip over directed edges, where messages on one connection stay in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simnet.providers.simulated.links._streams import Ints, Quality

FAR = 1 << 62
"""Later than any arrival, and small enough that costs can be added to it."""


@dataclass(frozen=True, eq=False)
class Edges:
    """Directed edges that carry data, sorted by target, among ``n`` nodes."""

    n: int
    source: Ints
    target: Ints
    quality: Quality
    _rows: dict[int, Row] = field(init=False, default_factory=dict)

    @cached_property
    def starts(self) -> Ints:
        """Where each target's edges begin."""
        return np.flatnonzero(np.diff(self.target, prepend=-1))

    @cached_property
    def targets(self) -> Ints:
        return self.target[self.starts]

    @cached_property
    def flat(self) -> Ints:
        """Positions of the edges in an n x n array."""
        return self.source * self.n + self.target

    def take(self, which: Ints) -> Edges:
        """Some of the edges."""
        return Edges(self.n, self.source[which], self.target[which], self.quality.take(which))

    def row(self, source: int) -> Row:
        """The edges from one node."""
        row = self._rows.get(source)
        if row is None:
            which = np.flatnonzero(self.source == source)
            reached = len(which) == np.count_nonzero(self.targets != source)
            row = self._rows[source] = Row(
                which, self.target[which], self.flat[which], self.quality.take(which), bool(reached and len(which))
            )
        return row


@dataclass(frozen=True, eq=False)
class Row:
    """Edges from one node: ``which`` of all, and whether they lead to every node that any edge leads to."""

    which: Ints
    target: Ints
    flat: Ints
    quality: Quality
    everywhere: bool

    @cached_property
    def places(self) -> list[tuple[int, int]]:
        """Each edge's target, and its position in an n x n array."""
        return list(zip(self.target.tolist(), self.flat.tolist(), strict=True))


class OrderOfMany:
    """Of each directed connection among ``n`` nodes the last message that was sent: when, and when it arrived.

    In arrays; ``sent`` and ``arrived`` are n x n, indexed flat, -FAR where nothing was sent.
    """

    def __init__(self, n: int) -> None:
        self._squares = (np.full((n, n), -FAR), np.full((n, n), -FAR))
        self._sent, self._arrived = (square.reshape(-1) for square in self._squares)

    def one(self, place: int, sent: int, flight: int, sending: int) -> int:
        """:meth:`after` and :meth:`note` of one message over one connection."""
        arrived = sent + flight
        latest = self._sent.item(place) <= sent
        if latest:
            arrived = max(arrived, self._arrived.item(place))
        arrived += sending
        if latest:
            self._sent[place] = sent
            self._arrived[place] = arrived
        return arrived

    def used(self, place: int) -> int:
        """When the last message over a connection arrived; before all times when there was none."""
        return int(self._arrived[place])

    def after(self, flat: Ints, sent: Ints | int, flight: Ints, sending: Ints) -> Ints:
        """Arrivals over connections ``flat`` of messages sent then: each waits for the one before it to be through."""
        waits = np.where(self._sent[flat] <= sent, self._arrived[flat], -FAR)
        return np.maximum(sent + flight, waits) + sending

    def note(self, flat: Ints, sent: Ints | int, arrived: Ints) -> None:
        """Keeps the latest: a message that was computed late but sent before it does not count."""
        latest = self._sent[flat] <= sent
        if not latest.all():
            flat, arrived = flat[latest], arrived[latest]
            sent = sent if isinstance(sent, int) else sent[latest]
        self._sent[flat] = sent
        self._arrived[flat] = arrived

    def forget(self, nodes: Ints | int, others: Ints | slice = slice(None)) -> None:
        """New connections have no memory."""
        for square in self._squares:
            square[nodes, others] = -FAR
            square[others, nodes] = -FAR


class OrderOfFew:
    """:class:`OrderOfMany` in Python's own numbers."""

    def __init__(self, n: int) -> None:
        self._square = np.arange(n * n).reshape(n, n)
        self.last = [(-FAR, -FAR)] * (n * n)
        """Sent and arrived, by place."""

    def one(self, place: int, sent: int, flight: int, sending: int) -> int:
        before, there = self.last[place]
        if before > sent:
            return sent + flight + sending
        arrived = max(sent + flight, there) + sending
        self.last[place] = sent, arrived
        return arrived

    def used(self, place: int) -> int:
        return self.last[place][1]

    def after(self, flat: Ints, sent: Ints | int, flight: Ints, sending: Ints) -> Ints:
        last = np.array([self.last[place] for place in flat.tolist()], dtype=np.int64).reshape(-1, 2)
        waits = np.where(last[:, 0] <= sent, last[:, 1], -FAR)
        return np.maximum(sent + flight, waits) + sending

    def note(self, flat: Ints, sent: Ints | int, arrived: Ints) -> None:
        each = np.broadcast_to(sent, len(flat)).tolist()
        for place, begun, there in zip(flat.tolist(), each, arrived.tolist(), strict=True):
            if self.last[place][0] <= begun:
                self.last[place] = begun, there

    def forget(self, nodes: Ints | int, others: Ints | slice = slice(None)) -> None:
        for place in (*self._square[nodes, others].flat, *self._square[others, nodes].flat):
            self.last[place] = -FAR, -FAR


Order = OrderOfFew | OrderOfMany


def earliest(edges: Edges, order: Order, source: int, at: int, hop: int, flight: Ints, sending: Ints) -> Ints:
    """Arrival at each node by the earliest path, FAR where there is none; ``hop`` before a node forwards.

    ``flight`` and ``sending`` have one value for each edge. Bellman-Ford, all edges at once, until nothing improves:
    as many rounds as the longest earliest path has edges, and one. An edge never carries a later message earlier, so
    the earliest arrival at a node is the best one to go on from.
    """
    known = np.full(edges.n, FAR)
    known[source] = at
    while len(edges.source):
        forwards = known + hop
        forwards[source] = at
        sent = forwards[edges.source]
        arrival = order.after(edges.flat, sent, flight, sending)
        best = known.copy()
        best[edges.targets] = np.minimum(np.minimum.reduceat(arrival, edges.starts), known[edges.targets])
        if (best == known).all():
            used: NDArray[np.bool_] = (arrival == known[edges.target]) & (sent < FAR)
            order.note(edges.flat[used], sent[used], arrival[used])
            break
        known = best
    return known


def at_once(edges: Edges, order: Order, source: int, at: int, hop: int, flight: Ints, sending: Ints) -> Ints | None:
    """As :func:`earliest` when the source reaches every node directly and no relayed path can be earlier, else None.

    ``flight`` and ``sending`` are of the source's own edges.
    """
    row = edges.row(source)
    arrival = order.after(row.flat, at, flight, sending)
    if int(arrival.max()) > int(arrival.min()) + hop + edges.quality.least:
        return None
    order.note(row.flat, at, arrival)
    known = np.full(edges.n, FAR)
    known[row.target] = arrival
    known[source] = at
    return known


def at_once_few(
    edges: Edges, order: OrderOfFew, source: int, at: int, hop: int, flight: list[int], sending: list[int]
) -> Ints | None:
    """:func:`at_once` of few nodes: the same, in Python's own numbers."""
    row, last = edges.row(source), order.last
    arrival: list[int] = []
    for (_, place), way, more in zip(row.places, flight, sending, strict=True):
        sent, before = last[place]
        there = at + way
        arrival.append((before if before > there and sent <= at else there) + more)
    if max(arrival) > min(arrival) + hop + edges.quality.least:
        return None
    known = [FAR] * edges.n
    known[source] = at
    for (target, place), there in zip(row.places, arrival, strict=True):
        known[target] = there
        if last[place][0] <= at:
            last[place] = at, there
    return np.array(known)
