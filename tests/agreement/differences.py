"""What is known to differ between real and simulated nodes, and why. Whatever is not here must agree."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Figures that may lie outside of the simulated range. ``scenarios`` None: in all."""

    short: str
    reason: str
    figures: tuple[str, ...]
    scenarios: tuple[str, ...] | None = None


KNOWN: tuple[Difference, ...] = ()


def difference(scenario: str, figure: str) -> Difference | None:
    """What explains that a figure of a scenario lies outside, if anything does."""
    for one in KNOWN:
        if figure in one.figures and (one.scenarios is None or scenario in one.scenarios):
            return one
    return None
