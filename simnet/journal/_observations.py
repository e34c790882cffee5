"""What records say of one thing: a block, a head, a gap, a fault's life, a time in which a node was down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simnet.journal._record_kinds import Reader


@dataclass(frozen=True, slots=True)
class Block:
    """A block of one chain. ``t`` is when any node first showed it; ``author`` a node's name where the key is known."""

    chain: str
    height: int
    hash: str
    parent: str
    t: float
    observer: str
    author: str | None = None
    slot: int | None = None
    claim: str | None = None
    relay_parent: int | None = None
    """For a parachain block: height of the relay-chain block it was built on."""
    key: str | None = None
    """The key that sealed it, where it is none of its author's account."""


@dataclass(frozen=True, slots=True)
class Head:
    """What one node called its best or finalized block from ``t`` on."""

    t: float
    height: int
    hash: str
    incarnation: int


@dataclass(frozen=True, slots=True)
class Gap:
    """``observer`` was supposed to run, but from ``start`` to ``end`` that reader read nothing of it."""

    observer: str
    start: float
    end: float
    reason: str
    what: Reader = Reader.HEADS


@dataclass(frozen=True, slots=True)
class Value:
    """What a fault was from ``start`` on, until it changed or was healed, and the nodes on which it acted."""

    fault: Mapping[str, Any]
    nodes: tuple[str, ...]
    start: float


@dataclass(frozen=True, slots=True)
class Window:
    """A fault's life. ``heal_start`` and ``heal_end`` are None while it lasts; ``holds`` is None while nothing was
    measured. ``values`` has what it was, one value after another."""

    id: int
    name: str
    values: tuple[Value, ...]
    apply_end: float
    heal_start: float | None = None
    heal_end: float | None = None
    holds: bool | None = None
    readings: tuple[Mapping[str, Any], ...] = ()

    @property
    def apply_start(self) -> float:
        """Seconds since the run began when its applying began."""
        return self.values[0].start

    @property
    def fault(self) -> Mapping[str, Any]:
        """What it is, or was when it ended."""
        return self.values[-1].fault

    @property
    def nodes(self) -> tuple[str, ...]:
        """Nodes on which it acts, or did when it ended."""
        return self.values[-1].nodes

    def spans(self) -> list[tuple[Value, float | None]]:
        """Each value with its end, None while it lasts."""
        ends = [*(value.start for value in self.values[1:]), self.heal_end]
        return list(zip(self.values, ends, strict=True))

    def at(self, t: float) -> Mapping[str, Any] | None:
        """What it was at a time; None before and after its life."""
        here = (value.fault for value, end in self.spans() if value.start <= t and (end is None or t < end))
        return next(here, None)

    @property
    def acts(self) -> tuple[dict[str, Any], ...]:
        """What each byzantine node did of each act, as it was read last: node, act, occasions, used, first, last."""
        told = {(one["act"]["node"], one["act"]["act"]): one["act"] for one in self.readings if "act" in one}
        return tuple(told.values())


@dataclass(frozen=True, slots=True)
class Down:
    """A time in which a node's process was down or paused; ``end`` is None while it is."""

    start: float
    end: float | None
    intended: bool
    paused: bool = False
