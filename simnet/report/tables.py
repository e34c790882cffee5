"""The report's tables: figures and journal records as texts with units, ready to be shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simnet.checks.verdict import Verdict
from simnet.journal import Evidence, Kind
from simnet.report import figures
from simnet.report.figures import Ending, Fate, Spread
from simnet.report.words import fault_text, seconds, since_t0

_MOST_ROWS = 200


@dataclass(frozen=True)
class Table:
    """``columns`` that begin with ``#`` hold numbers and are set to the right. ``marks`` has a style for some rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    marks: tuple[str, ...] = ()
    note: str = ""


def findings_table(evidence: Evidence, verdict: Verdict) -> Table:
    return Table(
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


def messages_table(evidence: Evidence) -> Table:
    rows = figures.channels(evidence.messages())
    trouble = {
        row.channel: ", ".join(f"{n} {one}" for one, n in row.endings.items() if n and one is not Ending.DELIVERED)
        for row in rows
    }
    return Table(
        "Messages by channel",
        (
            "channel", "#submitted", "#sent", "#ended once", "in order", "#latency p50", "#p95", "#max",
            "#relay blocks p50", "#p95", "#max", "trouble",
        ),
        tuple(
            (
                row.channel.replace(">", " → "),
                str(row.submitted),
                str(row.sent),
                str(row.ended_once),
                "–" if row.ended_once < 1 else f"no, {row.overtaken} overtaken" if row.overtaken else "yes",
                *_spread(row.latency, " s", 1),
                *_spread(row.latency_blocks, "", 0),
                trouble[row.channel],
            )
            for row in rows
        ),
        tuple("failed" if trouble[row.channel] or row.overtaken else "" for row in rows),
        note="Latency from the block that sent a message to the block that ended it, both as first seen; percentiles by"
        " nearest rank.",
    )  # fmt: skip


def _spread(values: Spread | None, unit: str, digits: int) -> tuple[str, str, str]:
    if values is None:
        return "–", "–", "–"
    p50, p95, most = (f"{value:.{digits}f}{unit}" for value in (values.p50, values.p95, values.max))
    return p50, p95, most


def faults_table(evidence: Evidence) -> Table:
    return Table(
        "Faults",
        ("fault", "asked", "#taking hold", "#lasted", "#healing", "#healed at", "held"),
        tuple(
            (
                one.name,
                fault_text(one.fault),
                f"{one.apply_start:.1f} s + {seconds(one.apply_end - one.apply_start, 2)}",
                seconds(None if one.heal_start is None else one.heal_start - one.apply_end),
                seconds(None if one.heal_end is None or one.heal_start is None else one.heal_end - one.heal_start, 2),
                seconds(one.heal_end),
                {True: "yes", False: "no", None: "not measured"}[one.holds],
            )
            for one in evidence.windows.values()
        ),
        tuple("failed" if one.holds is False else "" for one in evidence.windows.values()),
    )


def readings_table(evidence: Evidence) -> Table:
    names = {window.id: window.name for window in evidence.windows.values()}
    rows = [
        (record, reading)
        for record in evidence.of_kind.get(Kind.FAULT_OBSERVED, ())
        for reading in record.data["readings"]
    ]
    return Table(
        "Faults: asked and seen",
        ("fault", "#at", "what", "asked", "seen", "as asked"),
        tuple(
            (
                names.get(record.data["id"], str(record.data["id"])),
                seconds(record.t),
                reading["what"],
                reading["asked"],
                reading["seen"],
                "yes" if reading.get("holds", True) else "no",
            )
            for record, reading in rows
        ),
        tuple("" if reading.get("holds", True) else "failed" for _, reading in rows),
    )


def authors_table(evidence: Evidence) -> Table:
    return Table(
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


def reorganisations_table(evidence: Evidence) -> Table:
    found = figures.all_reorganisations(evidence)
    note = f"Of {len(found)}, the first {_MOST_ROWS} are shown." if len(found) > _MOST_ROWS else ""
    return Table(
        "Reorganisations",
        ("node", "#at", "#depth", "from", "to"),
        tuple(
            (
                one.node,
                _at(one.t, evidence.t0),
                f"{one.depth} block{'' if one.depth == 1 else 's'}",
                f"{one.old.height} {one.old.hash[:10]}",
                f"{one.new.height} {one.new.hash[:10]}",
            )
            for one in found[:_MOST_ROWS]
        ),
        note=note,
    )


def parachains_table(evidence: Evidence) -> Table:
    return Table(
        "Parachains",
        ("parachain", "#best block", "#finalized", "#candidates backed", "#included", "#longest time without inclusion"),
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
        note="Candidates in finalized relay blocks, the start of the network included; times without inclusion from t0 on.",
    )


def phases_table(evidence: Evidence) -> Table:
    phases = [record.data for record in evidence.of_kind.get(Kind.PHASE, ())]
    return Table(
        "Start and end of the network",
        ("phase", "#from", "#to", "#duration"),
        tuple(
            (one["name"], seconds(one["start"]), seconds(one["end"]), seconds(one["end"] - one["start"], 2))
            for one in phases
        ),
    )


def steps_table(evidence: Evidence) -> Table:
    return Table(
        "Steps",
        ("#step", "what", "label", "#from", "#duration", "result"),
        tuple(
            (
                str(one.data["index"] + 1),
                one.data["text"],
                one.data.get("label") or "",
                _at(one.data["start"], evidence.t0),
                seconds(one.data["end"] - one.data["start"], 2),
                one.data["failure"] or "done",
            )
            for one in evidence.steps
        ),
        tuple("failed" if one.data["failure"] else "" for one in evidence.steps),
    )


def nodes_table(evidence: Evidence) -> Table:
    end = figures.run_end(evidence)
    return Table(
        "Nodes",
        ("node", "chain", "role", "region", "provider", "image", "flags", "#best", "#finalized", "#down", "#not watched"),
        tuple(
            (
                node["name"],
                node["chain"],
                node["role"],
                node.get("region", ""),
                node.get("provider", ""),
                node.get("image", ""),
                " ".join(node.get("command") or node.get("flags", ())),
                _last(evidence, node["name"], finalized=False),
                _last(evidence, node["name"], finalized=True),
                seconds(figures.total(((d.start, d.end) for d in evidence.downs.get(node["name"], ())), end)),
                seconds(figures.total(((g.start, g.end) for g in evidence.gaps if g.observer == node["name"]), end)),
            )
            for node in evidence.network.get("nodes", ())
        ),
    )


def _last(evidence: Evidence, node: str, *, finalized: bool) -> str:
    heads = (evidence.finalized if finalized else evidence.best).get(node)
    return str(heads[-1].height) if heads else "–"


def digests_table(evidence: Evidence) -> Table:
    found = [("image", *item) for item in evidence.network.get("images", {}).items()]
    found += [("runtime", *item) for item in evidence.network.get("runtimes", {}).items()]
    return Table("Digests", ("kind", "name", "digest"), tuple((kind, str(n), str(d)) for kind, n, d in found))


def versions_table(evidence: Evidence) -> Table:
    rows = [(str(name), str(value)) for name, value in evidence.run.get("versions", {}).items()]
    late = [record.data["late"] for record in evidence.of_kind.get(Kind.HOST, ())]
    if late:
        rows.append(("this machine ran the harness late", f"{len(late)} times, {seconds(sum(late))} in all"))
    return Table("Versions and machine", ("what", "value"), tuple(rows))


def _at(t: float, t0: float | None) -> str:
    return f"{t:.1f} s" + (f" ({since_t0(t, t0)})" if t0 is not None else "")


TABLES: tuple[tuple[str, Callable[[Evidence], Table]], ...] = (
    ("Messages by channel", messages_table),
    ("Faults", faults_table),
    ("Faults: asked and seen", readings_table),
    ("Steps", steps_table),
    ("Blocks by author", authors_table),
    ("Parachains", parachains_table),
    ("Reorganisations", reorganisations_table),
    ("Start and end of the network", phases_table),
    ("Nodes", nodes_table),
    ("Digests", digests_table),
    ("Versions and machine", versions_table),
)
"""Title and maker of each table, in the order of the report; all findings come before them."""
