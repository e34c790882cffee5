"""How far new code has come into a chain, from what the chains tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from simnet.journal._evidence import Evidence
from simnet.journal._record import Record
from simnet.journal.records import RuntimeEvent
from simnet.network.topology import RELAY

REFUSALS = ("refused by the chain", "rejected by validators", "discarded")
"""Phases from which nothing leads on."""


@dataclass(frozen=True)
class UpgradePhase:
    """Something that happened to new code on its way; times are seconds since the run began, of when its block was
    first seen."""

    name: str
    t: float
    chain: str
    height: int
    hash: str
    why: str | None = None

    def __str__(self) -> str:
        place = "relay block" if self.chain == RELAY else "block"
        return f"{self.name} in {place} {self.height}" + (f" ({self.why})" if self.why else "")


def upgrade_phases(evidence: Evidence, chain: str, code: str, since: float = 0.0) -> list[UpgradePhase]:
    """What happened to a code on its way into a chain from a time on, in any block and in their order: ``authorized``,
    of a parachain ``noted``, ``pre-checking`` and ``accepted``, then ``applied``; or one of :data:`REFUSALS`."""
    found: dict[tuple[str, str], UpgradePhase] = {}
    recent = list(takewhile(lambda record: record.t >= since, reversed(evidence.of(RuntimeEvent))))
    for record in reversed(recent):
        named = _phase(record, chain, code)
        if named is not None:
            name, why = named
            phase = UpgradePhase(name, record.t, *_place(record), why)
            found.setdefault((name, phase.hash), phase)
    for read in evidence.codes[chain].values():
        if read.t >= since and read.data.code == code:
            found["applied", read.hash or ""] = UpgradePhase("applied", read.t, *_place(read))
    return sorted(found.values(), key=lambda phase: phase.t)


def in_words(phases: Iterable[UpgradePhase]) -> str:
    """The phases one after another, of several blocks of one phase the first."""
    first: dict[str, UpgradePhase] = {}
    for phase in phases:
        first.setdefault(phase.name, phase)
    return ", ".join(map(str, first.values()))


def _place(record: Record[Any]) -> tuple[str, int, str]:
    return record.chain or "", record.height or 0, record.hash or ""


def _phase(record: Record[RuntimeEvent], chain: str, code: str) -> tuple[str, str | None] | None:
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
        named = {
            "PvfCheckStarted": "pre-checking began",
            "PvfCheckAccepted": "accepted by validators",
            "PvfCheckRejected": "rejected by validators",
        }.get(record.data.name)
        return None if named is None else (named, None)
    return None


def _number(chain: str) -> int | None:
    return int(chain) if chain.isdecimal() else None
