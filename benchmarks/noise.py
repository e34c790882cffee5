"""What is noise: whether two sets of ratios differ by more than they do among themselves.

Ratios are compared by their logarithms, so that twice as fast and half as fast are equally far from no difference. The
bounds are Student's at 95 %: with no difference at all one comparison in twenty is called one.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

LEAST = 0.01
"""Noise that is always allowed for, as a share: a few ratios may lie closer together by chance."""

LEAST_OF_ONE = 0.05
"""The same for one new ratio, where recorded ones alone tell the noise: they may have come from better hours."""

_STUDENT = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13)
"""Quantiles 97.5 % of Student's distribution for 1, 2, ... degrees of freedom, rounded (any table of it); the last one
serves for more, where it is a little too wide."""


@dataclass(frozen=True)
class Difference:
    """``change``: how much faster as a share, negative for slower. ``noise``: how much of that may be chance, as a
    share."""

    change: float
    noise: float

    @property
    def word(self) -> str:
        """``within noise``, ``faster`` or ``slower``."""
        if abs(math.log1p(self.change)) <= math.log1p(self.noise):
            return "within noise"
        return "faster" if self.change > 0 else "slower"

    def __str__(self) -> str:
        return f"{self.change:+.1%} ± {self.noise:.1%}  {self.word}"


def paired(before: Sequence[float], after: Sequence[float], *, is_time: bool) -> Difference:
    """The difference of two versions that were measured in turn: each round's ratios are compared with each other.

    Needs two rounds at least; ValueError for fewer.
    """
    logs = [_faster(one, other, is_time) for one, other in zip(before, after, strict=True)]
    if len(logs) < 2:
        raise ValueError("noise is told from rounds that differ, and one alone does not: measure two rounds at least")
    return _difference(statistics.mean(logs), statistics.stdev(logs) / math.sqrt(len(logs)), len(logs) - 1)


def against(recorded: Sequence[float], ratio: float, *, is_time: bool, drift: float = 0.0) -> Difference:
    """How one new ratio differs from several recorded ones. ``drift``: by which share the machine's speed changed
    while it was measured; half of that is noise as well.

    Needs two recorded ratios at least; ValueError for fewer.
    """
    if len(recorded) < 2:
        raise ValueError("noise is told from ratios that differ, and one alone does not: record two rounds at least")
    logs = [math.log(one) for one in recorded]
    change = _faster(math.exp(statistics.mean(logs)), ratio, is_time)
    error = statistics.stdev(logs) * math.sqrt(1 + 1 / len(logs))
    found = _difference(change, error, len(logs) - 1)
    return Difference(found.change, max(LEAST_OF_ONE, found.noise) + abs(drift) / 2)


def spread(ratios: Sequence[float]) -> float:
    """Standard deviation of ratios as a share; 0 for one alone."""
    return statistics.stdev(map(math.log, ratios)) if len(ratios) > 1 else 0.0


def _faster(one: float, other: float, is_time: bool) -> float:
    change = math.log(other / one)
    return -change if is_time else change


def _difference(change: float, error: float, freedom: int) -> Difference:
    student = _STUDENT[min(freedom, len(_STUDENT)) - 1]
    return Difference(math.expm1(change), max(LEAST, math.expm1(student * error)))
