"""Whose blocks are whose: a key that seals a block names its author only where one node alone has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import inf

from simnet.journal import Block, Evidence, KeyHolders, RelayTime, sealing_key
from simnet.journal.records import NodeUp
from simnet.network.topology import RELAY

Makers = tuple[str, ...]
"""The nodes that may have made a block; empty where it may be anybody: its key is no known node's, or is not known."""


def makers(evidence: Evidence, blocks: Iterable[Block]) -> Counter[Makers]:
    """How many of the blocks each group of nodes may have made. Of nodes that share a key, as twins do, it is those
    that had it by then and ran at some time between the begin of the block's slot and when it was first seen."""
    holders = KeyHolders(evidence)
    ran = _Ran(evidence)
    found: Counter[Makers] = Counter()
    for block in blocks:
        key = sealing_key(block) or ""
        having = holders.of(key)
        if len(having) > 1:
            having = ran.among(holders.within(key, ran.earliest(block), block.t) or having, block)
        found[having] += 1
    return found


class _Ran:
    """Which of several nodes with one key ran while a block was made."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._time = RelayTime(evidence)
        self._started: dict[str, float] = {}
        for record in evidence.of(NodeUp):
            self._started.setdefault(record.observer, record.t)

    def among(self, nodes: Sequence[str], block: Block) -> Makers:
        """Nodes that may have made the block: all that ever started by then if each was down, which cannot be."""
        since = self.earliest(block)
        started = [
            name for name in nodes if self._started.get(name, block.t if name == block.author else inf) <= block.t
        ]
        return tuple([name for name in started if not self._stood(name, since, block.t)] or started)

    def _stood(self, node: str, since: float, until: float) -> bool:
        """Whether the node's process was down or paused all the while."""
        stood = since
        for down in self._evidence.downs[node]:
            if down.start <= stood:
                stood = max(stood, inf if down.end is None else down.end)
        return stood >= until

    def earliest(self, block: Block) -> float:
        """A time before the block was made: its slot's on the relay chain, on a parachain that of the relay parent."""
        relay = self._evidence.blocks[RELAY]
        own = block.hash in relay
        slots = [block.slot] if own else [one.slot for one in relay.values() if one.height == block.relay_parent]
        known = [slot for slot in slots if slot is not None]
        return self._time.before(min(known)) if known else -inf


def sharing(evidence: Evidence, nodes: Collection[str]) -> list[str]:
    """Those nodes, and all that share a key with one of them."""
    wanted = KeyHolders(evidence).sharing(set(nodes))
    return [name for name in evidence.nodes() if name in wanted]


def nameless(evidence: Evidence, blocks: Iterable[Block]) -> list[Block]:
    """Blocks whose author is no node of the network: a key that none has, or one of a set that is not known."""
    holders = KeyHolders(evidence)
    return [block for block in blocks if not holders.of(sealing_key(block) or "")]


@dataclass(frozen=True)
class BlockCount:
    """How many blocks are of some nodes: ``least`` for certain, ``most`` with those that may be."""

    least: int
    most: int

    @classmethod
    def of(cls, nodes: Collection[str], made: Counter[Makers]) -> BlockCount:
        """What some nodes authored of the blocks that :func:`makers` counted."""
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
