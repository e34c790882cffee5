"""The invariants, which every run is judged by though nobody asks."""

from __future__ import annotations

from simnet.checks.invariants import INVARIANTS
from simnet.field_docs import as_markdown
from simnet.journal import Evidence

_NOTHING = Evidence([])
"""An invariant names itself in its finding, and has one over evidence of nothing too."""


def invariants() -> str:
    """Every invariant with its precondition."""
    said = (
        "These hold in every run, asked for or not. One that is broken fails the run; one that cannot be told leaves it"
        " inconclusive."
    )
    lines = ["# Invariants", "", said, ""]
    for invariant in INVARIANTS:
        lines += [f"## {invariant(_NOTHING).check}", "", as_markdown(invariant.__doc__), ""]
    return "\n".join(lines)
