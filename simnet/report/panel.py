"""What a picture in the report is made of: marks in SVG user units, and the scales that place them.

All panels share one time axis, so a moment stands at the same place in each. Marks that only zoom along that axis are
shapes; marks that keep their size (texts and glyphs) are labels, which the page moves.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from simnet.report.series import Line

WIDTH, LEFT, RIGHT = 1200.0, 118.0, 30.0
"""Width of every panel, and its margins left and right of the time axis."""

_AXIS = 22.0
"""Height below the plot for the time axis' numbers."""


@dataclass(frozen=True)
class Shape:
    """A path or rectangle with a style class and a text for those who point at it."""

    d: str
    css: str
    title: str = ""


@dataclass(frozen=True)
class Label:
    """A text that keeps its shape when the time axis zooms; it stands ``dx`` beside ``x`` at every zoom."""

    x: float
    y: float
    text: str
    css: str = ""
    title: str = ""
    dx: float = 0.0


@dataclass(frozen=True)
class Legend:
    """One entry: a sample of a style (``line``, ``dot`` or ``area``) and what it means."""

    shape: str
    css: str
    text: str


@dataclass
class Panel:
    """One picture. ``top`` and ``bottom`` bound its plot; ``ticks`` are (y, text) of its own axis, with lines if
    ``ruled``."""

    id: str
    title: str
    bottom: float
    unit: str = ""
    top: float = 8.0
    ticks: list[tuple[float, str]] = field(default_factory=list)
    ruled: bool = True
    shapes: list[Shape] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    legend: list[Legend] = field(default_factory=list)
    note: str = ""

    @property
    def height(self) -> float:
        return self.bottom + _AXIS


@dataclass(frozen=True)
class TimeAxis:
    """Seconds since the run began, placed between the margins."""

    end: float

    def x(self, t: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * t / self.end, 2)

    def ticks(self) -> list[tuple[float, str]]:
        """(x, text) of round times; the text has a unit at the last one only."""
        return [(self.x(t), f"{t:g}") for t in round_steps(0.0, self.end, 12)]


@dataclass(frozen=True)
class ValueAxis:
    """Values from ``low`` to ``high``, placed between ``bottom`` and ``top``."""

    low: float
    high: float
    top: float
    bottom: float

    def y(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return round(self.bottom - share * (self.bottom - self.top), 2)

    def ticks(self, most: int = 6) -> list[tuple[float, str]]:
        """(y, text) of round whole values."""
        return [(self.y(v), f"{v:,.0f}") for v in round_steps(self.low, self.high, most) if v == int(v)]


def value_axis(values: Iterable[float], top: float, bottom: float, *, least: float = 4.0) -> ValueAxis:
    """An axis that holds all values and spans ``least`` or more."""
    known = list(values) or [0.0]
    low, high = min(known), max(known)
    return ValueAxis(low, max(high, low + least), top, bottom)


def round_steps(low: float, high: float, most: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten between two values, ``most`` at most or one more."""
    if high <= low:
        return [low]
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(index * step, 9) for index in range(first, last + 1)]


def line_path(line: Line, time: TimeAxis, values: ValueAxis, *, steps: bool, shift: float = 0.0) -> str:
    """SVG path of a line; with ``steps`` a value holds until the next one. ``shift`` moves it down, in SVG units."""
    onwards = "H{:g}V{:g}" if steps else "L{:g} {:g}"
    return "".join(
        ("M{:g} {:g}" if index == 0 else onwards).format(time.x(t), round(values.y(value) + shift, 2))
        for piece in line.thinned().pieces
        for index, (t, value) in enumerate(piece)
    )


def rectangle(x1: float, x2: float, y1: float, y2: float) -> str:
    """SVG path of a rectangle; its style's stroke keeps short times visible."""
    return f"M{x1:g} {y1:g}H{x2:g}V{y2:g}H{x1:g}Z"


def dot(x: float, y: float) -> str:
    """SVG path of a point; its style's stroke width makes it a dot that does not stretch when the time axis zooms."""
    return f"M{x:g} {y:g}h0"
