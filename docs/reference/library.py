"""The scenarios that come with simnet."""

from __future__ import annotations

from docs.reference.schemas import cell
from simnet.cli._scenario_files import library
from simnet.scenario.loader import load_plain


def scenarios() -> str:
    """A row for each scenario of the library."""
    rows = []
    for name, path in sorted(library().items()):
        said = load_plain(path)
        rows.append(f"| `{name}` | {cell(said.get('description', ''))} | {', '.join(said.get('tags', ()))} |")
    head = ["# The library", "", "`simnet run` takes each by its name; `simnet list` prints them.", ""]
    return "\n".join([*head, "| scenario | what it rehearses | tags |", "| --- | --- | --- |", *rows, ""])
