"""What is worth to know of a run's XCM and judges nothing: told beside the findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simnet.checks.dry_runs import told_differences
from simnet.journal import Evidence, Trap
from simnet.journal.records import MessageAsked
from simnet.network.locations import location_text


@dataclass(frozen=True)
class Note:
    """``about`` what, in one or two words, and the text."""

    about: str
    text: str

    def __str__(self) -> str:
        return f"{self.about}: {self.text}"


def notes_of(evidence: Evidence) -> tuple[Note, ...]:
    """All of a run, in the order of its subjects: dry runs, trapped assets, versions of XCM."""
    return (
        *(Note("dry run", text) for text in told_differences(evidence)),
        *(Note("trapped", text) for text in _left_trapped(evidence)),
        *(Note("XCM version", text) for text in _lowered(evidence)),
    )


def trap_text(trap: Trap) -> str:
    """What lies trapped, for whom, in words: amounts are in the smallest unit."""
    assert isinstance(trap.assets, Mapping)
    ((_, assets),) = trap.assets.items()
    told = ", ".join(_asset(one, trap.chain) for one in assets)
    return f"{told} on {trap.chain} under {trap.hash}, which {whose(trap)} may claim"


def whose(trap: Trap) -> str:
    """Who may claim it, in words."""
    assert isinstance(trap.origin, Mapping)
    return location_text(trap.origin, trap.chain)


def left_by(evidence: Evidence) -> dict[int, str]:
    """Labels of steps by the ``seq`` of the record that tells of what their messages or programs left trapped."""
    return {trap.seq: trace.label for trace in evidence.messages() for end in trace.terminals for trap in end.trapped}


def _left_trapped(evidence: Evidence) -> Iterator[str]:
    labels: dict[int, str] | None = None
    mail = _by_mail(evidence)
    traps = {chain: evidence.trapped(chain)[0] for chain in evidence.chains()}
    left = {chain: count for chain, found in traps.items() if (count := sum(one.seq in mail for one in found))}
    if left:
        places = ", ".join(f"{count} on {chain}" for chain, count in left.items())
        yield f"what messages of `send` paid beyond their fees: {places}"
    for found in traps.values():
        for trap in (one for one in found if one.seq not in mail):
            labels = left_by(evidence) if labels is None else labels
            by = f", left by {labels[trap.seq]}" if trap.seq in labels else ""
            yield trap_text(trap) + by


def _by_mail(evidence: Evidence) -> set[int]:
    """``seq`` of the records that tell of traps by mail, which withdraws more than its remark costs."""
    log = evidence.message_log
    ends = (end for id_, one in log.submitted.items() if one.data.by is None for end in log.ended.get(id_, ()))
    return {trap.seq for end in ends for trap in log.given.effects_of(end).trapped}


def _lowered(evidence: Evidence) -> Iterator[str]:
    for record in evidence.of(MessageAsked):
        data = record.data
        if data.highest is not None:
            yield (
                f"{data.label} {data.sender}>{data.recipient} is written in XCM {data.version}, though both chains know"
                f" {data.highest}: {data.sender} has agreed on no more with {data.recipient}, or assumes no more"
            )


def _asset(asset: Mapping[str, Any], chain: str) -> str:
    id_, fun = asset["id"], asset["fun"]
    placed = id_.get("Concrete", id_) if isinstance(id_, Mapping) else id_
    where = location_text(placed, chain) if isinstance(placed, Mapping) and "parents" in placed else str(placed)
    amount = fun.get("Fungible") if isinstance(fun, Mapping) else fun
    return f"{amount} of {where}"
