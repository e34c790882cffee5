"""Tables of XCM: dry runs beside what came, assets that were trapped, versions that chains agreed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simnet.checks.dry_runs import foreseen
from simnet.checks.notes import left_by, trap_text, whose
from simnet.journal import Evidence
from simnet.journal.records import MessageAsked
from simnet.network.locations import location_text
from simnet.report.table import ReportTable
from simnet.report.words import moment

_VERSIONS = {
    "SupportedVersionChanged": ("location", "knows the other to support"),
    "VersionChangeNotified": ("destination", "told the other that it supports"),
    "VersionNotifyStarted": ("destination", "will tell the other when its version changes"),
    "VersionNotifyRequested": ("destination", "asked the other to tell its version"),
}
"""Events of pallet-xcm about versions: which field says with whom, and what they mean."""


def dry_runs_table(evidence: Evidence) -> ReportTable:
    """One row for each chain that was asked about each call or message."""
    found = foreseen(evidence)
    return ReportTable(
        [
            {
                "step": one.step,
                "what": one.record.data.call,
                "chain": one.record.chain,
                "said": one.said,
                "came": one.came or ("only asked" if one.record.data.extrinsic is None else "nothing is final yet"),
                "differs": "; ".join(one.differs),
                "fees, in the smallest unit": _fees(one.record.data.fees),
                "would send": _sent(one.record.data.forwarded),
            }
            for one in found
        ],
        ["failed" if one.differs else "" for one in found],
        note="Each is of the state at which it was asked; what came is on the finalized chains.",
    )


def traps_table(evidence: Evidence) -> ReportTable:
    """One row for assets that were trapped at a time, those that lie there still last."""
    labels = left_by(evidence)
    rows: list[dict[str, object]] = []
    marks = []
    for chain in evidence.chains():
        left, claimed = evidence.trapped(chain)
        for trap in (*claimed, *left):
            rows.append(
                {
                    "#at": moment(trap.t, evidence.t0),
                    "#block": trap.height,
                    "what": trap_text(trap).partition(" under ")[0],
                    "hash": trap.hash,
                    "claimable by": whose(trap),
                    "left by": labels.get(trap.seq, ""),
                    "claimed": "yes" if trap in claimed else "no",
                }
            )
            marks.append("" if trap in claimed else "failed")
    return ReportTable(rows, marks)


def xcm_versions_table(evidence: Evidence) -> ReportTable:
    """One row for each event on a finalized chain by which chains tell one another the versions that they support; none
    of a run whose steps ask for no transfer and no program."""
    if all(record.data.by is None for record in evidence.of(MessageAsked)):
        return ReportTable([])
    rows = [
        {
            "#at": moment(block.t, evidence.t0),
            "chain": chain,
            "other": location_text(fields[key], chain),
            "#version": fields.get("version", fields.get("result")),
            "what": what,
        }
        for chain in evidence.chains()
        for block in evidence.canonical(chain)
        for record in evidence.events.get((chain, block.hash), ())
        if record.data.name in _VERSIONS
        for key, what in (_VERSIONS[record.data.name],)
        for fields in (record.data.fields,)
        if isinstance(fields.get(key), Mapping)
    ]
    return ReportTable(rows)


def _fees(fees: Mapping[str, Any] | None) -> str:
    if fees is None:
        return ""
    told = {
        name: fee if isinstance(fee, int) else ", ".join(str(one["amount"]) for one in fee)
        for name, fee in fees.items()
    }
    return ", ".join(f"{name} {fee}" for name, fee in told.items())


def _sent(messages: Sequence[Mapping[str, Any]] | None) -> str:
    return "; ".join(f"to {one['to']}: {', '.join(one['instructions'])}" for one in messages or ())
