"""Tables of what was done: faults, steps, phases, nodes, what they were made of."""

from __future__ import annotations

from math import inf

from simnet.journal import Evidence, Gap, Reader
from simnet.journal.records import FaultObserved, HostLate, PhaseTimed
from simnet.report import figures
from simnet.report.table import ReportTable
from simnet.report.words import act_text, fault_text, moment, seconds


def faults_table(evidence: Evidence) -> ReportTable:
    return ReportTable(
        "Faults",
        ("fault", "asked", "#from", "#taking hold", "#lasted", "#healing", "#healed at", "held", "done"),
        tuple(
            (
                one.name,
                fault_text(one.fault),
                moment(one.apply_start, evidence.t0),
                seconds(one.apply_end - one.apply_start, 2),
                seconds(None if one.heal_start is None else one.heal_start - one.apply_end),
                seconds(None if one.heal_end is None or one.heal_start is None else one.heal_end - one.heal_start, 2),
                "–" if one.heal_end is None else moment(one.heal_end, evidence.t0),
                {True: "yes", False: "no", None: "not measured"}[one.holds],
                ", ".join(act_text(told, evidence.t0) for told in one.acts),
            )
            for one in evidence.windows.values()
        ),
        tuple("failed" if one.holds is False else "" for one in evidence.windows.values()),
    )


def readings_table(evidence: Evidence) -> ReportTable:
    names = {window.id: window.name for window in evidence.windows.values()}
    rows = [(record, reading) for record in evidence.of(FaultObserved) for reading in record.data.readings]
    return ReportTable(
        "Faults: asked and seen",
        ("fault", "#at", "what", "asked", "seen", "as asked"),
        tuple(
            (
                names.get(record.data.id, str(record.data.id)),
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


def steps_table(evidence: Evidence) -> ReportTable:
    return ReportTable(
        "Steps",
        ("#step", "what", "label", "#from", "#duration", "result"),
        tuple(
            (
                str(one.data.index + 1),
                one.data.text,
                one.data.label or "",
                moment(one.data.start, evidence.t0),
                seconds(one.data.end - one.data.start, 2),
                one.data.failure or "done",
            )
            for one in evidence.steps
        ),
        tuple("failed" if one.data.failure else "" for one in evidence.steps),
    )


def phases_table(evidence: Evidence) -> ReportTable:
    phases = [record.data for record in evidence.of(PhaseTimed)]
    return ReportTable(
        "Start and end of the network",
        ("phase", "#from", "#to", "#duration"),
        tuple((one.name, seconds(one.start), seconds(one.end), seconds(one.end - one.start, 2)) for one in phases),
    )


def nodes_table(evidence: Evidence) -> ReportTable:
    end = figures.run_end(evidence)
    return ReportTable(
        "Nodes",
        (
            "node",
            "chain",
            "role",
            "region",
            "provider",
            "image",
            "flags",
            "#best",
            "#finalized",
            "#down",
            "#not watched",
        ),
        tuple(
            (
                node.name,
                node.chain,
                node.role,
                node.region,
                node.provider,
                node.image,
                " ".join(node.command or node.flags),
                _last(evidence, node.name, finalized=False),
                _last(evidence, node.name, finalized=True),
                seconds(figures.total(((d.start, d.end) for d in evidence.downs.get(node.name, ())), end)),
                seconds(figures.total(((g.start, g.end) for g in _gaps(evidence, node.name)), end)),
            )
            for node in evidence.network.nodes
        ),
    )


def _gaps(evidence: Evidence, node: str) -> list[Gap]:
    return evidence.gaps_within(node, 0.0, inf, Reader.HEADS)


def _last(evidence: Evidence, node: str, *, finalized: bool) -> str:
    heads = (evidence.finalized if finalized else evidence.best).get(node)
    return str(heads[-1].height) if heads else "–"


def digests_table(evidence: Evidence) -> ReportTable:
    found = [("image", *item) for item in evidence.network.images.items()]
    found += [("runtime", *item) for item in evidence.network.runtimes.items()]
    return ReportTable("Digests", ("kind", "name", "digest"), tuple((kind, str(n), str(d)) for kind, n, d in found))


def versions_table(evidence: Evidence) -> ReportTable:
    rows = [(str(name), str(value)) for name, value in evidence.run.versions.items()]
    late = [record.data.late for record in evidence.of(HostLate)]
    if late:
        rows.append(("this machine ran the harness late", f"{len(late)} times, {seconds(sum(late))} in all"))
    return ReportTable("Versions and machine", ("what", "value"), tuple(rows))
