"""The reference has everything that the code has, in words that come from there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from docs import reference
from docs.blocks import read
from docs.reference.command_line import Click, commands
from docs.reference.ending import environment, exit_codes
from docs.reference.kinds import acts, checks, faults, states, steps
from docs.reference.library import scenarios
from docs.reference.records import records
from docs.reference.schemas import as_table, default, form
from docs.reference.unrun import unrun
from simnet.checks import KINDS as CHECKS
from simnet.cli import app
from simnet.cli._scenario_files import library
from simnet.environment import VARIABLES
from simnet.exit_codes import ExitCode
from simnet.faults import ACTS
from simnet.faults import KINDS as FAULTS
from simnet.journal.records import MODELS
from simnet.scenario.awaited import STATES
from simnet.scenario.steps import Step
from tests.docs.page_runner import unreadable

PAGE = Path("reference/commands.md")


def linked(name: str) -> str:
    return f"[{name}](x.md)"


@pytest.mark.parametrize(
    ("page", "names"),
    [
        (faults, FAULTS),
        (checks, CHECKS),
        (steps, set(Step.VERBS) - set(FAULTS)),
        (states, STATES),
        (acts, ACTS),
        (records, [kind.value for kind in MODELS]),
        (commands, [f"simnet {name}" for name, one in Click.commands.items() if not one.hidden]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_page_has_a_chapter_for_each(page: Callable[[], str], names: Iterable[str]) -> None:
    assert set(names) <= set(re.findall(r"^## (.+)$", page(), flags=re.MULTILINE))


@pytest.mark.parametrize(
    ("page", "names"),
    [
        (exit_codes, [str(code.value) for code in ExitCode]),
        (environment, [f"`{variable.name}`" for variable in VARIABLES]),
        (scenarios, [f"`{name}`" for name in library()]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_page_has_a_row_for_each(page: Callable[[], str], names: Iterable[str]) -> None:
    assert set(names) <= set(re.findall(r"^\| (\S+) \|", page(), flags=re.MULTILINE))


@pytest.mark.parametrize("uri", reference.PAGES)
def test_no_row_of_a_page_lacks_a_cell(uri: str) -> None:
    """A bar in a text would make one more."""
    for table in re.findall(r"(?:^\|.*\|\n)+", reference.PAGES[uri](), flags=re.MULTILINE):
        head, *rows = (re.split(r"(?<!\\)\|", row) for row in table.splitlines())
        assert [row for row in rows if len(row) != len(head)] == []


def examples() -> dict[str, list[str]]:
    """The examples that the help of each command has."""
    chapters = commands().split("\n## ")[1:]
    return {
        chapter.partition("\n")[0]: [one.line for block in read(chapter, PAGE) for one in block.commands()]
        for chapter in chapters
    }


def test_every_command_has_an_example_that_its_parser_takes() -> None:
    """What most would do takes a machine or minutes."""
    refused = {line: unreadable(shlex.split(line)[1:]) for lines in examples().values() for line in lines}
    assert [name for name, lines in examples().items() if not lines] == []
    assert {line: why for line, why in refused.items() if why is not None} == {}


@pytest.mark.parametrize("command", ["list", "schema", "validate"])
def test_an_example_of_a_command_that_needs_nothing_runs(command: str) -> None:
    for line in examples()[f"simnet {command}"]:
        result = CliRunner().invoke(app, shlex.split(line)[1:])
        assert (result.exit_code, line) == (0, line)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "examples": ["60s"]}, "text, as `60s`"),
        ({"type": ["string", "integer"]}, "text or whole number"),
        ({"type": "integer", "minimum": 1, "maximum": 9}, "whole number from 1 to 9"),
        ({"type": "number", "minimum": 0}, "number, at least 0"),
        ({"type": "number", "exclusiveMinimum": 0}, "number, more than 0"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, "`true` or `false`"),
        ({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}, "text, or a list"),
        ({"enum": ["full", "warp"], "type": "string"}, "`full` or `warp`"),
        ({"type": "array", "items": {"$ref": "#/$defs/Node"}}, "list of [Node](x.md)"),
        ({"anyOf": [{"const": "all", "type": "string"}, {"type": "integer"}]}, "`all` or whole number"),
        ({"anyOf": [{"const": one, "description": "..."} for one in STATES]}, "a [state](states.md)"),
        ({}, "anything"),
    ],
)
def test_a_schema_is_said_in_words(schema: dict[str, object], words: str) -> None:
    assert form(schema, linked) == words


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "-"), ({}, "-"), ([], "-"), ("60s", "`60s`"), (4, "`4`"), (True, "`true`"), (["all"], "`all`")],
)
def test_a_default_is_shown_as_a_file_writes_it(value: object, shown: str) -> None:
    assert default({"default": value}) == shown


def test_a_table_says_what_is_needed_and_what_choices_mean() -> None:
    choice = {
        "anyOf": [{"const": "full", "description": "By all blocks."}, {"const": "warp", "description": "By proofs."}]
    }
    schema = {
        "properties": {"sync": {**choice, "description": "How it syncs."}, "to": {"type": "string"}},
        "required": ["to"],
    }
    assert list(as_table(schema, linked)) == [
        "| key | form | default | what it does |",
        "| --- | --- | --- | --- |",
        "| `sync` | `full` or `warp` | - | How it syncs. |",
        "| `to` | text | needed |  |",
        "",
        "What `sync` may be:",
        "",
        "- `full`: By all blocks.",
        "- `warp`: By proofs.",
        "",
    ]


def test_blocks_that_no_test_runs_are_few_and_have_a_reason() -> None:
    """As few as the pages need: raise the number only for what cannot run without an engine, a browser or minutes."""
    told = unrun()
    assert len(told) <= 21, "run more of them"
    assert [str(block) for block, _, why in told if not why.startswith(("it ", "what "))] == []
