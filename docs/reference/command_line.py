"""The commands with their arguments and options, from the application itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

from docs.reference.schemas import cell
from simnet.cli import app
from simnet.field_docs import as_markdown

Click: Any = typer.main.get_command(app)
"""The application as click has it; typer's copy of click has no types of its own to name here."""


def commands() -> str:
    """A chapter for each command."""
    also = "[Exit codes](exit-codes.md) and [environment variables](environment.md) are on pages of their own."
    return "\n".join(["# Commands", "", *_explained(Click), also, "", *_parameters(Click, "simnet"), *_chapters()])


def _chapters() -> Iterator[str]:
    for name, command in sorted(Click.commands.items()):
        if not command.hidden:
            yield from (f"## simnet {name}", "", *_explained(command), *_parameters(command, f"simnet {name}"))


def _explained(command: Any) -> Iterator[str]:
    """The help's paragraphs; those that are commands to type together in one block. From a ``\\b`` on it is set for a
    terminal: the exit codes, which have a page."""
    paragraphs = as_markdown((command.help or "").partition("\b")[0]).split("\n\n")
    typed = [part for part in paragraphs if re.match(r"simnet \S", part)]
    for part in paragraphs:
        if part not in typed:
            yield from (part, "")
    if typed:
        yield from ("<!-- not run: it is an example of the help -->", "```console")
        yield from (f"$ {part}" for part in typed)
        yield from ("```", "")


def _parameters(command: Any, name: str) -> Iterator[str]:
    context = command.context_class(command, info_name=name)
    records = [(one.param_type_name, one.get_help_record(context)) for one in command.get_params(context)]
    for kind in ("argument", "option"):
        told = [record for of, record in records if of == kind and record is not None and record[0] != "--help"]
        if told:
            yield from (f"| {kind} | what it says |", "| --- | --- |")
            yield from (f"| `{cell(_typed(form, kind))}` | {cell(text)} |" for form, text in told)
            yield ""


def _typed(form: str, kind: str) -> str:
    """As it is typed, with the type of an option's value in capitals; an argument's name says enough."""
    return re.sub(r" <([\w ]+)(?:\[\w+\])?>", lambda type_: f" {_VALUES[type_[1]]}" if kind == "option" else "", form)


_VALUES = {"str": "TEXT", "path": "PATH", "int": "N", "int range": "N", "float": "NUMBER"}
