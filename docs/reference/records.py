"""What each record of a journal carries, and the parts of which some are made."""

from __future__ import annotations

from docs.reference.schemas import as_table
from simnet.journal.journal_schema import journal_schema
from simnet.journal.records import MODELS

_NAMES = {model.__name__: kind.value for kind, model in MODELS.items()}


def records() -> str:
    """A chapter for each kind of record in the order of a run, then one for each part."""
    parts = journal_schema()["$defs"]
    said = (
        "Each line of [the journal](../journal.md) has one of these kinds, and in its `data` the keys below. `simnet"
        " schema journal` prints the same for other tools."
    )
    lines = ["# Records of the journal", "", said, ""]
    for name in (*_NAMES, *(name for name in parts if name not in _NAMES)):
        lines += [f"## {_NAMES.get(name, name)}", "", parts[name]["description"], "", *as_table(parts[name], _refer)]
    return "\n".join(lines)


def _refer(name: str) -> str:
    return f"[{name}](#{name.lower()})"
