"""Checks of block production: who authored, forks, reorganisations, one chain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from simnet.checks._check import Finding, Interval, JudgesNodes, Unjudgeable, judged_nodes
from simnet.checks.agreement import TOLERANCE, agree
from simnet.checks.authors import BlockCount, doubt, makers, sharing
from simnet.checks.bounds import Bounded
from simnet.checks.coverage import Coverage
from simnet.checks.watched import coverage, of_one_chain
from simnet.fields import ChainForm, ChainId, Seconds, SecondsForm, Selectors, SelectorsForm
from simnet.journal import Block, Evidence, Head
from simnet.network.topology import RELAY


@dataclass(frozen=True, kw_only=True)
class BlocksAuthored(Bounded):
    """Counts the blocks that some nodes authored in the interval, forks included. Use it to see who goes on to author
    while a fault lasts, and who does not.

    A block is its key's. One of a key that no node here has may be anybody's, one of a twin's may be of either node: a
    bound that depends on these is not judged.
    """

    kind: ClassVar[str] = "blocks_authored"
    liveness: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            by: SelectorsForm,
            at_least: int | None = None,
            at_most: int | None = None,
            each: bool = False,
            chain: ChainForm = RELAY,
        ) -> None: ...

    by: Selectors
    """Nodes whose blocks are counted, of those that author on the chain."""
    at_least: int | None = None
    at_most: int | None = None
    each: bool = False
    """Whether the bounds hold for every single node. By default they hold for all together."""
    chain: ChainId = RELAY
    """The chain whose blocks are counted, by default the relay chain's."""

    def selectors(self) -> Iterable[str]:
        return self.by

    def expected(self) -> str:
        who = f"{'each of ' if self.each else ''}{', '.join(self.by)}"
        return f"{who} authors {self.bounds()} block(s) of {self.chain}"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        names = judged_nodes(evidence, self.by, self.chain)
        if not names:
            raise Unjudgeable(f"none of {', '.join(self.by)} is a node of {self.chain}")
        seen = [block for block in evidence.blocks[self.chain].values() if interval.holds(block.t)]
        if not seen and self.at_least is None:
            raise Unjudgeable(f"no block of {self.chain} was seen from anybody in that time")
        made = makers(evidence, seen)
        counts = {name: BlockCount.of((name,), made) for name in names}
        total = BlockCount.of(names, made)
        judged = tuple(counts.values()) if self.each else (total,)
        within = [one.within(self.at_least, self.at_most) for one in judged]
        text = ", ".join(f"{name} {count}" for name, count in counts.items()) + f" ({len(seen)} in all)"
        if None in within and False not in within:
            raise Unjudgeable(f"{text}: that depends on {doubt(made)}")
        watched = coverage(evidence, interval.start, interval.end, names, onlookers=sharing(evidence, names))
        certain = self.settled(*(one.least for one in judged))
        figures = {"blocks": total.least, **{name: count.least for name, count in counts.items()}}
        return self.finding(False not in within, text, interval, coverage=watched, certain=certain, figures=figures)


@dataclass(frozen=True, kw_only=True)
class BlocksAdvance(JudgesNodes):
    """The best block of every judged node that runs rises within the interval. Use it to see that authoring goes on,
    also where finality must not."""

    kind: ClassVar[str] = "blocks_advance"
    liveness: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            at_least: int = 1,
            chain: ChainForm = RELAY,
            nodes: SelectorsForm = ("all",),
        ) -> None: ...

    at_least: int = 1
    """Blocks by which each node's best block must rise."""
    chain: ChainId = RELAY
    """The chain whose best blocks are judged, by default the relay chain's."""
    nodes: Selectors = ("all",)
    """Nodes that are judged, of those that follow the chain and run all the time; by default all."""

    def expected(self) -> str:
        return f"each node's best block of {self.chain} rises by {self.at_least} or more"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        rises: dict[str, int] = {}
        nodes = judged_nodes(evidence, self.nodes, self.chain)
        watched = coverage(evidence, interval.start, interval.end, nodes)
        for node in nodes:
            if node not in watched.absent:
                first = next((head for head in evidence.best[node] if head.t >= interval.start), None)
                before = evidence.head_at(node, interval.start, finalized=False) or first
                after = evidence.head_at(node, interval.end, finalized=False)
                rises[node] = after.height - before.height if after and before else 0
        if not rises:
            raise Unjudgeable("every judged node was down at some time in the interval")
        low = {node: rise for node, rise in rises.items() if rise < self.at_least}
        text = ", ".join(f"{node} +{rise}" for node, rise in (low or rises).items())
        certain = not low or not watched.unwatched.issuperset(low)
        figures = {"least": min(rises.values())}
        return self.finding(not low, text, interval, coverage=watched, certain=certain, figures=figures)


@dataclass(frozen=True, kw_only=True)
class Forks(Bounded):
    """Counts blocks that lost: seen in the interval, at or below the last finalized height, not on the finalized chain.
    Use it to bound what a fault wastes, or to be sure that a partition made two chains."""

    kind: ClassVar[str] = "forks"

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            at_least: int | None = None,
            at_most: int | None = None,
            chain: ChainForm = RELAY,
        ) -> None: ...

    at_least: int | None = None
    at_most: int | None = None
    chain: ChainId = RELAY
    """The chain whose forks are counted, by default the relay chain's."""

    def expected(self) -> str:
        return f"{self.bounds()} block(s) of {self.chain} end off the finalized chain"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        lost = lost_blocks(evidence, self.chain, interval.start, interval.end)
        seen = sum(1 for block in evidence.blocks[self.chain].values() if interval.holds(block.t))
        if not seen:
            raise Unjudgeable(f"no block of {self.chain} was seen in that time")
        places = ", ".join(f"{block.height} by {block.author or 'nobody known'}" for block in lost[:6])
        text = f"{len(lost)} of {seen} blocks{': ' + places if places else ''}"
        watched = of_one_chain(evidence, self.chain, interval.start, interval.end, (), evidence.nodes(self.chain))
        return self.counted(len(lost), text, interval, coverage=watched, figures={"blocks": len(lost)})


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
    return old.height - next((one.height for one in evidence.ancestors(chain, old.hash) if one.hash in kept), 0)


@dataclass(frozen=True, kw_only=True)
class Reorganisations(Bounded, JudgesNodes):
    """Counts how often best blocks of the judged nodes were given up for another branch, and bounds how deep. Use it to
    see how much users of a node may have to take back; a fall back after a wipe is none."""

    kind: ClassVar[str] = "reorganisations"

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            at_least: int | None = None,
            at_most: int | None = None,
            max_depth: int | None = None,
            nodes: SelectorsForm = ("validators",),
        ) -> None: ...

    at_least: int | None = None
    at_most: int | None = None
    max_depth: int | None = None
    """Blocks that a node may give up at once. Left out: any depth, and a bound of the count is given."""
    nodes: Selectors = ("validators",)
    """Nodes that are judged, of any chain; by default the relay chain's validators."""

    def validate(self) -> None:
        if self.max_depth is None:
            super().validate()

    def expected(self) -> str:
        parts = []
        if self.at_least is not None or self.at_most is not None:
            parts.append(f"{self.bounds()} reorganisation(s)")
        if self.max_depth is not None:
            parts.append(f"none deeper than {self.max_depth} blocks")
        return ", ".join(parts)

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        nodes = judged_nodes(evidence, self.nodes)
        if not any(interval.holds(head.t) for node in nodes for head in evidence.best[node]):
            raise Unjudgeable("no judged node showed a new best block in that time")
        found = [one for node in nodes for one in reorganisations(evidence, node) if interval.holds(one.t)]
        deepest = max((one.depth for one in found), default=0)
        too_deep = self.max_depth is not None and deepest > self.max_depth
        held = self.fits(len(found)) and not too_deep
        worst = ", ".join(f"{one.node} {one.depth} deep at {one.t:.1f} s" for one in found[:4])
        text = f"{len(found)}, deepest {deepest}{': ' + worst if worst else ''}"
        bounded = self.at_least is not None or self.at_most is not None
        enough = bounded and self.settled(len(found))
        certain = too_deep or (enough and (self.max_depth is None or not held))
        watched = Coverage()
        figures = {"count": len(found), "deepest": deepest}
        for chain in dict.fromkeys(map(evidence.chain_of, nodes)):
            members = [node for node in nodes if evidence.chain_of(node) == chain]
            watched = watched.and_of(of_one_chain(evidence, chain, interval.start, interval.end, members))
        return self.finding(held, text, interval, coverage=watched, certain=certain, figures=figures)


@dataclass(frozen=True, kw_only=True)
class OneChain(JudgesNodes):
    """All judged nodes that run come to follow one chain in time, and go on to. Use it after a partition or another
    fault that made branches.

    They agree on the ancestor two blocks below the lowest best head, and on their finalized blocks.
    """

    kind: ClassVar[str] = "one_chain"
    liveness: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            within: SecondsForm = 60.0,
            chain: ChainForm = RELAY,
            nodes: SelectorsForm = ("all",),
        ) -> None: ...

    within: Seconds = 60.0
    """Time from the interval's start after which the nodes must agree, up to its end."""
    chain: ChainId = RELAY
    """The chain on which they must agree, by default the relay chain."""
    nodes: Selectors = ("all",)
    """Nodes that are judged, of those that follow the chain; two must run all the time. By default all."""

    def needs(self) -> dict[str, float]:
        return {"within": self.within}

    def expected(self) -> str:
        return f"all nodes follow one chain of {self.chain} within {self.within:g}s and to the end"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        selected = judged_nodes(evidence, self.nodes, self.chain)
        watched = of_one_chain(evidence, self.chain, interval.start, interval.end, selected)
        nodes = [node for node in selected if node not in watched.absent]
        if len(nodes) < 2:
            raise Unjudgeable(f"only {len(nodes)} judged node(s) ran all the time; two are needed to agree")
        blind = [node for node in nodes if not evidence.best[node]]
        if blind:
            raise Unjudgeable(f"{', '.join(blind)} showed no best block, so nobody knows which chain it follows")
        if not any(interval.holds(head.t) for node in nodes for head in evidence.best[node]):
            raise Unjudgeable("no judged node showed a new best block in that time")
        since = self._since(evidence, nodes, interval)
        if since is None and (short := self.cut_short(interval)) is not None:
            raise short
        held = since is not None and since - interval.start <= self.within
        if since is None:
            heads = ", ".join(f"{node} {evidence.best[node][-1].height}" for node in nodes)
            text, figures = f"at the end they stand apart: {heads}", {}
        else:
            took = since - interval.start
            text = f"{len(nodes)} nodes agree from {took:.1f} s on, up to {TOLERANCE} blocks from their best"
            figures = {"seconds": round(took, 3)}
        if held and since is not None:
            later = of_one_chain(evidence, self.chain, since, interval.end, nodes)
            watched = replace(later, away=watched.away)
            return self.finding(True, text, interval, coverage=watched, figures=figures)
        sure = [node for node in nodes if node not in watched.unwatched]
        apart = self._since(evidence, sure, interval) if len(sure) > 1 else interval.start
        certain = apart is None or apart - interval.start > self.within
        return self.finding(False, text, interval, coverage=watched, certain=certain, figures=figures)

    def _since(self, evidence: Evidence, nodes: Sequence[str], interval: Interval) -> float | None:
        """From when on the nodes agree up to the end; None if they do not at the end."""
        since: float | None = None
        for t in sorted(head.t for node in nodes for head in evidence.best[node] if interval.holds(head.t)):
            if not agree(evidence, self.chain, nodes, t):
                since = None
            elif since is None:
                since = t
        return since
