"""Whether a chain's code became what it was to become, and only that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from simnet.checks._check import (
    Check,
    Finding,
    Interval,
    Status,
    Unjudgeable,
    invariant,
    judged_nodes,
    pointer,
    refuse_no_hash,
)
from simnet.checks.gone_over import NEXT, NO_CODE_TOLD, code_changes, missed, unread_code
from simnet.checks.watched import coverage, unread
from simnet.errors import InputError
from simnet.fields import ChainForm, ChainId, Seconds, SecondsForm, Selectors, SelectorsForm
from simnet.journal import Evidence, Head, Record, in_words, upgrade_phases
from simnet.journal.records import RuntimeEvent, UpgradeAsked
from simnet.network.topology import RELAY

BACK = 60.0
"""Seconds after which a node that was away is judged as the others: until then it may still sync."""


@dataclass(frozen=True, kw_only=True)
class Upgraded(Check):
    """Says that a chain got new code: every judged node that runs has finalized a block whose state has it. Use it
    after whatever brings code into a chain: a run over a code that was refused goes on as if nothing had been asked.

    What counts is the hash of the code, since other code may have the same version.
    """

    kind: ClassVar[str] = "upgraded"
    liveness: ClassVar[bool] = True
    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            chain: ChainForm = RELAY,
            code: str | None = None,
            version: int | None = None,
            within: SecondsForm | None = None,
            nodes: SelectorsForm = ("all",),
            missed: int | None = None,
        ) -> None: ...

    chain: ChainId = RELAY
    """The chain whose code is judged, by default the relay chain."""
    code: str | None = None
    """BLAKE2b-256 of the code, ``0x`` hex, as `:code` has it. Left out: what the chain's last ``upgrade`` step brought,
    or, without such a step, the last call of a step that carried code; where there is none, any of the ``version``."""
    version: int | None = None
    """The ``spec_version`` that the code has besides. Left out: any, if its hash is right."""
    within: Seconds | None = None
    """Time from the interval's start within which the last judged node has finalized such a block. Left out: the whole
    interval."""
    nodes: Selectors = ("all",)
    """Nodes that are judged, of those of the chain that run; by default all."""

    missed: int | None = None
    """The most slots that the relay chain may miss over the ten blocks after the one that applied the code; of a
    parachain the most relay blocks that may include no candidate of it, over the ten candidates after. Left out: any
    number, which the finding tells."""

    def validate(self) -> None:
        refuse_no_hash(self.kind, self.code)
        if self.missed is not None and self.missed < 0:
            raise InputError(f"upgraded: missed {self.missed} is less than none")

    def selectors(self) -> Iterable[str]:
        return self.nodes

    def needs(self) -> dict[str, float]:
        return {} if self.within is None else {"within": self.within}

    def expected(self) -> str:
        what = [f"code {self.code[:10]}"] if self.code else []
        what += [f"spec_version {self.version}"] if self.version is not None else []
        when = "" if self.within is None else f" within {self.within:g}s"
        what_else = "" if self.missed is None else f", and {self.missed} {self._misses(self.missed)} missed at most"
        code = " and ".join(what) or "the code asked for"
        return f"each node has finalized a block of {self.chain} with {code}{when}{what_else}"

    def _misses(self, count: int) -> str:
        return ("slot" if self.chain == RELAY else "relay block") + ("s" if count != 1 else "")

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        end = interval.end if self.within is None else min(interval.end, interval.start + self.within)
        wanted, since = self._wanted(evidence, end)
        nodes = judged_nodes(evidence, self.nodes, self.chain)
        watched = coverage(evidence, interval.start, end, nodes)
        away = {one.node for one in watched.away if one.end >= end - BACK}
        heads = {node: evidence.head_at(node, end, finalized=True) for node in nodes}
        heads = {node: head for node, head in heads.items() if node not in away or self._has(evidence, head, wanted)}
        judged = list(heads)
        if not any(heads.values()):
            raise Unjudgeable(f"no judged node of {self.chain} that ran had finalized a block by then")
        if not evidence.codes[self.chain]:
            raise Unjudgeable(f"no code of {self.chain} was read")
        unchanged = [node for node, head in heads.items() if head is not None and self._unchanged(evidence, head.hash)]
        has = {node: self._has(evidence, head, wanted) for node, head in heads.items()}
        lacking = [node for node, right in has.items() if not right]
        if not lacking and unchanged:
            raise Unjudgeable(f"{self.chain} has had that code from the beginning; nothing brought it in")
        if lacking and (short := self.cut_short(interval)) is not None:
            raise short
        what = "it" if wanted is None else wanted[:10]
        text = f"{len(judged) - len(lacking)} of {len(judged)} nodes have {what}"
        text += f", not {', '.join(lacking)}" if lacking else ""
        phases = [] if wanted is None else upgrade_phases(evidence, self.chain, wanted, since)
        text += self._without_migration(evidence, wanted)
        told = in_words(phase for phase in phases if phase.t <= end)
        text += f"; it was {told}" if told else "; nothing is known of how it came"
        figures = {"nodes": len(judged)}
        count, followed = (0, 0) if wanted is None else missed(evidence, self.chain, wanted)
        if followed:
            figures["missed"] = count
            text += f"; {count} {self._misses(count)} missed over the next {followed}"
        many = self.missed is not None and count > self.missed
        if self.missed is not None and not lacking and not many and followed < NEXT:
            raise Unjudgeable(f"{text}; of the next {NEXT}, in which misses count, {followed} are known")
        held = not lacking and not many
        if self.missed is not None:  # a candidate in a block that nobody read would have counted
            watched = replace(watched, unread=unread(evidence, evidence.canonical(RELAY)))
        certain = held and self.missed is None
        return self.finding(held, text, interval, coverage=watched, certain=certain, figures=figures)

    def _without_migration(self, evidence: Evidence, wanted: str | None) -> str:
        asked = (one.data for one in evidence.of(UpgradeAsked) if one.chain == self.chain and one.data.code == wanted)
        same = any(one.migrates is False for one in asked)
        return "; its version is not higher, so that no migration runs" if same else ""

    def _wanted(self, evidence: Evidence, end: float) -> tuple[str | None, float]:
        """Hash of the code, None where any of the right version will do, and since when it may have been on its way."""
        if self.code is not None:
            return self.code, 0.0
        named = [one for one in evidence.of(UpgradeAsked) if one.chain == self.chain and one.t <= end]
        asked = [one for one in named if one.data.path is not None] or named
        if asked:
            return asked[-1].data.code, asked[-1].t
        if self.version is None:
            raise Unjudgeable(f"no step asked for other code of {self.chain}; give `code` or `version`")
        return None, 0.0

    def _unchanged(self, evidence: Evidence, hash_: str) -> bool:
        """Whether a block's state has the code that was read first of its chain, and no other in between."""
        read = evidence.codes[self.chain]
        codes = {read[one.hash].data.code for one in evidence.ancestors(self.chain, hash_) if one.hash in read}
        return len(codes) == 1

    def _has(self, evidence: Evidence, head: Head | None, wanted: str | None) -> bool:
        return head is not None and self._right(evidence, head.hash, wanted)

    def _right(self, evidence: Evidence, hash_: str, wanted: str | None) -> bool:
        read = evidence.code(self.chain, hash_)
        if read is None:
            return False
        of_version = self.version is None or read.data.spec_version == self.version
        return of_version and wanted in (None, read.data.code)


def code_as_asked(evidence: Evidence) -> Finding:
    """A chain's code changes only to what a step or a dispatched authorization named, on any fork."""
    name, expected = "code as asked", "no chain's code changes but to what a step or an authorization named"
    named = {(one.chain, one.data.code) for one in evidence.of(UpgradeAsked)}
    named |= {(one.chain, code) for one in evidence.of(RuntimeEvent) if (code := _authorized(one)) is not None}
    changes: dict[str, None] = {}
    problems: dict[str, str] = {}
    for chain in evidence.chains():
        for _, record in code_changes(evidence, chain):
            told = f"{chain} block {record.height} to {record.data.code[:10]}"
            changes[told] = None
            if (chain, record.data.code) not in named:
                problems.setdefault(f"code changed in {told}, which nobody named", pointer(record))
    if not any(evidence.codes.values()):
        return invariant(name, expected, Status.SUSPENDED, NO_CODE_TOLD)
    lacking = unread_code(evidence)
    status = Status.FAILED if problems else Status.INCONCLUSIVE if lacking else Status.HELD
    told = "; ".join(problems) or (f"changed in {', '.join(changes)}" if changes else "no change")
    return invariant(name, expected, status, "; ".join(filter(None, (told, lacking))), problems.values())


def _authorized(record: Record[RuntimeEvent]) -> str | None:
    """The hash that an authorization names, which root or a referendum gave."""
    data = record.data
    found = data.fields.get("code_hash") if (data.pallet, data.name) == ("System", "UpgradeAuthorized") else None
    return found if isinstance(found, str) else None
