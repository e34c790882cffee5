"""What checks ask of the relay chain as a whole: its main chain, and the candidates that its blocks include."""

from __future__ import annotations

from dataclasses import replace

from simnet.checks._check import Unjudgeable
from simnet.checks.coverage import Coverage
from simnet.checks.watched import of_one_chain, unread
from simnet.journal import Block, Evidence, Record
from simnet.journal.records import RuntimeEvent
from simnet.network.topology import RELAY


def main_chain(evidence: Evidence) -> list[Block]:
    """The finalized relay blocks, oldest first, and beyond them those that lead to the highest best block at the end:
    where finality stands, validators go on to earn and to be disabled."""
    final = evidence.canonical(RELAY)
    heads = [evidence.best[node][-1] for node in evidence.nodes(RELAY) if evidence.best[node]]
    for head in sorted(heads, key=lambda one: -one.height):
        beyond: list[Block] = []
        for block in evidence.ancestors(RELAY, head.hash):
            if final and block.hash == final[-1].hash:
                return final + beyond[::-1]
            beyond.append(block)
        if not final:
            return beyond[::-1]
    return final


def of_main_chain(evidence: Evidence, blocks: list[Block], start: float, end: float) -> Coverage:
    """What counting in these blocks of the main chain rests on, all that were first seen between two times: that they
    hang together, every one was read, and no node of the relay chain could know more of them."""
    nothing = "" if blocks else "no block of the main chain was seen in that time; that proves no absence"
    seen = of_one_chain(evidence, RELAY, start, end, (), evidence.nodes(RELAY))
    return replace(seen, unread=unread(evidence, blocks), nothing=nothing)


def paras_judged(evidence: Evidence, para: str | None) -> list[str]:
    """The parachain that a check names, or all; raises :class:`Unjudgeable` where there is none: a parachain that is
    not there has no candidates, whatever happens."""
    paras = [chain for chain in evidence.chains() if chain != RELAY and para in (None, chain)]
    if not paras:
        raise Unjudgeable(f"the network has no parachain{f' {para}' if para is not None else ''}")
    return paras


def inclusions(evidence: Evidence) -> list[Record[RuntimeEvent]]:
    """The event of each candidate that a relay block includes, on any fork."""
    return evidence.all_events("ParaInclusion", "CandidateIncluded")


def inclusion_times(evidence: Evidence) -> dict[str, list[float]]:
    """Times at which finalized relay blocks that include a candidate were first seen, by parachain."""
    found: dict[str, list[float]] = {para: [] for para in evidence.chains() if para != RELAY}
    for block, record in evidence.canonical_events(RELAY, "ParaInclusion", "CandidateIncluded"):
        found.setdefault(para_of(record), []).append(block.t)
    return found


def para_of(record: Record[RuntimeEvent]) -> str:
    """Whose candidate an event of the pallet ParaInclusion is about."""
    return str(record.data.fields.get("para_id"))
