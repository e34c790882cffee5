"""How far new code has come into a chain, from what the chains tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from simnet.journal._evidence import Evidence
from simnet.journal._record import Record
from simnet.journal.records import ParachainUpgrade, PvfVote, RuntimeEvent, SlotLost
from simnet.network.topology import RELAY

REFUSALS = ("refused by the chain", "rejected by validators", "discarded")
"""Phases from which nothing leads on."""

_ORDER = (
    "authorized", "noted", "pre-checking began", "accepted by validators", "rejected by validators", "scheduled",
    "told to go ahead", "applied", "first used", "finalized",
)  # fmt: skip
"""Phases that may be told of one block, in their order."""


_TELLING = ("System", "ParachainSystem", "Paras")
"""Pallets of whose events some tell a phase."""


@dataclass(frozen=True)
class UpgradePhase:
    """Something that happened to new code on its way."""

    name: str
    """What happened, in the words of :func:`upgrade_phases`."""
    t: float
    """Seconds since the run began at which its block was first seen."""
    chain: str
    """The chain whose block tells it."""
    height: int
    """Number of that block."""
    hash: str
    """Hash of that block, 0x hex."""
    why: str | None = None
    """More of it, in words, such as how many voted; left out where there is no more."""

    def __str__(self) -> str:
        place = "relay block" if self.chain == RELAY else "block"
        return f"{self.name} in {place} {self.height}" + (f" ({self.why})" if self.why else "")


def upgrade_phases(evidence: Evidence, chain: str, code: str, since: float = 0.0) -> list[UpgradePhase]:
    """What happened to a code on its way into a chain from a time on, in any block and in their order: ``authorized``,
    of a parachain ``noted``, ``pre-checking began``, ``accepted by validators``, ``scheduled`` and ``told to go
    ahead``, then ``applied``, ``first used`` by the block after that and ``finalized`` with that block; or one of
    :data:`REFUSALS`."""
    found: dict[tuple[str, str], UpgradePhase] = {}
    for phase in _told(evidence, chain, code, since):
        found.setdefault((phase.name, phase.hash), phase)
    return sorted(found.values(), key=lambda phase: (phase.t, _ORDER.index(phase.name) if phase.name in _ORDER else 0))


def in_words(phases: Iterable[UpgradePhase]) -> str:
    """The phases one after another, of several blocks of one phase the first."""
    first: dict[str, UpgradePhase] = {}
    for phase in phases:
        first.setdefault(phase.name, phase)
    return ", ".join(map(str, first.values()))


def why_slots_were_lost(evidence: Evidence, chain: str, since: float) -> str | None:
    """What last kept a chain's authors from making a block, after some time; None where nobody told, as real nodes."""
    lost = (one.data.why for one in reversed(evidence.of(SlotLost)) if one.chain == chain and one.t > since)
    return next(lost, None)


def pvf_votes(evidence: Evidence, code: str) -> list[Record[PvfVote]]:
    """The votes on a code, in any block, in the order in which they were seen."""
    return [one for one in evidence.of(PvfVote) if one.data.code == code]


def _told(evidence: Evidence, chain: str, code: str, since: float) -> Iterator[UpgradePhase]:
    for event in (one for pallet in _TELLING for one in evidence.all_events(pallet)):
        if event.t < since:
            continue
        named = _phase(evidence, event, chain, code)
        if named is not None:
            name, why = named
            yield UpgradePhase(name, event.t, *_place(event), why)
    for state in evidence.of(ParachainUpgrade):
        if state.t >= since and str(state.data.para) == chain and state.data.future == code:
            if state.data.scheduled is not None:
                yield UpgradePhase("scheduled", state.t, *_place(state), f"for {state.data.scheduled}")
            if state.data.go_ahead == "GoAhead":
                yield UpgradePhase("told to go ahead", state.t, *_place(state))
    applied = {
        read.hash or "": read for read in evidence.codes[chain].values() if read.t >= since and read.data.code == code
    }
    for read in applied.values():
        yield UpgradePhase("applied", read.t, *_place(read))
    yield from _under(evidence, chain, set(applied))


def _under(evidence: Evidence, chain: str, applied: set[str]) -> Iterator[UpgradePhase]:
    """The first blocks that the code made, and when one of them was finalized."""
    if not applied:
        return
    first = [block for block in evidence.blocks[chain].values() if block.parent in applied]
    for block in first:
        yield UpgradePhase("first used", block.t, chain, block.height, block.hash)
    made = {block.hash: block for block in first}
    final = next((block for block in evidence.canonical(chain) if block.hash in made), None)
    if final is None:
        return
    heads = (head for node in evidence.nodes(chain) for head in evidence.finalized[node] if head.height >= final.height)
    seen = min((head.t for head in heads if evidence.is_ancestor(chain, final.hash, head.hash)), default=None)
    if seen is not None:
        yield UpgradePhase("finalized", seen, chain, final.height, final.hash)


def _place(record: Record[Any]) -> tuple[str, int, str]:
    return record.chain or "", record.height or 0, record.hash or ""


def _phase(evidence: Evidence, record: Record[RuntimeEvent], chain: str, code: str) -> tuple[str, str | None] | None:
    """The phase that an event tells of, and why."""
    fields = record.data.fields
    if record.chain == chain:
        match (record.data.pallet, record.data.name):
            case ("System", "UpgradeAuthorized") if fields.get("code_hash") == code:
                return "authorized", None
            case ("System", "RejectedInvalidAuthorizedUpgrade") if fields.get("code_hash") == code:
                return "refused by the chain", str(fields.get("error"))
            case ("ParachainSystem", "ValidationFunctionStored"):
                return "noted", None
            case ("ParachainSystem", "ValidationFunctionDiscarded"):
                return "discarded", None
    if record.chain == RELAY and record.data.pallet == "Paras" and list(fields.values()) == [code, _number(chain)]:
        match record.data.name:
            case "PvfCheckStarted":
                return "pre-checking began", None
            case "PvfCheckAccepted":
                return "accepted by validators", _votes(evidence, record, code)
            case "PvfCheckRejected":
                return "rejected by validators", _votes(evidence, record, code)
    return None


def _votes(evidence: Evidence, decided: Record[RuntimeEvent], code: str) -> str | None:
    """Who had voted how in the chain of the block that decided, in words; None where no vote was read."""
    by: dict[bool, dict[str, None]] = defaultdict(dict)
    chain = {block.hash for block in evidence.ancestors(RELAY, decided.hash or "")}
    for vote in pvf_votes(evidence, code):
        if vote.hash in chain:
            by[vote.data.accept].setdefault(vote.data.validator)
    told = [f"{len(by[accept])} {word}" for accept, word in ((True, "for"), (False, "against")) if by[accept]]
    return ", ".join(told) or None


def _number(chain: str) -> int | None:
    return int(chain) if chain.isdecimal() else None
