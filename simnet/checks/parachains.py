"""Checks of parachain blocks on the relay chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simnet.checks._base import Check, Finding, Interval, Unjudgeable
from simnet.checks.blocks import bounds_text, settled, within_bounds
from simnet.checks.watched import of_every_fork
from simnet.errors import InputError
from simnet.fields import ChainId, Seconds
from simnet.journal import Evidence, Record
from simnet.network.topology import RELAY


@dataclass(frozen=True, kw_only=True)
class ParachainIncluded(Check):
    """Candidates of a parachain that relay blocks first seen in the interval included, on any fork.

    ``para`` None means every parachain, each by itself. ``backed_inside`` counts only those that were backed in the
    interval as well: in a partition the first block of each side, which may come many slots later, still includes
    what all validators had made available before. ``grace`` seconds at the interval's start do not count:
    candidates that were backed and available before go through. ``within`` ends the interval early.
    """

    kind: ClassVar[str] = "parachain_included"
    liveness: ClassVar[bool] = True
    para: ChainId | None = None
    at_least: int | None = None
    at_most: int | None = None
    grace: Seconds = 0.0
    within: Seconds | None = None
    backed_inside: bool = False

    def validate(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise InputError("parachain_included needs at_least, at_most or both")

    def expected(self) -> str:
        which = f"parachain {self.para}" if self.para else "each parachain"
        which += " that were backed then" if self.backed_inside else ""
        return f"{bounds_text(self.at_least, self.at_most)} candidate(s) of {which} included"

    def _judge(self, evidence: Evidence, interval: Interval) -> Finding:
        start = interval.start + self.grace
        end = interval.end if self.within is None else min(interval.end, interval.start + self.within)
        relay, watched = of_every_fork(evidence, RELAY, start, end)
        seen_from = {block.hash for block in relay}
        paras = [self.para] if self.para else [chain for chain in evidence.chains() if chain != RELAY]
        if not paras:
            raise Unjudgeable("the network has no parachain")
        counts = dict.fromkeys(paras, 0)
        events = evidence.all_events("ParaInclusion", "CandidateIncluded")
        inside = [record for record in events if record.hash in seen_from]
        if self.backed_inside:
            inside = [record for record in inside if self._backed_at(evidence, record) >= interval.start]
        for record in inside:
            para = str(record.data["fields"].get("para_id"))
            if para in counts:
                counts[para] += 1
        held = all(within_bounds(count, self.at_least, self.at_most) for count in counts.values())
        text = ", ".join(f"{para}: {count}" for para, count in counts.items()) + f" in {len(relay)} relay blocks"
        return self.finding(
            held,
            text,
            interval,
            coverage=watched,
            certain=settled(counts.values(), self.at_least, self.at_most) and not self.backed_inside,
            where=inside[:2] if not held else (),
            figures={str(para): count for para, count in counts.items()},
        )

    def _backed_at(self, evidence: Evidence, included: Record) -> float:
        """When the block that backed an included candidate was first seen; the including block's time if none is known,
        so that nothing is excused by a gap."""
        candidate = (included.data["fields"].get("para_id"), included.data["fields"].get("para_head"))
        for block in evidence.ancestors(RELAY, included.hash or ""):
            for record in evidence.events.get((RELAY, block.hash), ()):
                fields = record.data["fields"]
                if record.data["name"] == "CandidateBacked" and candidate == (fields["para_id"], fields["para_head"]):
                    return block.t
        return included.t


@dataclass(frozen=True, kw_only=True)
class CandidatesTimedOut(Check):
    """Candidates that were backed and then given up for not being available in time, in relay blocks first seen in the
    interval, on any fork. ``para`` None counts those of all parachains together."""

    kind: ClassVar[str] = "candidates_timed_out"
    para: ChainId | None = None
    at_least: int | None = None
    at_most: int | None = None

    def validate(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise InputError("candidates_timed_out needs at_least, at_most or both")

    def expected(self) -> str:
        which = f"of parachain {self.para} " if self.para else ""
        return f"{bounds_text(self.at_least, self.at_most)} candidate(s) {which}time out"

    def _judge(self, evidence: Evidence, interval: Interval) -> Finding:
        relay, watched = of_every_fork(evidence, RELAY, interval.start, interval.end)
        seen = {block.hash for block in relay}
        found = [
            record
            for record in evidence.all_events("ParaInclusion", "CandidateTimedOut")
            if record.hash in seen and self.para in (None, str(record.data["fields"].get("para_id")))
        ]
        held = within_bounds(len(found), self.at_least, self.at_most)
        text = f"{len(found)} in {len(relay)} relay blocks"
        certain = settled((len(found),), self.at_least, self.at_most)
        figures = {"count": len(found)}
        return self.finding(held, text, interval, coverage=watched, certain=certain, where=found[:3], figures=figures)
