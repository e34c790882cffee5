"""The last screen of a run: what did not hold, where to look, and the command that repeats it. Parameters first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from simnet.checks import Finding, Status
from simnet.checks.limits import limits_met
from simnet.checks.messages import disorder
from simnet.checks.offences import disputes, how_far
from simnet.checks.verdict import Verdict
from simnet.escaping import printable
from simnet.journal import Evidence
from simnet.paths import shown
from simnet.report.figures import Ending, ending, spread
from simnet.report.upgrades_tables import migrations_in_words
from simnet.report.words import acts_texts, counts_text, finding_lines, judged_lines, plural
from simnet.run_file import Provenance
from simnet.units import format_duration

MOST_TOLD = 4
"""Findings that did not hold and are told in full; more have a line each."""

MOST_LINES, MOST_LINES_BESIDE = 12, 5
"""Findings with a line each: when all held, and beside those that did not, so that the screen fits about 40 lines."""

MOST_FAULTS = 4
"""Byzantine faults of which what was done is told."""

MOST_NOTES = 6
"""Notes that are told: dry runs, trapped assets, versions of XCM."""

MOST_LETTERS = 400
"""Letters of what was seen; the report has all."""

_STYLES = {
    Status.HELD: "green",
    Status.FAILED: "bold red",
    Status.INCONCLUSIVE: "bold yellow",
    Status.SUSPENDED: "yellow",
}
_LABEL = 14
"""Width of the labels' column: ``inconclusive`` and two spaces."""


def show_verdict(
    console: Console, verdict: Verdict, evidence: Evidence, provenance: Provenance, folder: Path, command: str
) -> None:
    """Prints it. ``folder`` has the run's files, ``command`` repeats it. Without a terminal there are no colours, and
    lines are not wrapped."""
    run = evidence.run
    _row(console, "scenario", f"{run.scenario}, {run.provider}, seed {run.seed}, {format_duration(evidence.now)}")
    _row(console, verdict.status.value, counts_text(verdict.findings), _STYLES[verdict.status])
    if verdict.harness_error is not None:
        _row(console, "ended early", _shortened(verdict.harness_error), "bold red")
    problems = verdict.failures
    for finding in problems[:MOST_TOLD]:
        console.print()
        _row(console, finding.status.value, finding.check, _STYLES[finding.status])
        for label, text in finding_lines(finding, evidence.t0):
            _row(console, f"  {label}", _shortened(text))
    if problems:
        console.print()
    most = MOST_LINES_BESIDE if problems else MOST_LINES
    _lines(console, problems[MOST_TOLD:], most, "did not hold either")
    _lines(console, [one for one in verdict.findings if one.status is Status.HELD and not one.invariant], most, "held")
    invariants = sum(one.status is Status.HELD and one.invariant for one in verdict.findings)
    if invariants:
        _row(console, "held", plural(invariants, "invariant"), _STYLES[Status.HELD])
    _meddled(console, verdict, evidence)
    _lines(console, verdict.suspended, most, "suspended")
    acts = acts_texts(evidence)
    for text in acts[:MOST_FAULTS]:
        _row(console, "byzantine", _shortened(text))
    if len(acts) > MOST_FAULTS:
        _row(console, "", f"and {len(acts) - MOST_FAULTS} more byzantine faults, told in the report")
    messages = _messages(evidence)
    if messages:
        _row(console, "messages", messages)
    disputed = disputes(evidence)
    if disputed:
        _row(console, "disputes", str(how_far(evidence, disputed)))
    for text in migrations_in_words(evidence):
        _row(console, "migrated", _shortened(text))
    for label, text in judged_lines(provenance):
        _row(console, label, text)
    _row(console, "run folder", shown(folder), whole=True)
    _row(console, "report", shown(folder / "report.html"), whole=True)
    _row(console, "repeat", command, whole=True)


def _meddled(console: Console, verdict: Verdict, evidence: Evidence) -> None:
    """What of the run is not as on a network that is left alone, and what else is worth to know."""
    for at, text in enumerate(verdict.interventions):
        _row(console, "" if at else "interventions", _shortened(text))
    for note in verdict.notes[:MOST_NOTES]:
        _row(console, note.about, _shortened(note.text))
    if len(verdict.notes) > MOST_NOTES:
        _row(console, "", f"and {len(verdict.notes) - MOST_NOTES} more notes, told in the report")
    for met in limits_met(evidence):
        _row(console, "not simulated", str(met))


def _row(console: Console, label: str, text: str, style: str = "", *, whole: bool = False) -> None:
    """A label and a text beside it; on a terminal a long text is wrapped below its start, unless it stays ``whole``."""
    if whole or not console.is_terminal:
        shown = text.replace("\n", "\n" + " " * _LABEL)
        console.print(Text.assemble((f"{label:<{_LABEL}}", style), shown), soft_wrap=True)
        return
    grid = Table.grid()
    grid.add_column(width=_LABEL)
    grid.add_column(overflow="fold")
    grid.add_row(Text(label, style), Text(text))
    console.print(grid)


def _lines(console: Console, findings: Sequence[Finding], most: int, what: str) -> None:
    """One aligned line for each finding, cut at the terminal's edge."""
    width = max((len(one.check) for one in findings), default=0)
    for one in findings[:most]:
        status = (f"{one.status.value:<{_LABEL}}", _STYLES[one.status])
        line = Text.assemble(status, f"{one.check:<{min(width, 48)}}  {_one_line(one.seen)}")
        terminal = console.is_terminal
        console.print(line, no_wrap=terminal, overflow="ellipsis" if terminal else None, soft_wrap=not terminal)
    if len(findings) > most:
        _row(console, "", f"and {len(findings) - most} more {what}")


def _messages(evidence: Evidence) -> str:
    traces = evidence.messages()
    if not traces:
        return ""
    endings = [ending(trace) for trace in traces]
    overtaken = len({first.id for _, first, _ in disorder(traces)})
    parts = [f"{len(traces)} asked for, {endings.count(Ending.DELIVERED)} delivered once"]
    parts += [f"{endings.count(one)} {one}" for one in Ending if one is not Ending.DELIVERED and one in endings]
    if overtaken or any(trace.terminals for trace in traces):
        parts.append(f"{overtaken} overtaken" if overtaken else "in order")
    latency = spread(trace.latency for trace in traces)
    if latency is not None:
        parts.append(f"latency p50 {latency.p50:.1f} s, p95 {latency.p95:.1f} s, max {latency.max:.1f} s")
    taken = spread(trace.taken for trace in traces)
    if taken is not None:
        parts.append(f"of that until the sender's block p50 {taken.p50:.1f} s, max {taken.max:.1f} s")
    return ", ".join(parts)


def _shortened(text: str) -> str:
    text = printable(text)
    return text if len(text) <= MOST_LETTERS else text[:MOST_LETTERS].rstrip() + " …"


def _one_line(text: str) -> str:
    return " ".join(_shortened(text).split())
