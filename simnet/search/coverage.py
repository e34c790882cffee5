"""What a case reached: in which phases its faults were applied, and which states the network went through."""

from __future__ import annotations

from dataclasses import dataclass

from simnet.journal import Evidence


@dataclass(frozen=True)
class Coverage:
    """``faults`` has (kind of fault, phase in which it was applied); ``states`` what the network went through."""

    faults: frozenset[tuple[str, str]] = frozenset()
    states: frozenset[str] = frozenset()


def coverage_of(evidence: Evidence) -> Coverage:
    """What a run reached, by its journal alone."""
    return Coverage()
