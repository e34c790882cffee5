"""Checks of parachain blocks on the relay chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from simnet.checks._check import Finding, Interval, Unjudgeable
from simnet.checks.bounds import Bounded
from simnet.checks.relay import inclusions, main_chain, of_main_chain, para_of, paras_judged
from simnet.checks.watched import of_every_fork
from simnet.errors import InputError
from simnet.fields import ChainForm, ParaId, Seconds, SecondsForm
from simnet.journal import Evidence, Record
from simnet.journal.records import RuntimeEvent
from simnet.network.topology import RELAY


@dataclass(frozen=True, kw_only=True)
class ParachainIncluded(Bounded):
    """Counts the candidates of a parachain that relay blocks first seen in the interval included, each candidate once.
    Use it to see that parachains go on, or that a fault stops them.

    Where collators author by slots, a candidate may have several blocks: ``blocks_advance`` and ``blocks_authored``
    count those.
    """

    kind: ClassVar[str] = "parachain_included"
    liveness: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            para: ChainForm | None = None,
            at_least: int | None = None,
            at_most: int | None = None,
            forks: bool = True,
            grace: SecondsForm = 0.0,
            within: SecondsForm | None = None,
            backed_inside: bool = False,
        ) -> None: ...

    para: ParaId | None = None
    """The parachain whose candidates are counted. Left out: every parachain, each by itself."""
    at_least: int | None = None
    """The fewest candidates included on the main chain: the finalized blocks and those that lead beyond them. Left out:
    no lower bound, and ``at_most`` is given."""
    at_most: int | None = None
    """The most candidates included on any fork, so that 0 says that no side included anything. Left out: no upper
    bound, and ``at_least`` is given."""
    forks: bool = True
    """Whether ``at_most`` counts what any fork included. With false it counts the main chain alone."""
    grace: Seconds = 0.0
    """Time from the interval's start that does not count: candidates that were backed and available before go through.
    By default all of it counts."""
    within: Seconds | None = None
    """Time from the interval's start after which nothing counts any more. Left out: all counts to the interval's
    end."""
    backed_inside: bool = False
    """Whether only candidates count that were backed in the interval as well: in a partition the first block of each
    side, which may come many slots later, still includes what all validators had made available before. By default all
    count."""

    def validate(self) -> None:
        super().validate()
        if not self.forks and self.at_most is None:
            raise InputError("parachain_included: forks is about at_most; at_least counts on the main chain always")
        if self.within is not None and self.within <= self.grace:
            raise InputError(f"parachain_included: grace {self.grace:g}s leaves nothing of within {self.within:g}s")

    def needs(self) -> dict[str, float]:
        return {"grace": self.grace} if self.within is None else {"within": self.within}

    def expected(self) -> str:
        which = f"parachain {self.para}" if self.para else "each parachain"
        which += " that were backed then" if self.backed_inside else ""
        where = "any fork" if self.forks else "the main chain"
        if self.at_least is None:
            return f"{self.at_most} candidate(s) at most of {which} included on {where}"
        text = f"{self.at_least} or more candidate(s) of {which} included on the main chain"
        return text + (f", {self.at_most} at most on {where}" if self.at_most is not None else "")

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        start = interval.start + self.grace
        end = interval.end if self.within is None else min(interval.end, interval.start + self.within)
        blocks, everywhere = of_every_fork(evidence, RELAY, start, end)
        relay = {block.hash for block in blocks}
        leading = [block for block in main_chain(evidence) if block.hash in relay]
        on_main, main = of_main_chain(evidence, leading, start, end), {block.hash for block in leading}
        inside = [record for record in inclusions(evidence) if record.hash in relay]
        if self.backed_inside:
            inside = [record for record in inside if self._backed_at(evidence, record) >= interval.start]
        paras = paras_judged(evidence, self.para)
        heads = {
            para: [(one.data.fields.get("para_head"), one.hash in main) for one in inside if para_of(one) == para]
            for para in paras
        }
        leading_heads = {para: len({head for head, leads in found if leads}) for para, found in heads.items()}
        all_heads = {para: len({head for head, _ in found}) for para, found in heads.items()}
        text = "; ".join(
            f"{where}: {', '.join(f'{para} {count}' for para, count in counts.items())} in {len(seen)} relay blocks"
            for where, counts, seen in (("main chain", leading_heads, main), ("any fork", all_heads, relay))
        )
        few = [para for para in paras if self.at_least is not None and leading_heads[para] < self.at_least]
        bounded = all_heads if self.forks else leading_heads
        many = [para for para in paras if self.at_most is not None and bounded[para] > self.at_most]
        # What was not read, or would have come later, can only add to the counts.
        certain = bool(many) or (not few and self.at_most is None)
        if not certain and (short := self.cut_short(interval)) is not None:
            raise short
        where = [record for record in inside if para_of(record) in many][:2]
        figures = leading_heads | {f"{para} on any fork": count for para, count in all_heads.items()}
        watched = on_main if self.at_most is None or not self.forks or (few and not many) else everywhere
        held, certain = not few and not many, certain and not self.backed_inside
        return self.finding(held, text, interval, coverage=watched, certain=certain, where=where, figures=figures)

    def _backed_at(self, evidence: Evidence, included: Record[RuntimeEvent]) -> float:
        """When the block that backed an included candidate was first seen; the including block's time if none is known,
        so that nothing is excused by a gap."""
        candidate = (included.data.fields.get("para_id"), included.data.fields.get("para_head"))
        for block in evidence.ancestors(RELAY, included.hash or ""):
            for record in evidence.events.get((RELAY, block.hash), ()):
                fields = record.data.fields
                if record.data.name == "CandidateBacked" and candidate == (fields["para_id"], fields["para_head"]):
                    return block.t
        return included.t


PENDING_FOR = 60.0
"""Seconds for which a candidate may wait for availability: ten slots. The presets of the bundled relay runtimes have a
paras_availability_period of four blocks; the rest is for slots without one."""


@dataclass(frozen=True, kw_only=True)
class CandidatesTimedOut(Bounded):
    """Counts candidates that were backed and then given up for not being available in time, in relay blocks first seen
    in the interval, on any fork. Use it where chunks are withheld or validators are out of reach."""

    kind: ClassVar[str] = "candidates_timed_out"

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            para: ChainForm | None = None,
            at_least: int | None = None,
            at_most: int | None = None,
        ) -> None: ...

    para: ParaId | None = None
    """The parachain whose candidates are counted. Left out: those of all parachains together."""
    at_least: int | None = None
    at_most: int | None = None

    def expected(self) -> str:
        which = f"of parachain {self.para} " if self.para else ""
        return f"{self.bounds()} candidate(s) {which}time out"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        relay, watched = of_every_fork(evidence, RELAY, interval.start, interval.end)
        seen = {block.hash for block in relay}
        found = [
            record
            for record in evidence.all_events("ParaInclusion", "CandidateTimedOut")
            if record.hash in seen and self.para in (None, str(record.data.fields.get("para_id")))
        ]
        if self.fits(0) and not found and not self._any_backed(evidence, interval):
            raise Unjudgeable("no candidate was backed until then, so that none could time out")
        text = f"{len(found)} in {len(relay)} relay blocks"
        figures = {"count": len(found)}
        return self.counted(len(found), text, interval, coverage=watched, where=found[:3], figures=figures)

    def _any_backed(self, evidence: Evidence, interval: Interval) -> bool:
        return any(
            interval.start - PENDING_FOR <= record.t <= interval.end and self.para in (None, para_of(record))
            for record in evidence.all_events("ParaInclusion", "CandidateBacked")
        )
