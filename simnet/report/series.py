"""Lines over time for the report's pictures: heads of nodes and how far finality lags, broken where nothing was
seen."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median_low

from simnet.journal import Evidence, Head

MOST_LINES = 8
"""Nodes that are drawn one by one, as many as there are colours that people tell apart."""

SAMPLES = 400
"""Points in time at which more nodes than that are summed up."""

Point = tuple[float, float]
Span = tuple[float, float]


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


@dataclass(frozen=True)
class NodeLines:
    """Best and finalized height of one node, or of many as a sum: then ``name`` says which."""

    name: str
    best: Line
    finalized: Line


def node_lines(evidence: Evidence, chain: str, end: float) -> list[NodeLines]:
    """Lines of each node of a chain; with more than ``MOST_LINES`` nodes the highest, median and lowest of all
    instead."""
    nodes = evidence.nodes(chain)
    lines = [
        NodeLines(
            node,
            _line(evidence.best.get(node, ()), _unseen(evidence, node), end),
            _line(evidence.finalized.get(node, ()), _unseen(evidence, node), end),
        )
        for node in nodes
    ]
    if len(lines) <= MOST_LINES:
        return lines
    times = [end * index / SAMPLES for index in range(SAMPLES + 1)]
    sums: tuple[tuple[str, Callable[[list[float]], float]], ...] = (
        ("highest", max),
        ("median", median_low),
        ("lowest", min),
    )
    best, finalized = ([_known(line.at(t) for line in group) for t in times] for group in _transposed(lines))
    return [
        NodeLines(f"{name} of {len(nodes)} nodes", _summed(times, best, pick), _summed(times, finalized, pick))
        for name, pick in sums
    ]


def lag(lines: NodeLines) -> Line:
    """Best minus finalized height, in blocks, at every change of either."""
    times = sorted({t for t, _ in (*lines.best.points, *lines.finalized.points)})
    pieces: list[tuple[Point, ...]] = []
    current: list[Point] = []
    for t in times:
        best, final = lines.best.at(t), lines.finalized.at(t)
        if best is not None and final is not None:
            current.append((t, best - final))
        elif current:
            pieces.append(tuple(current))
            current = []
    return Line((*pieces, tuple(current)) if current else tuple(pieces))


def _transposed(lines: list[NodeLines]) -> tuple[list[Line], list[Line]]:
    return [one.best for one in lines], [one.finalized for one in lines]


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _summed(times: list[float], values: list[list[float]], pick: Callable[[list[float]], float]) -> Line:
    points = [(t, pick(known)) for t, known in zip(times, values, strict=True) if known]
    return Line((tuple(points),) if points else ())


def _unseen(evidence: Evidence, node: str) -> list[tuple[float, float | None]]:
    """Spans in which a node was down, paused or not watched, by start."""
    spans: list[tuple[float, float | None]] = [(gap.start, gap.end) for gap in evidence.gaps if gap.observer == node]
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
