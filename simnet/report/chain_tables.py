"""Tables of what the network did: findings, messages, blocks, reorganisations, parachains."""

from __future__ import annotations

from simnet.checks.verdict import Verdict
from simnet.journal import Evidence
from simnet.report import figures
from simnet.report.figures import Ending, Fate, Spread
from simnet.report.table import ReportTable
from simnet.report.words import moment, plural, seconds

MOST_ROWS = 200
"""Reorganisations that are listed."""


def findings_table(evidence: Evidence, verdict: Verdict) -> ReportTable:
    return ReportTable(
        "All findings",
        ("status", "check", "expected", "seen", "when"),
        tuple(
            (
                one.status.value,
                one.check + (" (invariant)" if one.invariant else ""),
                one.expected,
                one.seen,
                "" if one.start is None or one.end is None else f"{one.start:.1f} to {one.end:.1f} s",
            )
            for one in verdict.findings
        ),
        tuple(one.status.value for one in verdict.findings),
    )


def messages_table(evidence: Evidence) -> ReportTable:
    rows = figures.channels(evidence.messages())
    trouble = {
        row.channel: ", ".join(f"{n} {one}" for one, n in row.endings.items() if n and one is not Ending.DELIVERED)
        for row in rows
    }
    return ReportTable(
        "Messages by channel",
        (
            "channel", "#asked for", "#sent", "#ended once", "in order", "#latency p50", "#p95", "#max",
            "#taken p50", "#p95", "#max", "#relay blocks p50", "#p95", "#max", "trouble",
        ),
        tuple(
            (
                row.channel.replace(">", " → "),
                str(row.asked),
                str(row.sent),
                str(row.ended_once),
                "–" if row.ended_once < 1 else f"no, {row.overtaken} overtaken" if row.overtaken else "yes",
                *_spread(row.latency, " s", 1),
                *_spread(row.taken, " s", 1),
                *_spread(row.transit_blocks, "", 0),
                trouble[row.channel],
            )
            for row in rows
        ),
        tuple("failed" if trouble[row.channel] or row.overtaken else "" for row in rows),
        note="Latency from the asking to the block that ended a message; taken: of that, until the sender's block that"
        " sent it; relay blocks from there. Blocks as first seen; percentiles by nearest rank.",
    )  # fmt: skip


def _spread(values: Spread | None, unit: str, digits: int) -> tuple[str, str, str]:
    if values is None:
        return "–", "–", "–"
    p50, p95, most = (f"{value:.{digits}f}{unit}" for value in (values.p50, values.p95, values.max))
    return p50, p95, most


def authors_table(evidence: Evidence) -> ReportTable:
    return ReportTable(
        "Blocks by author",
        ("chain", "author", "#authored", "#finalized", "#forked off", "#not decided"),
        tuple(
            (
                row.chain,
                row.author,
                str(sum(row.blocks.values())),
                str(row.blocks[Fate.FINALIZED]),
                str(row.blocks[Fate.FORKED]),
                str(row.blocks[Fate.OPEN]),
            )
            for row in figures.authors(evidence)
        ),
    )


def reorganisations_table(evidence: Evidence) -> ReportTable:
    found = figures.all_reorganisations(evidence)
    note = f"Of {len(found)}, the first {MOST_ROWS} are shown." if len(found) > MOST_ROWS else ""
    return ReportTable(
        "Reorganisations",
        ("node", "#at", "#depth", "from", "to"),
        tuple(
            (
                one.node,
                moment(one.t, evidence.t0),
                plural(one.depth, "block"),
                f"{one.old.height} {one.old.hash[:10]}",
                f"{one.new.height} {one.new.hash[:10]}",
            )
            for one in found[:MOST_ROWS]
        ),
        note=note,
    )


def parachains_table(evidence: Evidence) -> ReportTable:
    return ReportTable(
        "Parachains",
        (
            "parachain",
            "#best block",
            "#finalized",
            "#candidates backed",
            "#included",
            "#longest time without inclusion",
        ),
        tuple(
            (
                row.para,
                "–" if row.best is None else str(row.best),
                "–" if row.finalized is None else str(row.finalized),
                str(row.backed),
                str(row.included),
                seconds(row.longest_wait),
            )
            for row in figures.parachains(evidence)
        ),
        note="Candidates in finalized relay blocks, the start of the network included; waits from t0 on.",
    )
