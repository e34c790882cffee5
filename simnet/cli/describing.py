"""What there is to run and to write: list, schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from simnet.cli import _completion
from simnet.cli._answers import LibraryAnswer, LibraryScenarioAnswer, answer
from simnet.cli._app import AsJson, command
from simnet.cli._scenario_files import library
from simnet.cli._schemas import SCHEMAS
from simnet.cli._screen import Screen, say_json
from simnet.errors import InputError
from simnet.network.topology import nearest
from simnet.scenario.loader import load_plain


@command("list")
def list_library(
    tag: Annotated[
        str | None,
        typer.Option(
            metavar="TAG", help="Only those that have it.", show_default=False, autocompletion=_completion.tags
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the scenarios of the library, a line each: the name that `simnet run` takes, its tags, what it is about.

    simnet list --tag byzantine
    """
    scenarios = [_read(name, path) for name, path in library().items()]
    if tag is not None:
        known = sorted({one for scenario in scenarios for one in scenario.tags})
        if tag not in known:
            raise InputError(f"no scenario of the library has the tag {tag!r}{nearest(tag, known)}")
        scenarios = [one for one in scenarios if tag in one.tags]
    if as_json:
        answer(LibraryAnswer(scenarios=tuple(scenarios)))
        return
    console = Screen()
    terminal = console.is_terminal
    for name, tags, description in _aligned(scenarios):
        line = Text(f"{name}  {tags}  {description}")
        console.print(line, no_wrap=terminal, overflow="ellipsis" if terminal else None, soft_wrap=not terminal)


@command()
def schema(
    name: Annotated[
        str,
        typer.Argument(
            metavar="[NAME]",
            help="Of what: " + "; ".join(f"{name}, {one.what}" for name, one in SCHEMAS.items()) + ".",
            autocompletion=_completion.schemas,
        ),
    ] = next(iter(SCHEMAS)),
) -> None:
    """Print a JSON Schema, for editors and other programs.

    simnet schema journal
    """
    if name not in SCHEMAS:
        raise InputError(f"there is no schema of {name!r}{nearest(name, SCHEMAS)}")
    say_json(SCHEMAS[name].make())


def _read(name: str, path: Path) -> LibraryScenarioAnswer:
    data = load_plain(path)
    description = " ".join(str(data.get("description", "")).split())
    return LibraryScenarioAnswer(
        name=name, description=description, tags=tuple(map(str, data.get("tags", ()))), file=str(path)
    )


def _aligned(scenarios: list[LibraryScenarioAnswer]) -> list[tuple[str, str, str]]:
    """Name, tags and description of each, the first two as wide as the widest."""
    rows = [(one.name, ", ".join(one.tags), one.description) for one in scenarios]
    name, tags = (max(len(row[column]) for row in rows) for column in (0, 1))
    return [(row[0].ljust(name), row[1].ljust(tags), row[2]) for row in rows]
