"""What who runs validators wants to hold: nobody idles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from simnet.checks import Check, Finding, Interval, Unjudgeable, judged_nodes
from simnet.checks.authors import nameless
from simnet.checks.watched import coverage
from simnet.errors import InputError
from simnet.fields import Seconds, Selectors
from simnet.journal import Evidence
from simnet.network.topology import RELAY


@dataclass(frozen=True, kw_only=True)
class NoIdleAuthor(Check):
    """Every judged validator that runs all the time authors a relay block at least every ``longest`` seconds.

    A validator that a fault took away for some of the time is excused, and named.
    """

    kind: ClassVar[str] = "no_idle_author"
    liveness: ClassVar[bool] = True
    longest: Seconds = 180.0
    nodes: Selectors = ("validators",)

    def validate(self) -> None:
        if self.longest <= 0:
            raise InputError("no_idle_author: longest is more than 0 s")

    def selectors(self) -> Iterable[str]:
        return self.nodes

    def needs(self) -> dict[str, float]:
        return {"longest": self.longest}

    def expected(self) -> str:
        return f"each of {', '.join(self.nodes)} authors a block at least every {self.longest:g}s"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        names = judged_nodes(evidence, self.nodes, RELAY)
        watched = coverage(evidence, interval.start, interval.end, names, onlookers=evidence.nodes(RELAY))
        judged = [name for name in names if name not in watched.absent]
        if not judged:
            raise Unjudgeable("every judged validator was away at some time in the interval")
        short = self.cut_short(interval)
        if short is not None:
            raise short
        blocks = [block for block in evidence.blocks[RELAY].values() if interval.holds(block.t)]
        if nameless(evidence, blocks):
            raise Unjudgeable("blocks of that time were sealed with keys of no known node, so nobody knows who idled")
        idle = dict.fromkeys(judged, 0.0)
        for name in judged:
            times = [interval.start, *sorted(block.t for block in blocks if block.author == name), interval.end]
            idle[name] = max(two - one for one, two in pairwise(times))
        worst = max(idle, key=lambda name: idle[name])
        return self.finding(
            idle[worst] <= self.longest,
            f"{worst} authored nothing for {idle[worst]:.0f} s, the others for less",
            interval,
            coverage=watched,
            figures={name: round(seconds, 1) for name, seconds in idle.items()},
        )
