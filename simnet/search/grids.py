"""The only times that a search draws, ordered so that what comes first is simpler."""

from __future__ import annotations

STEPS = (60, 30, 10, 5, 1)
"""Grids of moments in seconds, roundest first."""

_FINE = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25)
"""Lengths below half a minute, in seconds; from there on every ten, above two minutes every thirty."""


def lengths(longest: float) -> tuple[float, ...]:
    """How long a fault may last, in seconds, shortest first; ``longest`` itself is the last."""
    grid = (*_FINE, *range(30, 120, 10), *range(120, max(121, int(longest) + 1), 30))
    return (*(float(value) for value in grid if value < longest), float(longest))


def moments(latest: float) -> tuple[float, ...]:
    """Whole seconds up to ``latest``, roundest first, and of equally round ones the earliest first."""
    out: dict[float, None] = {}
    for step in STEPS:
        out.update(dict.fromkeys(float(t) for t in range(0, int(latest) + 1, step)))
    return tuple(out)


def rounder(t: float) -> tuple[float, ...]:
    """The last moments up to ``t`` on each grid that is rounder than it, roundest first."""
    return tuple(dict.fromkeys(t // step * step for step in STEPS[: roundness(t)]))


def roundness(t: float) -> int:
    """Which of :data:`STEPS` a moment lies on: 0 is the roundest; ``len(STEPS)`` when on none."""
    return next((index for index, step in enumerate(STEPS) if t % step == 0), len(STEPS))
