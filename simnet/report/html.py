"""``report.html``: one file that needs nothing else, with verdict, pictures and tables.

Pictures are inline SVG, so they also show where no script runs; a small script adds zoom and the values under
the pointer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from simnet.checks import Finding
from simnet.checks.verdict import Verdict
from simnet.journal import Evidence
from simnet.network.topology import RELAY
from simnet.report.breakages_tables import upgrade_tables
from simnet.report.chain_panels import MOST_PARACHAINS, heights_panel, lag_panel, parachain_panels
from simnet.report.chain_tables import (
    authors_table,
    findings_table,
    messages_table,
    parachains_table,
    reorganisations_table,
)
from simnet.report.disputes_table import disputes_table
from simnet.report.lanes_panel import lanes_panel
from simnet.report.messages_panel import messages_panel
from simnet.report.panel import LEFT, RIGHT, WIDTH, Panel, TimeAxis
from simnet.report.rendering import TEMPLATES, render
from simnet.report.run_tables import (
    digests_table,
    faults_table,
    nodes_table,
    phases_table,
    readings_table,
    steps_table,
    versions_table,
)
from simnet.report.series import Line, NodeLines, node_lines
from simnet.report.table import ReportTable
from simnet.report.upgrades_tables import carried_table, migrations_table
from simnet.report.validators_table import validators_table
from simnet.report.words import counts_text, fault_text, finding_lines, provenance_lines, repeat_command
from simnet.report.xcm_tables import dry_runs_table, traps_table, xcm_versions_table
from simnet.run_file import Provenance
from simnet.scenario import Scenario
from simnet.units import format_duration

TABLES: dict[str, Callable[[Evidence], ReportTable]] = {
    "Messages by channel": messages_table,
    "Faults": faults_table,
    "Faults: asked and seen": readings_table,
    "Steps": steps_table,
    "Blocks that carried new code": carried_table,
    "Migrations": migrations_table,
    "Validators": validators_table,
    "Dry runs": dry_runs_table,
    "Trapped assets": traps_table,
    "Versions of XCM": xcm_versions_table,
    "Disputes": disputes_table,
    "Blocks by author": authors_table,
    "Parachains": parachains_table,
    "Reorganisations": reorganisations_table,
    "Start and end of the network": phases_table,
    "Nodes": nodes_table,
    "Digests": digests_table,
    "Versions and machine": versions_table,
}
"""Title and maker of each table, in the order of the report; all findings come before them."""

_RECORD_LENGTH = 300
"""Characters of a journal line that are quoted beside a finding."""


@dataclass(frozen=True)
class Section:
    """A heading with pictures or a table; ``problem`` says why a part of it could not be made from this journal."""

    title: str
    shown: Sequence[Panel] | ReportTable = ()
    problem: str = ""
    note: str = ""


def html(folder: Path, scenario: Scenario, evidence: Evidence, verdict: Verdict, provenance: Provenance) -> str:
    """The page. Whatever a journal lacks is left out, and what cannot be drawn is named in its place."""
    time = TimeAxis(max(1.0, evidence.watched_until))
    lines = node_lines(evidence, RELAY, time.end)
    return render(
        "report.html.j2",
        scenario=scenario,
        verdict=verdict,
        counts=counts_text(verdict.findings),
        facts=[
            *_facts(evidence),
            *(("intervention", one) for one in verdict.interventions),
            *((note.about, note.text) for note in verdict.notes),
            *provenance_lines(provenance),
        ],
        problems=[_problem(one, evidence) for one in verdict.failures],
        pictures=_pictures(evidence, lines, time),
        findings=findings_table(verdict),
        tables=[
            *(Section(title, table) for title, table in upgrade_tables(folder, scenario, evidence)),
            *(_section(title, partial(make, evidence)) for title, make in TABLES.items()),
        ],
        time=time,
        geometry={"width": WIDTH, "left": LEFT, "right": RIGHT},
        data=_script_data(evidence, lines, time),
        command=repeat_command(folder, evidence),
        script=(TEMPLATES / "report.js").read_text(encoding="utf-8"),
    )


def _facts(evidence: Evidence) -> list[tuple[str, str]]:
    t0 = f"t0 after {format_duration(evidence.t0)}" if evidence.t0 is not None else "t0 never reached"
    found = {name: getattr(evidence.run, name) for name in ("run", "provider", "seed", "started")}
    found |= {"duration": f"{format_duration(evidence.now)}, {t0}", "simnet": evidence.run.versions.get("simnet")}
    return [(name, str(value)) for name, value in found.items() if value is not None]


def _problem(finding: Finding, evidence: Evidence) -> dict[str, Any]:
    """A finding that did not hold, with the journal lines that it points at."""
    return {
        "finding": finding,
        "lines": finding_lines(finding, evidence.t0),
        "records": [(place, text) for place in finding.where if (text := _record(place, evidence))],
    }


def _record(place: str, evidence: Evidence) -> str:
    """The journal line that a pointer names, shortened; empty for pointers to other files."""
    file, _, number = place.partition(":")
    if file != "journal.jsonl" or not number.isdecimal() or not 0 < int(number) <= len(evidence.records):
        return ""
    line = evidence.records[int(number) - 1].to_json()
    return line if len(line) <= _RECORD_LENGTH else line[:_RECORD_LENGTH] + " …"


def _pictures(evidence: Evidence, lines: list[NodeLines], time: TimeAxis) -> list[Section]:
    paras = len(evidence.chains()) - 1
    note = f"The first {MOST_PARACHAINS} of {paras}; the table has all." if paras > MOST_PARACHAINS else ""
    wanted: list[tuple[str, object, Callable[[], list[Panel]], str]] = [
        ("Relay chain heights", lines, lambda: [heights_panel(evidence, lines, time)], ""),
        ("Finality lag", lines, lambda: [lag_panel(evidence, lines, time)], ""),
        ("Nodes and their blocks", evidence.nodes(), lambda: [lanes_panel(evidence, time)], ""),
        ("Parachains", paras, lambda: parachain_panels(evidence, time), note),
        ("Messages", evidence.message_log.asked, lambda: [messages_panel(evidence, evidence.messages(), time)], ""),
    ]
    return [_section(title, make, text) for title, there, make, text in wanted if there]


def _section(title: str, make: Callable[[], list[Panel] | ReportTable], note: str = "") -> Section:
    try:
        return Section(title, make(), note=note)
    except Exception as error:  # a journal that broke off may lack anything; the rest of the report must still come out
        return Section(title, problem=f"{type(error).__name__}: {error}")


def _script_data(evidence: Evidence, lines: list[NodeLines], time: TimeAxis) -> str:
    """What the script shows under the pointer: times in seconds, heights in blocks. Safe inside a script element."""
    data = {
        "end": time.end,
        "t0": evidence.t0,
        "nodes": [{"name": one.name, **{what: _pieces(line) for what, line in one.of.items()}} for one in lines],
        "faults": [
            {
                "name": one.name,
                "text": fault_text(one.fault),
                "from": one.apply_start,
                "to": one.heal_end if one.heal_end is not None else time.end,
            }
            for one in evidence.windows.values()
        ],
    }
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def _pieces(line: Line) -> list[list[list[float]]]:
    return [[[round(t, 2), value] for t, value in piece] for piece in line.thinned().pieces]
