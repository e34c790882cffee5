"""The table of disputes: who raised each, when the chain heard of it, and how it ended there."""

from __future__ import annotations

from simnet.checks.offences import Dispute, disputes, how_far
from simnet.journal import Evidence
from simnet.report.table import ReportTable


def disputes_table(evidence: Evidence) -> ReportTable:
    """One row for each candidate that was disputed; no rows where none was."""
    found = disputes(evidence)
    return ReportTable(
        "Disputes",
        ("candidate", "parachain", "raised by", "#raised", "initiated", "concluded", "#after"),
        tuple(_row(one) for one in found),
        tuple("inconclusive" if one.outcome is None else "" for one in found),
        note=f"{how_far(evidence, found)}. The chain's part is on any fork, each event as first seen; what one took"
        " counts from the block that initiated it.",
    )


def _row(one: Dispute) -> tuple[str, ...]:
    raised = one.raised
    return (
        one.candidate[:18],
        str(raised.data.para) if raised is not None else "–",
        str(raised.data.by) if raised is not None else "–",
        f"{raised.t:.1f} s" if raised is not None else "–",
        f"block {one.initiated.height}" if one.initiated is not None else "",
        f"{one.outcome}, block {one.concluded.height}" if one.concluded is not None else "",
        f"{one.seconds:.1f} s" if one.seconds is not None else "",
    )
