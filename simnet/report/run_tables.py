"""Tables of what was done: faults, steps, phases, nodes, what they were made of."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from simnet.journal import Evidence, Reader
from simnet.journal.records import FaultObserved, HostLate, PhaseTimed
from simnet.report.figures import last_height
from simnet.report.table import ReportTable
from simnet.report.words import act_text, fault_text, moment, seconds


def faults_table(evidence: Evidence) -> ReportTable:
    windows = evidence.windows.values()
    return ReportTable(
        [
            {
                "fault": one.name,
                "asked": fault_text(one.fault),
                "#from": moment(one.apply_start, evidence.t0),
                "#taking hold": seconds(one.apply_end - one.apply_start, 2),
                "#lasted": None if one.heal_start is None else seconds(one.heal_start - one.apply_end),
                "#healing": None if one.heal_end is None else seconds(one.heal_end - (one.heal_start or 0.0), 2),
                "#healed at": None if one.heal_end is None else moment(one.heal_end, evidence.t0),
                "held": {True: "yes", False: "no", None: "not measured"}[one.holds],
                "done": ", ".join(act_text(told, evidence.t0) for told in one.acts),
            }
            for one in windows
        ],
        ["failed" if one.holds is False else "" for one in windows],
    )


def readings_table(evidence: Evidence) -> ReportTable:
    names = {window.id: window.name for window in evidence.windows.values()}
    rows = [
        {
            "fault": names.get(record.data.id, record.data.id),
            "#at": seconds(record.t),
            "what": reading["what"],
            "asked": reading["asked"],
            "seen": reading["seen"],
            "as asked": "yes" if reading.get("holds", True) else "no",
        }
        for record in evidence.of(FaultObserved)
        for reading in record.data.readings
    ]
    return ReportTable(rows, ["failed" if row["as asked"] == "no" else "" for row in rows])


def steps_table(evidence: Evidence) -> ReportTable:
    steps = [record.data for record in evidence.steps]
    return ReportTable(
        [
            {
                "#step": one.index + 1,
                "what": one.text,
                "label": one.label or "",
                "#from": moment(one.start, evidence.t0),
                "#duration": seconds(one.end - one.start, 2),
                "result": one.failure or "done",
            }
            for one in steps
        ],
        ["failed" if one.failure else "" for one in steps],
    )


def phases_table(evidence: Evidence) -> ReportTable:
    return ReportTable(
        [
            {
                "phase": one.name,
                "#from": seconds(one.start),
                "#to": seconds(one.end),
                "#duration": seconds(one.end - one.start, 2),
            }
            for one in (record.data for record in evidence.of(PhaseTimed))
        ]
    )


def nodes_table(evidence: Evidence) -> ReportTable:
    end = evidence.watched_until
    return ReportTable(
        [
            {
                "node": node.name,
                "chain": node.chain,
                "role": node.role,
                "region": node.region,
                "provider": node.provider,
                "image": node.image,
                "flags": " ".join(node.command or node.flags),
                "#best": last_height(evidence.best[node.name]),
                "#finalized": last_height(evidence.finalized[node.name]),
                "#down": seconds(total(((d.start, d.end) for d in evidence.downs[node.name]), end)),
                "#not watched": seconds(
                    total(((g.start, g.end) for g in evidence.gaps_within(node.name, 0.0, inf, Reader.HEADS)), end)
                ),
            }
            for node in evidence.network.nodes
        ]
    )


def total(spans: Iterable[tuple[float, float | None]], end: float) -> float:
    """Seconds that spans cover in all, up to ``end``; a span without an end lasts until then."""
    return sum(max(0.0, min(end, end if stop is None else stop) - start) for start, stop in spans)


def digests_table(evidence: Evidence) -> ReportTable:
    digests = {"image": evidence.network.images, "runtime": evidence.network.runtimes}
    return ReportTable(
        [
            {"kind": kind, "name": name, "digest": digest}
            for kind, named in digests.items()
            for name, digest in named.items()
        ]
    )


def versions_table(evidence: Evidence) -> ReportTable:
    found = dict(evidence.run.versions)
    late = [record.data.late for record in evidence.of(HostLate)]
    if late:
        found["this machine ran the harness late"] = f"{len(late)} times, {seconds(sum(late))} in all"
    return ReportTable([{"what": what, "value": str(value)} for what, value in found.items()])
