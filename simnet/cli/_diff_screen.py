"""A diff of two runtimes on one screen: the two, whom that breaks, how much differs, what goes into the proposal."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from simnet.cli._screen import Screen
from simnet.report.diff_words import (
    breakage_text,
    change_text,
    changes_texts,
    host_functions_text,
    proposal_lines,
    subject_text,
)
from simnet.runtime.diff import RuntimeDiff

_MOST_NAMES = 3
"""Names that are told of each breakage, unless all are asked for."""

_STYLES = {"breaks": "bold red", "unknown": "bold yellow", "mind": "yellow"}
_LABEL = 9


def show_diff(console: Screen, diff: RuntimeDiff, *, whole: bool) -> None:
    """Prints it; with ``whole`` every name and every change."""
    _row(console, "old", subject_text(diff.old))
    _row(console, "new", subject_text(diff.new))
    for breakage in diff.breakages:
        text = breakage_text(breakage, None if whole else _MOST_NAMES)
        _row(console, breakage.weight, f"{breakage.whom}: {text}", _STYLES[breakage.weight])
    _row(console, "differ", "; ".join(changes_texts(diff.changes)))
    _row(console, "nodes", f"host functions: {host_functions_text(diff)}")
    for text in diff.not_compared:
        _row(console, "", f"not compared: {text}")
    for label, text in proposal_lines(diff.proposal, diff.authorized):
        _row(console, "proposal", f"{label}  {text}")
    if not whole and diff.changes:
        _row(console, "all", f"--all lists {len(diff.changes)} changes and every name, --json prints them for programs")
    if whole:
        console.print()
        for change in diff.changes:
            _row(console, change.kind, f"{change.name}  {change_text(change)}")


def _row(console: Screen, label: str, text: str, style: str = "") -> None:
    """A label and a text beside it; on a terminal a long text is wrapped below its start."""
    if not console.is_terminal:
        console.print(Text.assemble((f"{label:<{_LABEL}} ", style), text), soft_wrap=True)
        return
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=_LABEL)
    grid.add_column(overflow="fold")
    grid.add_row(Text(label, style), Text(text))
    console.print(grid)
