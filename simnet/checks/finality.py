"""Checks of finality: it advances, it stalls, it lags by so much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from simnet.checks._base import Check, Finding, Interval, Unjudgeable, judged_nodes
from simnet.checks.quorum import quorum_note
from simnet.errors import InputError
from simnet.fields import ChainId, Seconds, Selectors
from simnet.journal import Evidence
from simnet.network.topology import RELAY


@dataclass(frozen=True, kw_only=True)
class FinalityAdvances(Check):
    """Every judged node that runs finalizes at least ``blocks`` more blocks within ``within`` seconds of the
    interval's start.

    Nodes that are down at that time are not judged; at least one must be.
    """

    kind: ClassVar[str] = "finality_advances"
    liveness: ClassVar[bool] = True
    within: Seconds = 60.0
    blocks: int = 1
    chain: ChainId = RELAY
    nodes: Selectors = ("all",)

    def validate(self) -> None:
        if self.within <= 0 or self.blocks < 1:
            raise InputError("finality_advances needs within > 0 and blocks >= 1")

    def selectors(self) -> Iterable[str]:
        return self.nodes

    def needs(self) -> dict[str, float]:
        return {"within": self.within}

    def expected(self) -> str:
        return f"each node finalizes {self.blocks} more block(s) of {self.chain} within {self.within:g}s"

    def _judge(self, evidence: Evidence, interval: Interval) -> Finding:
        deadline = interval.start + self.within
        judged = [
            node
            for node in judged_nodes(evidence, self.nodes, self.chain)
            if not evidence.was_down(node, interval.start, min(deadline, interval.end))
        ]
        if not judged:
            raise Unjudgeable("every judged node was down at that time")
        late: list[str] = []
        waits: dict[str, float] = {}
        for node in judged:
            base = evidence.head_at(node, interval.start, finalized=True)
            goal = (base.height if base else 0) + self.blocks
            reached = next(
                (head.t for head in evidence.finalized[node] if head.height >= goal and head.t > interval.start), None
            )
            if reached is not None and reached <= min(deadline, interval.end):
                waits[node] = round(reached - interval.start, 3)
                continue
            if interval.end < deadline:
                raise Unjudgeable(f"the interval ended {deadline - interval.end:.1f} s before {node} was due")
            at = f"after {reached - interval.start:.1f} s" if reached is not None else "never"
            late.append(f"{node} {at} (stood at {base.height if base else 'nothing'})")
        worst = max(waits.values(), default=None)
        seen = "; ".join(late) if late else f"all {len(judged)} nodes within {worst} s"
        if late:
            seen += quorum_note(evidence, min(deadline, interval.end))
        gaps = [gap for node in judged for gap in evidence.gaps_within(node, interval.start, deadline)]
        return self.finding(not late, seen, interval, figures={"seconds": worst}, gaps=gaps)


@dataclass(frozen=True, kw_only=True)
class FinalityStalls(Check):
    """The judged nodes finalize nothing new from ``grace`` seconds after the interval's start to its end.

    ``grace`` lets a round end whose votes were under way. A node that comes back and learns what another judged node
    had final before is not held against it. Demands that this left ``at_least`` seconds to judge, and
    that some node went on to import blocks then: silence of everything proves nothing about finality.
    """

    kind: ClassVar[str] = "finality_stalls"
    grace: Seconds = 12.0
    at_least: Seconds = 12.0
    chain: ChainId = RELAY
    nodes: Selectors = ("all",)

    def selectors(self) -> Iterable[str]:
        return self.nodes

    def needs(self) -> dict[str, float]:
        return {"grace": self.grace, "at_least": self.at_least}

    def expected(self) -> str:
        return f"nothing of {self.chain} is finalized from {self.grace:g}s on, for {self.at_least:g}s or more"

    def _judge(self, evidence: Evidence, interval: Interval) -> Finding:
        start = interval.start + self.grace
        judged = judged_nodes(evidence, self.nodes, self.chain)
        final = max((head.height for node in judged for head in evidence.finalized[node] if head.t <= start), default=0)
        rises = [
            f"{node} finalized {head.height} after {head.t - interval.start:.1f} s"
            for node in judged
            for before, head in pairwise(evidence.finalized[node])
            if start < head.t <= interval.end and head.height > max(before.height, final)
        ]
        imported = sum(1 for block in evidence.blocks[self.chain].values() if start < block.t <= interval.end)
        if not rises and interval.end - start < self.at_least:
            raise Unjudgeable(
                f"only {max(0.0, interval.end - start):.1f} s were left to judge, {self.at_least:g}s asked"
            )
        if not rises and not imported:
            raise Unjudgeable("no block was seen either, so nothing shows that the chain ran while finality stood")
        gaps = [gap for node in judged for gap in evidence.gaps_within(node, start, interval.end)]
        if not rises and gaps:
            raise Unjudgeable(f"{gaps[0].observer} was not watched for a part of it: {gaps[0].reason}")
        seen = "; ".join(rises[:3]) if rises else f"none in {interval.end - start:.1f} s, {imported} blocks imported"
        return self.finding(not rises, seen, interval, figures={"stalled": round(interval.end - start, 3)})


@dataclass(frozen=True, kw_only=True)
class FinalityLag(Check):
    """On every judged node the best block is never more than ``at_most`` blocks above the finalized one."""

    kind: ClassVar[str] = "finality_lag"
    liveness: ClassVar[bool] = True
    at_most: int
    chain: ChainId = RELAY
    nodes: Selectors = ("all",)

    def selectors(self) -> Iterable[str]:
        return self.nodes

    def expected(self) -> str:
        return f"finality of {self.chain} lags by {self.at_most} blocks at most"

    def _judge(self, evidence: Evidence, interval: Interval) -> Finding:
        worst: tuple[int, str, float] = (-1, "", 0.0)
        judged = judged_nodes(evidence, self.nodes, self.chain)
        for node in judged:
            for head in evidence.best[node]:
                if interval.holds(head.t):
                    final = evidence.head_at(node, head.t, finalized=True)
                    lag = head.height - (final.height if final else 0)
                    worst = max(worst, (lag, node, head.t))
        if worst[0] < 0:
            raise Unjudgeable("no judged node showed a new best block in that time")
        gaps = [gap for node in judged for gap in evidence.gaps_within(node, interval.start, interval.end)]
        if worst[0] <= self.at_most and gaps:
            raise Unjudgeable(f"{gaps[0].observer} was not watched for a part of it: {gaps[0].reason}")
        seen = f"{worst[0]} blocks on {worst[1]} at {worst[2]:.1f} s"
        return self.finding(worst[0] <= self.at_most, seen, interval, figures={"blocks": worst[0]})
