"""Checks of finality: it advances, it stalls, it lags by so much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from simnet.checks._check import Finding, Interval, JudgesNodes, Unjudgeable, judged_nodes
from simnet.checks.quorum import quorum_note
from simnet.checks.watched import coverage, standstill
from simnet.errors import InputError
from simnet.fields import ChainForm, ChainId, Seconds, SecondsForm, Selectors, SelectorsForm
from simnet.journal import Evidence
from simnet.network.topology import RELAY


@dataclass(frozen=True, kw_only=True)
class FinalityAdvances(JudgesNodes):
    """Every judged node that runs finalizes more blocks soon after the interval's start. Use it to see that finality is
    there or comes back, above all after healing.

    A stall that begins later in the interval is not seen by it; ``finality_lag`` sees that. Nodes that are down at that
    time are not judged; at least one must be.
    """

    kind: ClassVar[str] = "finality_advances"
    liveness: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            within: SecondsForm = 60.0,
            blocks: int = 1,
            chain: ChainForm = RELAY,
            nodes: SelectorsForm = ("all",),
        ) -> None: ...

    within: Seconds = 60.0
    """Time from the interval's start in which each node must get so far; more than 0s."""
    blocks: int = 1
    """Blocks that each node must finalize beyond what it had final at the interval's start; 1 or more."""
    chain: ChainId = RELAY
    """The chain whose finality is judged, by default the relay chain's."""
    nodes: Selectors = ("all",)
    """Nodes that are judged, of those that follow the chain; by default all."""

    def validate(self) -> None:
        if self.within <= 0 or self.blocks < 1:
            raise InputError("finality_advances needs within > 0 and blocks >= 1")

    def needs(self) -> dict[str, float]:
        return {"within": self.within}

    def expected(self) -> str:
        return f"each node finalizes {self.blocks} more block(s) of {self.chain} within {self.within:g}s"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        deadline = interval.start + self.within
        nodes = judged_nodes(evidence, self.nodes, self.chain)
        watched = coverage(evidence, interval.start, min(deadline, interval.end), nodes)
        judged = [node for node in nodes if node not in watched.absent]
        if not judged:
            raise Unjudgeable("every judged node was down at that time")
        late: dict[str, str] = {}
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
            by_then = evidence.head_at(node, deadline, finalized=True)
            heights = (str(head.height) if head else "nothing" for head in (base, by_then))
            late[node] = f"{node} {at} (came from {' to '.join(heights)} in time)"
        worst = max(waits.values(), default=None)
        seen = "; ".join(late.values()) if late else f"all {len(judged)} nodes within {worst} s"
        if late:
            seen += quorum_note(evidence, min(deadline, interval.end))
        certain = not late or not watched.unwatched.issuperset(late)
        return self.finding(not late, seen, interval, coverage=watched, certain=certain, figures={"seconds": worst})


@dataclass(frozen=True, kw_only=True)
class FinalityStalls(JudgesNodes):
    """The judged nodes finalize nothing new until the interval's end. Use it to see that a fault stops finality where
    it must: a network that goes on without two thirds of its votes is unsafe.

    A node that comes back and learns what another judged node had final before is not held against it; what one
    finalizes while it syncs nobody sees. Some node must go on to import blocks: silence of everything proves nothing
    about finality.
    """

    kind: ClassVar[str] = "finality_stalls"

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            grace: SecondsForm = 12.0,
            at_least: SecondsForm = 12.0,
            chain: ChainForm = RELAY,
            nodes: SelectorsForm = ("all",),
        ) -> None: ...

    grace: Seconds = 12.0
    """Time from the interval's start that is not judged, in which a round may end whose votes were under way."""
    at_least: Seconds = 12.0
    """Time that must be left to judge after ``grace``; a shorter stall is inconclusive."""
    chain: ChainId = RELAY
    """The chain whose finality is judged, by default the relay chain's."""
    nodes: Selectors = ("all",)
    """Nodes that are judged, of those that follow the chain; by default all."""

    def needs(self) -> dict[str, float]:
        return {"grace": self.grace, "at_least": self.at_least}

    def expected(self) -> str:
        return f"nothing of {self.chain} is finalized from {self.grace:g}s on, for {self.at_least:g}s or more"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
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
        watched = coverage(evidence, min(start, interval.end), interval.end, judged, syncing="unseen")
        if not rises and not watched.ran:
            raise Unjudgeable("every judged node was down at that time")
        seen = "; ".join(rises[:3]) if rises else f"none in {interval.end - start:.1f} s, {imported} blocks imported"
        figures = {"stalled": round(interval.end - start, 3)}
        return self.finding(not rises, seen, interval, coverage=watched, certain=bool(rises), figures=figures)


@dataclass(frozen=True, kw_only=True)
class FinalityLag(JudgesNodes):
    """On every judged node the best block is never far above the finalized one. Use it to bound how late finality may
    be, as under slow links or disputes.

    A node that shows no new best block is judged by the one that it has; but while others in its reach go on, nobody
    knows how far its finality lags, and the check is inconclusive. While it says that it syncs it is excused.
    """

    kind: ClassVar[str] = "finality_lag"
    liveness: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            at_most: int,
            chain: ChainForm = RELAY,
            nodes: SelectorsForm = ("all",),
        ) -> None: ...

    at_most: int
    """Blocks by which the best block may be above the finalized one."""
    chain: ChainId = RELAY
    """The chain whose finality is judged, by default the relay chain's."""
    nodes: Selectors = ("all",)
    """Nodes that are judged, of those that follow the chain; by default all."""

    def expected(self) -> str:
        return f"finality of {self.chain} lags by {self.at_most} blocks at most"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        worst: tuple[int, str, float] = (-1, "", 0.0)
        judged = judged_nodes(evidence, self.nodes, self.chain)
        fresh = False
        for node in judged:
            heads = [head for head in evidence.best[node] if interval.holds(head.t)]
            fresh = fresh or bool(heads)
            standing = evidence.head_at(node, interval.start, finalized=False)
            for head in heads or [head for head in (standing,) if head is not None]:
                t = max(head.t, interval.start)
                final = evidence.head_at(node, t, finalized=True)
                worst = max(worst, (head.height - (final.height if final else 0), node, t))
        if not fresh:
            raise Unjudgeable("no judged node showed a new best block in that time")
        watched = coverage(evidence, interval.start, interval.end, judged, syncing="excused")
        held = worst[0] <= self.at_most
        stood = standstill(self.chain, self._gains(evidence), interval.start, interval.end) if held else ""
        if stood:
            raise Unjudgeable(f"{stood}: finality of a chain that stands has nothing to lag behind")
        seen = f"{worst[0]} blocks on {worst[1]} at {worst[2]:.1f} s"
        return self.finding(held, seen, interval, coverage=watched, certain=not held, figures={"blocks": worst[0]})

    def _gains(self, evidence: Evidence) -> Iterator[float]:
        """When the highest best block of any node of the chain rose."""
        highest = -1
        for head in sorted((h for n in evidence.nodes(self.chain) for h in evidence.best[n]), key=lambda one: one.t):
            if head.height > highest:
                highest = head.height
                yield head.t
