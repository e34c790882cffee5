"""Whose blocks are whose: a key that seals a block names its author only where one node alone has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from simnet.journal import Block, Evidence, Kind

Makers = tuple[str, ...]
"""The nodes that may have made a block; empty where it may be anybody: its key is no known node's, or is not known."""


def makers(evidence: Evidence, blocks: Iterable[Block]) -> Counter[Makers]:
    """How many of the blocks each group of nodes may have made. A node and its twins share a key from the time on that
    a twin ran."""
    holders: dict[str, list[str]] = {}
    for node in evidence.network.get("nodes", ()):
        holders.setdefault(node.get("twin_of") or node["name"], []).append(node["name"])
    started: dict[str, float] = {}
    for record in evidence.of_kind[Kind.NODE_UP]:
        started.setdefault(record.observer, record.t)
    found: Counter[Makers] = Counter()
    for block in blocks:
        having = holders.get(block.author or "", ())
        ran = (name for name in having if name == block.author or started.get(name, block.t + 1) <= block.t)
        found[tuple(ran)] += 1
    return found


def sharing(evidence: Evidence, nodes: Collection[str]) -> list[str]:
    """Those nodes, and all that share a key with one of them."""
    owners = {node["name"]: node.get("twin_of") or node["name"] for node in evidence.network.get("nodes", ())}
    wanted = {owners.get(name) for name in nodes}
    return [name for name, owner in owners.items() if owner in wanted]


def nameless(evidence: Evidence, blocks: Iterable[Block]) -> list[Block]:
    """Blocks whose author is no node of the network: a key that none has, or one of a set that is not known."""
    known = set(evidence.nodes())
    return [block for block in blocks if block.author not in known]


@dataclass(frozen=True)
class Tally:
    """How many blocks are of some nodes: ``least`` for certain, ``most`` with those that may be."""

    least: int
    most: int

    @classmethod
    def of(cls, nodes: Collection[str], made: Counter[Makers]) -> Tally:
        least = sum(count for who, count in made.items() if who and all(name in nodes for name in who))
        most = sum(count for who, count in made.items() if not who or any(name in nodes for name in who))
        return cls(least, most)

    def within(self, at_least: int | None, at_most: int | None) -> bool | None:
        """Whether the count lies between the bounds; None where that depends on blocks which may be of others."""
        if (at_least is not None and self.most < at_least) or (at_most is not None and self.least > at_most):
            return False
        certain = (at_least is None or self.least >= at_least) and (at_most is None or self.most <= at_most)
        return True if certain else None

    def __str__(self) -> str:
        return str(self.least) if self.least == self.most else f"{self.least} to {self.most}"


def doubt(made: Counter[Makers]) -> str:
    """In words, whose the blocks may be that are not one known node's."""
    shared = ((who, count) for who, count in made.items() if len(who) != 1)
    return ", ".join(f"{count} by {' or '.join(who) or 'keys of no known node'}" for who, count in shared)
