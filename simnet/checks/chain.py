"""Checks of sessions and peers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from simnet.checks._check import Finding, Interval, JudgesNodes, Unjudgeable, judged_nodes
from simnet.checks.bounds import Bounded
from simnet.checks.watched import coverage, of_every_fork, unseen
from simnet.fields import Seconds, SecondsForm, Selectors, SelectorsForm
from simnet.journal import Evidence
from simnet.journal.records import NodeUp, PeerCount
from simnet.network.topology import RELAY


@dataclass(frozen=True, kw_only=True)
class Sessions(Bounded):
    """Counts the session changes of the relay chain that were seen in the interval. Use it where another check means
    something only if validators or keys changed."""

    kind: ClassVar[str] = "sessions"
    liveness: ClassVar[bool] = True
    at_least: int | None = None
    at_most: int | None = None

    def expected(self) -> str:
        return f"{self.bounds()} session change(s)"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        changes = [change for change in evidence.session_changes() if interval.holds(change[0])]
        _, watched = of_every_fork(evidence, RELAY, interval.start, interval.end)
        count = len(changes)
        told = ", ".join(f"session {index} at block {height}" for _, height, index in changes[:6])
        text = f"{count}{': ' + told if told else ''}"
        return self.counted(count, text, interval, coverage=watched, figures={"count": count})


@dataclass(frozen=True, kw_only=True)
class Peers(Bounded, JudgesNodes):
    """Bounds how many peers every judged node that runs has, at some time soon or all the time. Use it to see that
    nodes find one another again, or that a fault left them alone."""

    kind: ClassVar[str] = "peers"
    liveness: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            at_least: int | None = None,
            at_most: int | None = None,
            within: SecondsForm = 60.0,
            always: bool = False,
            nodes: SelectorsForm = ("all",),
        ) -> None: ...

    at_least: int | None = None
    at_most: int | None = None
    within: Seconds = 60.0
    """Time from the interval's start in which the count must once lie between the bounds."""
    always: bool = False
    """Whether the count must lie between the bounds during the whole interval; then ``within`` says nothing."""
    nodes: Selectors = ("all",)
    """Nodes that are judged, of those that run all the time; by default all."""

    def needs(self) -> dict[str, float]:
        return {} if self.always else {"within": self.within}

    def expected(self) -> str:
        when = "all the time" if self.always else f"within {self.within:g}s"
        return f"each node has {self.bounds()} peer(s) {when}"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        end = interval.end if self.always else min(interval.end, interval.start + self.within)
        nodes = judged_nodes(evidence, self.nodes)
        watched = coverage(evidence, interval.start, end, nodes)
        judged = [node for node in nodes if node not in watched.absent]
        samples = {node: self._samples(evidence, node, interval.start, end) for node in judged}
        mute = [node for node in judged if not samples[node]]
        if not judged or len(mute) == len(judged):
            raise Unjudgeable("no judged node that ran told its peers in that time")
        watched = watched.and_of(unseen(mute, interval.start, end, "it did not tell its peers"))
        good = {node: [self.fits(count) for count in counts] for node, counts in samples.items() if counts}
        wrong = [node for node, found in good.items() if not (all(found) if self.always else any(found))]
        text = "; ".join(f"{node} {min(samples[node])} to {max(samples[node])}" for node in wrong)
        if wrong and (short := self.cut_short(interval)) is not None:
            raise short
        certain = not self.always if not wrong else self.always or not watched.unwatched.issuperset(wrong)
        return self.finding(not wrong, text or f"{len(judged)} nodes", interval, coverage=watched, certain=certain)

    def _samples(self, evidence: Evidence, node: str, start: float, end: float) -> list[int]:
        """Peer counts that held between two times; they are journaled when they change, and after each start."""
        own = [record for record in evidence.of(PeerCount) if record.observer == node and record.t <= end]
        ups = [record for record in evidence.of(NodeUp) if record.observer == node and record.t <= start]
        before = [record for record in own if record.t < start and ups and record.seq > ups[-1].seq][-1:]
        return [record.data.count for record in (*before, *(r for r in own if r.t >= start))]
