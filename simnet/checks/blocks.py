"""Checks of block production: who authored, forks, reorganisations, one chain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from simnet.checks._base import Check, Finding, Interval, Unjudgeable, judged_nodes
from simnet.checks.agreement import TOLERANCE, agree
from simnet.errors import InputError
from simnet.fields import ChainId, Seconds, Selectors
from simnet.journal import Block, Evidence, Head
from simnet.network.topology import RELAY


def bounds_valid(at_least: int | None, at_most: int | None, kind: str) -> None:
    if at_least is None and at_most is None:
        raise InputError(f"{kind} needs at_least, at_most or both")
    if at_least is not None and at_most is not None and at_least > at_most:
        raise InputError(f"{kind}: at_least {at_least} is more than at_most {at_most}")


def within_bounds(count: float, at_least: float | None, at_most: float | None) -> bool:
    """Whether a count lies between two bounds, either of which may be open."""
    return (at_least is None or count >= at_least) and (at_most is None or count <= at_most)


def bounds_text(at_least: float | None, at_most: float | None) -> str:
    """``2 or more``, ``3 at most``, ``2 to 3``."""
    if at_least is not None and at_most is not None:
        return f"{at_least:g} to {at_most:g}" if at_least != at_most else f"exactly {at_least:g}"
    return f"{at_least:g} or more" if at_least is not None else f"{at_most:g} at most"


@dataclass(frozen=True, kw_only=True)
class BlocksAuthored(Check):
    """Blocks that the nodes ``by`` authored in the interval, forks included; with ``each`` the bounds hold for every
    one."""

    kind: ClassVar[str] = "blocks_authored"
    liveness: ClassVar[bool] = True
    by: Selectors
    at_least: int | None = None
    at_most: int | None = None
    each: bool = False
    chain: ChainId = RELAY

    def validate(self) -> None:
        bounds_valid(self.at_least, self.at_most, self.kind)

    def selectors(self) -> Iterable[str]:
        return self.by

    def expected(self) -> str:
        who = f"{'each of ' if self.each else ''}{', '.join(self.by)}"
        return f"{who} authors {bounds_text(self.at_least, self.at_most)} block(s) of {self.chain}"

    def _judge(self, evidence: Evidence, interval: Interval) -> Finding:
        authors = judged_nodes(evidence, self.by, self.chain)
        seen = [block for block in evidence.blocks[self.chain].values() if interval.holds(block.t)]
        counts = dict.fromkeys(authors, 0)
        for block in seen:
            if block.author in counts:
                counts[block.author] += 1
        if not seen and self.at_least is None:
            raise Unjudgeable(f"no block of {self.chain} was seen from anybody in that time")
        total = sum(counts.values())
        judged = counts.values() if self.each else (total,)
        held = all(within_bounds(count, self.at_least, self.at_most) for count in judged)
        text = ", ".join(f"{name} {count}" for name, count in counts.items())
        return self.finding(held, f"{text} ({len(seen)} in all)", interval, figures={"blocks": total, **counts})


@dataclass(frozen=True, kw_only=True)
class BlocksAdvance(Check):
    """The best block of every judged node that runs rises by ``at_least`` blocks within the interval."""

    kind: ClassVar[str] = "blocks_advance"
    liveness: ClassVar[bool] = True
    at_least: int = 1
    chain: ChainId = RELAY
    nodes: Selectors = ("all",)

    def selectors(self) -> Iterable[str]:
        return self.nodes

    def expected(self) -> str:
        return f"each node's best block of {self.chain} rises by {self.at_least} or more"

    def _judge(self, evidence: Evidence, interval: Interval) -> Finding:
        rises: dict[str, int] = {}
        for node in judged_nodes(evidence, self.nodes, self.chain):
            if not evidence.was_down(node, interval.start, interval.end):
                before = evidence.head_at(node, interval.start, finalized=False)
                after = evidence.head_at(node, interval.end, finalized=False)
                rises[node] = (after.height if after else 0) - (before.height if before else 0)
        if not rises:
            raise Unjudgeable("every judged node was down at some time in the interval")
        low = {node: rise for node, rise in rises.items() if rise < self.at_least}
        text = ", ".join(f"{node} +{rise}" for node, rise in (low or rises).items())
        gaps = [gap for node in low for gap in evidence.gaps_within(node, interval.start, interval.end)]
        return self.finding(not low, text, interval, figures={"least": min(rises.values())}, gaps=gaps)


@dataclass(frozen=True, kw_only=True)
class Forks(Check):
    """Blocks that lost: seen in the interval, at or below the last finalized height, not on the finalized chain."""

    kind: ClassVar[str] = "forks"
    at_least: int | None = None
    at_most: int | None = None
    chain: ChainId = RELAY

    def validate(self) -> None:
        bounds_valid(self.at_least, self.at_most, self.kind)

    def expected(self) -> str:
        return f"{bounds_text(self.at_least, self.at_most)} block(s) of {self.chain} end off the finalized chain"

    def _judge(self, evidence: Evidence, interval: Interval) -> Finding:
        lost = lost_blocks(evidence, self.chain, interval.start, interval.end)
        seen = sum(1 for block in evidence.blocks[self.chain].values() if interval.holds(block.t))
        if not seen:
            raise Unjudgeable(f"no block of {self.chain} was seen in that time")
        held = within_bounds(len(lost), self.at_least, self.at_most)
        places = ", ".join(f"{block.height} by {block.author}" for block in lost[:6])
        text = f"{len(lost)} of {seen} blocks{': ' + places if places else ''}"
        return self.finding(held, text, interval, figures={"blocks": len(lost)})


def lost_blocks(evidence: Evidence, chain: str, start: float, end: float) -> list[Block]:
    """Blocks first seen between two times that are off the finalized chain, lowest first."""
    final = evidence.canonical(chain)
    on_chain = {block.hash for block in final}
    top = final[-1].height if final else 0
    found = (b for b in evidence.blocks[chain].values() if start <= b.t <= end and b.height <= top)
    return sorted((block for block in found if block.hash not in on_chain), key=lambda b: (b.height, b.t))


@dataclass(frozen=True)
class Reorganisation:
    """A node's best block changed to one that does not descend from the last. ``depth`` counts the blocks it gave
    up."""

    node: str
    t: float
    depth: int
    old: Head
    new: Head


def reorganisations(evidence: Evidence, node: str) -> list[Reorganisation]:
    """All of one node, in order; a fall back after a wipe is none."""
    chain = evidence.chain_of(node)
    found = []
    for old, new in pairwise(evidence.best[node]):
        if old.incarnation == new.incarnation and not evidence.is_ancestor(chain, old.hash, new.hash):
            found.append(Reorganisation(node, new.t, _given_up(evidence, chain, old, new), old, new))
    return found


def _given_up(evidence: Evidence, chain: str, old: Head, new: Head) -> int:
    kept = {block.hash for block in evidence.ancestors(chain, new.hash)}
    for block in evidence.ancestors(chain, old.hash):
        if block.hash in kept:
            return old.height - block.height
    return old.height


@dataclass(frozen=True, kw_only=True)
class Reorganisations(Check):
    """How often best blocks of the judged nodes were given up, and how deep. Depth in blocks."""

    kind: ClassVar[str] = "reorganisations"
    at_least: int | None = None
    at_most: int | None = None
    max_depth: int | None = None
    nodes: Selectors = ("validators",)

    def validate(self) -> None:
        if self.max_depth is None:
            bounds_valid(self.at_least, self.at_most, self.kind)

    def selectors(self) -> Iterable[str]:
        return self.nodes

    def expected(self) -> str:
        parts = []
        if self.at_least is not None or self.at_most is not None:
            parts.append(f"{bounds_text(self.at_least, self.at_most)} reorganisation(s)")
        if self.max_depth is not None:
            parts.append(f"none deeper than {self.max_depth} blocks")
        return ", ".join(parts)

    def _judge(self, evidence: Evidence, interval: Interval) -> Finding:
        nodes = judged_nodes(evidence, self.nodes)
        if not any(interval.holds(head.t) for node in nodes for head in evidence.best[node]):
            raise Unjudgeable("no judged node showed a new best block in that time")
        found = [one for node in nodes for one in reorganisations(evidence, node) if interval.holds(one.t)]
        deepest = max((one.depth for one in found), default=0)
        held = within_bounds(len(found), self.at_least, self.at_most)
        held = held and (self.max_depth is None or deepest <= self.max_depth)
        worst = ", ".join(f"{one.node} {one.depth} deep at {one.t:.1f} s" for one in found[:4])
        text = f"{len(found)}, deepest {deepest}{': ' + worst if worst else ''}"
        return self.finding(held, text, interval, figures={"count": len(found), "deepest": deepest})


@dataclass(frozen=True, kw_only=True)
class OneChain(Check):
    """Within ``within`` seconds all judged nodes that run follow one chain, and go on to.

    They agree on the ancestor two blocks below the lowest best head, and on their finalized blocks.
    """

    kind: ClassVar[str] = "one_chain"
    liveness: ClassVar[bool] = True
    within: Seconds = 60.0
    chain: ChainId = RELAY
    nodes: Selectors = ("all",)

    def selectors(self) -> Iterable[str]:
        return self.nodes

    def needs(self) -> dict[str, float]:
        return {"within": self.within}

    def expected(self) -> str:
        return f"all nodes follow one chain of {self.chain} within {self.within:g}s and to the end"

    def _judge(self, evidence: Evidence, interval: Interval) -> Finding:
        nodes = [
            node
            for node in judged_nodes(evidence, self.nodes, self.chain)
            if not evidence.was_down(node, interval.start, interval.end)
        ]
        if len(nodes) < 2:
            raise Unjudgeable(f"only {len(nodes)} judged node(s) ran all the time; two are needed to agree")
        blind = [node for node in nodes if not evidence.best[node]]
        if blind:
            raise Unjudgeable(f"{', '.join(blind)} showed no best block, so nobody knows which chain it follows")
        times = sorted(head.t for node in nodes for head in evidence.best[node] if interval.holds(head.t))
        if not times:
            raise Unjudgeable("no judged node showed a new best block in that time")
        since: float | None = None
        for t in times:
            if not agree(evidence, self.chain, nodes, t):
                since = None
            elif since is None:
                since = t
        if since is None:
            if (short := self.cut_short(interval)) is not None:
                raise short
            heads = ", ".join(f"{node} {evidence.best[node][-1].height}" for node in nodes)
            return self.finding(False, f"at the end they stand apart: {heads}", interval)
        took = since - interval.start
        text = f"{len(nodes)} nodes agree from {took:.1f} s on, up to {TOLERANCE} blocks from their best"
        return self.finding(took <= self.within, text, interval, figures={"seconds": round(took, 3)})
