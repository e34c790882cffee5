"""Lines over time for the report's pictures: heads of nodes and how far finality lags, broken where nothing was
seen."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from math import inf
from statistics import median_low
from typing import Literal

from simnet.journal import Evidence, Head, Reader

MOST_LINES = 8
"""Nodes that are drawn one by one, as many as there are colours that people tell apart."""

MOST_POINTS = 2000
"""Points of a line that is drawn as it is: more than twice as many as the picture's width has pixels."""

SAMPLES = 400
"""Points in time at which more nodes than that are summed up."""

Point = tuple[float, float]
Quantity = Literal["best", "finalized", "lag"]


@dataclass(frozen=True)
class Line:
    """A quantity over time, in pieces: between two pieces it was not known. The last point of a piece is where it
    ends."""

    pieces: tuple[tuple[Point, ...], ...]

    def at(self, t: float) -> float | None:
        """The value that held at a time."""
        for piece in self.pieces:
            if piece[0][0] <= t <= piece[-1][0]:
                return piece[bisect_right(piece, t, key=lambda point: point[0]) - 1][1]
        return None

    @property
    def points(self) -> list[Point]:
        return [point for piece in self.pieces for point in piece]

    def thinned(self) -> Line:
        """The line with few enough points to be drawn; of values close in time it keeps the extremes."""
        points = self.points
        if len(points) <= MOST_POINTS:
            return self
        length = (points[-1][0] - points[0][0]) / (MOST_POINTS / 4)
        return Line(tuple(_thinned(piece, length) for piece in self.pieces))


@dataclass(frozen=True)
class NodeLines:
    """Best and finalized height of one node and its finality lag in blocks; of many nodes a sum that ``name`` tells."""

    name: str
    of: dict[Quantity, Line]


def node_lines(evidence: Evidence, chain: str, end: float) -> list[NodeLines]:
    """Lines of each node of a chain; of more than ``MOST_LINES`` nodes the highest, median and lowest value."""
    lines = [_node(evidence, node, end) for node in evidence.nodes(chain)]
    if len(lines) <= MOST_LINES:
        return lines
    times = [end * index / SAMPLES for index in range(SAMPLES + 1)]
    sums: dict[str, Callable[[list[float]], float]] = {"highest": max, "median": median_low, "lowest": min}
    return [
        NodeLines(
            f"{name} of {len(lines)} nodes",
            {what: _summed(times, [one.of[what] for one in lines], pick) for what in lines[0].of},
        )
        for name, pick in sums.items()
    ]


def _node(evidence: Evidence, node: str, end: float) -> NodeLines:
    unseen = _unseen(evidence, node)
    best = _line(evidence.best.get(node, ()), unseen, end)
    finalized = _line(evidence.finalized.get(node, ()), unseen, end)
    return NodeLines(node, {"best": best, "finalized": finalized, "lag": _lag(best, finalized)})


def _lag(best: Line, finalized: Line) -> Line:
    """Best minus finalized height at every change of either."""
    times = sorted({t for t, _ in (*best.points, *finalized.points)})
    heights = [(t, best.at(t), finalized.at(t)) for t in times]
    pieces = (
        tuple((t, high - low) for t, high, low in group if high is not None and low is not None)
        for _, group in groupby(heights, key=lambda one: None in one)
    )
    return Line(tuple(filter(None, pieces)))


def _thinned(piece: tuple[Point, ...], length: float) -> tuple[Point, ...]:
    """Of each stretch of ``length`` seconds the first, lowest, highest and last point, in order."""
    kept: list[Point] = []
    for _, group in groupby(piece, key=lambda point: point[0] // length):
        near = list(group)
        extremes = {near[0], near[-1], min(near, key=lambda point: point[1]), max(near, key=lambda point: point[1])}
        kept += sorted(extremes, key=near.index)
    return tuple(kept)


def _summed(times: list[float], lines: list[Line], pick: Callable[[list[float]], float]) -> Line:
    known = ((t, [value for line in lines if (value := line.at(t)) is not None]) for t in times)
    points = tuple((t, pick(values)) for t, values in known if values)
    return Line((points,) if points else ())


def _unseen(evidence: Evidence, node: str) -> list[tuple[float, float | None]]:
    """Spans in which a node was down, paused or not watched, by start."""
    gaps = evidence.gaps_within(node, 0.0, inf, Reader.HEADS)
    spans: list[tuple[float, float | None]] = [(gap.start, gap.end) for gap in gaps]
    spans += [(down.start, down.end) for down in evidence.downs.get(node, ())]
    return sorted(spans, key=lambda span: span[0])


def _line(heads: Iterable[Head], unseen: list[tuple[float, float | None]], end: float) -> Line:
    """Heads as a line that ends where the node was no longer seen and goes on with its next head after that."""
    pieces: list[tuple[Point, ...]] = []
    current: list[Point] = []
    stops = [start for start, _ in unseen]
    for head in heads:
        if current:
            stop = next((t for t in stops if current[-1][0] <= t <= head.t), None)
            if stop is not None:
                pieces.append((*current, (stop, current[-1][1])))
                current = []
        if head.t <= end:
            current.append((head.t, float(head.height)))
    if current:
        stop = next((t for t in stops if t >= current[-1][0]), end)
        pieces.append((*current, (max(stop, current[-1][0]), current[-1][1])))
    return Line(tuple(pieces))
