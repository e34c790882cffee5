"""Checks of sessions and peers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from simnet.checks._base import Check, Finding, Interval, Unjudgeable, judged_nodes
from simnet.checks.blocks import bounds_text, within_bounds
from simnet.errors import InputError
from simnet.fields import Seconds, Selectors
from simnet.journal import Evidence, Kind
from simnet.network.topology import RELAY


@dataclass(frozen=True, kw_only=True)
class Sessions(Check):
    """Session changes of the relay chain seen in the interval."""

    kind: ClassVar[str] = "sessions"
    liveness: ClassVar[bool] = True
    at_least: int | None = None
    at_most: int | None = None

    def validate(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise InputError("sessions needs at_least, at_most or both")

    def expected(self) -> str:
        return f"{bounds_text(self.at_least, self.at_most)} session change(s)"

    def _judge(self, evidence: Evidence, interval: Interval) -> Finding:
        changes = [change for change in evidence.session_changes() if interval.holds(change[0])]
        blocks = any(interval.holds(block.t) for block in evidence.blocks[RELAY].values())
        if not blocks and self.at_least is None:
            raise Unjudgeable("no relay block was seen in that time")
        held = within_bounds(len(changes), self.at_least, self.at_most)
        text = ", ".join(f"session {index} at block {height}" for _, height, index in changes[:6])
        return self.finding(
            held, f"{len(changes)}{': ' + text if text else ''}", interval, figures={"count": len(changes)}
        )


@dataclass(frozen=True, kw_only=True)
class Peers(Check):
    """Peers of every judged node that runs: between the bounds at some time within ``within``, or ``always`` in the
    interval."""

    kind: ClassVar[str] = "peers"
    liveness: ClassVar[bool] = True
    at_least: int | None = None
    at_most: int | None = None
    within: Seconds = 60.0
    always: bool = False
    nodes: Selectors = ("all",)

    def validate(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise InputError("peers needs at_least, at_most or both")

    def selectors(self) -> Iterable[str]:
        return self.nodes

    def needs(self) -> dict[str, float]:
        return {} if self.always else {"within": self.within}

    def expected(self) -> str:
        when = "all the time" if self.always else f"within {self.within:g}s"
        return f"each node has {bounds_text(self.at_least, self.at_most)} peer(s) {when}"

    def _judge(self, evidence: Evidence, interval: Interval) -> Finding:
        wrong: list[str] = []
        judged = 0
        for node in judged_nodes(evidence, self.nodes):
            samples = self._samples(evidence, node, interval)
            if not samples or evidence.was_down(node, interval.start, interval.end):
                continue
            judged += 1
            good = [within_bounds(count, self.at_least, self.at_most) for count in samples]
            if not (all(good) if self.always else any(good)):
                wrong.append(f"{node} {min(samples)} to {max(samples)}")
        if not judged:
            raise Unjudgeable("no judged node that ran told its peers in that time")
        if wrong and (short := self.cut_short(interval)) is not None:
            raise short
        return self.finding(not wrong, "; ".join(wrong) or f"{judged} nodes", interval)

    def _samples(self, evidence: Evidence, node: str, interval: Interval) -> list[int]:
        """Peer counts that held in the interval; they are journaled when they change."""
        end = interval.end if self.always else min(interval.end, interval.start + self.within)
        own = [record for record in evidence.of_kind[Kind.PEERS] if record.observer == node and record.t <= end]
        before = [record for record in own if record.t < interval.start][-1:]
        return [record.data["count"] for record in (*before, *(r for r in own if r.t >= interval.start))]
