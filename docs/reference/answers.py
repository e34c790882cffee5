"""What commands print with ``--json``, and the parts of which that is made."""

from __future__ import annotations

from docs.reference.schemas import Refer, Schema, as_table, form
from simnet.cli._schemas import SCHEMAS

_OF_FILES = ("scenario", "network", "space", "journal")
"""Schemas that have pages of their own."""


def answers() -> str:
    """A chapter for each kind of answer, with its parts."""
    said = (
        "With `--json` a command prints one JSON object on stdout and nothing else there. Keys that are there stay,"
        " with their meaning; others may come. `simnet schema NAME` prints the same as JSON Schema."
    )
    lines = ["# Answers in JSON", "", said, ""]
    for name, one in SCHEMAS.items():
        if name in _OF_FILES:
            continue
        whole = one.make()
        parts = whole.get("$defs", {})
        lines += [f"## {name}", "", whole["description"], "", *as_table(whole, _within(parts))]
        for part, schema in parts.items():
            if "properties" in schema:
                lines += [f"### {part}", "", schema["description"], "", *as_table(schema, _within(parts))]
    return "\n".join(lines)


def _within(parts: dict[str, Schema]) -> Refer:
    """A link to a part with keys; a part that is a choice of words is said on the spot."""

    def refer(name: str) -> str:
        return f"[{name}](#{name.lower()})" if "properties" in parts[name] else form(parts[name], refer)

    return refer
