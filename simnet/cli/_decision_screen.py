"""Go or no go on one screen: the decision, a line for each rehearsal, the clean upgrade's figures, whom it breaks."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table
from rich.text import Text

from simnet.checks import Status
from simnet.cli._screen import Screen
from simnet.paths import shown
from simnet.report.diff_words import breakage_text
from simnet.upgrades import UpgradeDecision
from simnet.upgrades.decision import status_of
from simnet.upgrades.decision_words import figures

_STYLES = {Status.HELD: "green", Status.FAILED: "bold red", Status.INCONCLUSIVE: "bold yellow"}
_LABEL = 19
"""Width of the labels' column: ``missed its moment`` and two spaces."""

_MOST_LETTERS = 400
"""Letters of what did not hold, of a run, and of what breaks; the page has all."""

_MOST_NAMES = 3
"""Names that are told of each breakage."""


def show_decision(console: Screen, decision: UpgradeDecision, page: Path) -> None:
    """Prints it. Without a terminal there are no colours, and lines are not wrapped."""
    ran = sum(status_of(one.exit_code) is Status.HELD for one in decision.rehearsals)
    name = Path(decision.runtime).name
    told = f"{decision.chain} to {name}: {ran} of {len(decision.rehearsals)} rehearsals held"
    console.print()
    _row(console, decision.word, told, _STYLES[decision.verdict])
    for one in decision.rehearsals:
        text = f"{one.name}: {one.why}" if one.why else f"{one.name}: {one.shows}"
        _row(console, one.status, text, _STYLES[status_of(one.exit_code)])
    for label, text in figures(decision):
        _row(console, label, text)
    if decision.diff is None:
        _row(console, "not compared", decision.not_compared)
    else:
        for breakage in decision.diff.breakages:
            _row(console, breakage.weight, f"{breakage.whom}: {breakage_text(breakage, _MOST_NAMES)}")
    for text in decision.taken:
        _row(console, "network", text)
    for text in decision.not_rehearsed:
        _row(console, "not rehearsed", text)
    _row(console, "page", shown(page), whole=True)
    _row(console, "repeat", decision.repeat, whole=True)


def _row(console: Screen, label: str, text: str, style: str = "", *, whole: bool = False) -> None:
    """A label and a text beside it; on a terminal a long text is wrapped below its start, unless it stays ``whole``."""
    told = text if whole or len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS].rstrip()} …"
    if whole or not console.is_terminal:
        console.print(Text.assemble((f"{label:<{_LABEL}}", style), told), soft_wrap=True)
        return
    grid = Table.grid()
    grid.add_column(width=_LABEL)
    grid.add_column(overflow="fold")
    grid.add_row(Text(label, style), Text(told))
    console.print(grid)
