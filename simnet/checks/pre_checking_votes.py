"""How validators voted on a new validation code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from simnet.checks._check import Finding, Interval, Unjudgeable, judged_nodes, refuse_no_hash
from simnet.checks.bounds import Bounded
from simnet.checks.relay import main_chain, of_main_chain
from simnet.fields import ChainForm, ParaId, Selectors, SelectorsForm
from simnet.journal import Evidence, Record, pvf_votes
from simnet.journal.records import ParachainUpgrade, RuntimeEvent, UpgradeAsked
from simnet.network.topology import RELAY


@dataclass(frozen=True, kw_only=True)
class PvfVotes(Bounded):
    """Counts the validators whose votes on a parachain's new code are in blocks of the relay chain's main chain, for it
    or against it. Use it to see who could not prepare the code, or that those who were down voted later.

    The chain decides with the votes of two thirds, for or against by a third; those that come later it does not take,
    so that of validators without a fault some have none.
    """

    kind: ClassVar[str] = "pvf_votes"
    liveness: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            para: ChainForm,
            code: str | None = None,
            accept: bool = True,
            nodes: SelectorsForm = ("validators",),
            at_least: int | None = None,
            at_most: int | None = None,
        ) -> None: ...

    para: ParaId
    """Id of the parachain whose new code validators are asked about."""
    code: str | None = None
    """BLAKE2b-256 of the code, ``0x`` hex. Left out: what the parachain's last ``upgrade`` step brought, or else the
    last code for it on which the relay chain asked for votes."""
    accept: bool = True
    """Whether votes for the code are counted, or with false those against it."""
    nodes: Selectors = ("validators",)
    """Validators whose votes count; by default all."""
    at_least: int | None = None
    """The fewest of them. Left out: no lower bound, and ``at_most`` is given."""
    at_most: int | None = None
    """The most of them. Left out: no upper bound, and ``at_least`` is given."""

    def validate(self) -> None:
        super().validate()
        refuse_no_hash(self.kind, self.code)

    def selectors(self) -> Iterable[str]:
        return self.nodes

    def expected(self) -> str:
        return f"{self.bounds()} voted {_word(self.accept)} the code for parachain {self.para}"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        code = self._code(evidence, interval.end)
        blocks = [block for block in main_chain(evidence) if interval.start <= block.t <= interval.end]
        main = {block.hash for block in blocks}
        if not any(one.hash in main and one.data.fields["0"] == code for one in _asked(evidence, self.para)):
            raise Unjudgeable(f"no relay block of that time began to ask for votes on {code[:10]}")
        if not _read(evidence, self.para, code, main):
            raise Unjudgeable(f"who voted on {code[:10]} was not read")
        voters = set(evidence.nodes(RELAY, "validator"))
        names = [name for name in judged_nodes(evidence, self.nodes, RELAY) if name in voters]
        if not names:
            raise Unjudgeable(f"no validator is among {', '.join(self.nodes)}, and nobody else votes")
        votes = {
            one.data.validator: one
            for one in pvf_votes(evidence, code)
            if one.hash in main and one.data.accept is self.accept and one.data.validator in names
        }
        text = f"{len(votes)} of {len(names)} voted {_word(self.accept)} {code[:10]}"
        text += f": {', '.join(sorted(votes))}" if votes else ""
        watched = of_main_chain(evidence, blocks, interval.start, interval.end)
        where, figures = list(votes.values())[:2], {"votes": len(votes)}
        return self.counted(len(votes), text, interval, coverage=watched, where=where, figures=figures)

    def _code(self, evidence: Evidence, end: float) -> str:
        if self.code is not None:
            return self.code
        steps = [one.data.code for one in evidence.of(UpgradeAsked) if one.chain == self.para and one.t <= end]
        asked = [str(one.data.fields["0"]) for one in _asked(evidence, self.para) if one.t <= end]
        found = (steps or asked)[-1:]
        if not found:
            raise Unjudgeable(f"nobody asked validators for votes on a code for parachain {self.para}")
        return found[0]


def _asked(evidence: Evidence, para: str) -> list[Record[RuntimeEvent]]:
    """Where the relay chain began to ask for votes on a code for that parachain: its fields are the code and the id."""
    return [one for one in evidence.all_events("Paras", "PvfCheckStarted") if str(one.data.fields["1"]) == para]


def _read(evidence: Evidence, para: str, code: str, main: set[str]) -> bool:
    """Whether somebody looked for votes on a code: one was found, or how far the parachain is, which the same reader
    tells. Where these blocks accepted the code there are votes for it."""
    cast = pvf_votes(evidence, code)
    accepted = (one for one in evidence.all_events("Paras", "PvfCheckAccepted") if one.hash in main)
    if any(one.data.fields["0"] == code for one in accepted):
        return any(one.data.accept for one in cast)
    return bool(cast) or any(str(one.data.para) == para for one in evidence.of(ParachainUpgrade))


def _word(accept: bool) -> str:
    return "for" if accept else "against"
