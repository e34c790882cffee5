"""Tables of what the network did: findings, messages, blocks, reorganisations, parachains."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from simnet.checks.messages import disorder
from simnet.checks.relay import inclusion_times, para_of
from simnet.checks.verdict import Verdict
from simnet.journal import Evidence, MessageTrace
from simnet.network.topology import RELAY
from simnet.report.figures import Ending, Fate, all_reorganisations, authors, ending, spread
from simnet.report.table import ReportTable
from simnet.report.words import moment, plural, seconds

MOST_ROWS = 200
"""Reorganisations that are listed."""


def findings_table(verdict: Verdict) -> ReportTable:
    return ReportTable(
        [
            {
                "status": one.status.value,
                "check": one.check + (" (invariant)" if one.invariant else ""),
                "expected": one.expected,
                "seen": one.seen,
                "when": "" if one.start is None or one.end is None else f"{one.start:.1f} to {one.end:.1f} s",
            }
            for one in verdict.findings
        ],
        [one.status.value for one in verdict.findings],
    )


def messages_table(evidence: Evidence) -> ReportTable:
    """One row for each channel, in the order of first use."""
    by_channel: dict[str, list[MessageTrace]] = {}
    for trace in evidence.messages():
        by_channel.setdefault(trace.channel, []).append(trace)
    rows = [_channel(channel, traces) for channel, traces in by_channel.items()]
    return ReportTable(
        rows,
        ["failed" if row["trouble"] or row["in order"] not in ("yes", None) else "" for row in rows],
        note="Latency from the asking to the block that ended a message; taken: of that, until the sender's block that"
        " sent it; relay blocks from there. Blocks as first seen; percentiles by nearest rank.",
    )


def _channel(channel: str, traces: list[MessageTrace]) -> dict[str, object]:
    ended_once = sum(len(trace.terminals) == 1 for trace in traces)
    overtaken = len({first.id for _, first, _ in disorder(traces)})
    endings = Counter(ending(trace) for trace in traces)
    spreads = (
        ("latency", spread(trace.latency for trace in traces), "{:.1f} s"),
        ("taken", spread(trace.taken for trace in traces), "{:.1f} s"),
        ("relay blocks", spread(trace.transit_blocks for trace in traces), "{:.0f}"),
    )
    return {
        "channel": channel.replace(">", " → "),
        "#asked for": len(traces),
        "#sent": sum(trace.sent is not None for trace in traces),
        "#ended once": ended_once,
        "in order": f"no, {overtaken} overtaken" if overtaken else "yes" if ended_once else None,
        **{
            f"#{name} {which}": values and form.format(getattr(values, which))
            for name, values, form in spreads
            for which in ("p50", "p95", "max")
        },
        "trouble": ", ".join(f"{endings[one]} {one}" for one in Ending if one is not Ending.DELIVERED and endings[one]),
    }


def authors_table(evidence: Evidence) -> ReportTable:
    return ReportTable(
        [
            {"chain": chain, "author": author, "#authored": blocks.total()}
            | {f"#{fate}": blocks[fate] for fate in Fate}
            for (chain, author), blocks in authors(evidence).items()
        ]
    )


def reorganisations_table(evidence: Evidence) -> ReportTable:
    found = all_reorganisations(evidence)
    return ReportTable(
        [
            {
                "node": one.node,
                "#at": moment(one.t, evidence.t0),
                "#depth": plural(one.depth, "block"),
                "from": f"{one.old.height} {one.old.hash[:10]}",
                "to": f"{one.new.height} {one.new.hash[:10]}",
            }
            for one in found[:MOST_ROWS]
        ],
        note=f"Of {len(found)}, the first {MOST_ROWS} are shown." if len(found) > MOST_ROWS else "",
    )


def parachains_table(evidence: Evidence) -> ReportTable:
    backed = Counter(para_of(one) for _, one in evidence.canonical_events(RELAY, "ParaInclusion", "CandidateBacked"))
    return ReportTable(
        [
            {
                "parachain": para,
                "#best block": max((h.height for n in evidence.nodes(para) for h in evidence.best[n]), default=None),
                "#finalized": tip.height if (tip := evidence.tip(para)) else None,
                "#candidates backed": backed[para],
                "#included": len(times),
                "#longest time without inclusion": _longest_wait(evidence, times),
            }
            for para, times in inclusion_times(evidence).items()
        ],
        note="Candidates in finalized relay blocks, the start of the network included; waits from t0 on.",
    )


def _longest_wait(evidence: Evidence, times: list[float]) -> str | None:
    """The longest time between two inclusions, from t0 to the run's end."""
    if evidence.t0 is None:
        return None
    moments = [evidence.t0, *(t for t in times if t > evidence.t0), evidence.watched_until]
    return seconds(max(two - one for one, two in pairwise(moments)))
