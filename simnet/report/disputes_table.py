"""The table of disputes: who raised each, when the chain heard of it, and how it ended there."""

from __future__ import annotations

from simnet.checks.offences import Dispute, disputes, how_far
from simnet.journal import Evidence
from simnet.report.table import ReportTable


def disputes_table(evidence: Evidence) -> ReportTable:
    """One row for each candidate that was disputed; no rows where none was."""
    found = disputes(evidence)
    return ReportTable(
        [_row(one) for one in found],
        ["inconclusive" if one.outcome is None else "" for one in found],
        note=f"{how_far(evidence, found)}. The chain's part is on any fork, each event as first seen; what one took"
        " counts from the block that initiated it.",
    )


def _row(one: Dispute) -> dict[str, object]:
    raised = one.raised
    return {
        "candidate": one.candidate[:18],
        "parachain": raised and raised.data.para,
        "raised by": raised and raised.data.by,
        "#raised": raised and f"{raised.t:.1f} s",
        "initiated": f"block {one.initiated.height}" if one.initiated is not None else "",
        "concluded": f"{one.outcome}, block {one.concluded.height}" if one.concluded is not None else "",
        "#after": f"{one.seconds:.1f} s" if one.seconds is not None else "",
    }
