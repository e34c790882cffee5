"""What a shell is offered after Tab, asked as the shells' own scripts ask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simnet.cli import _run_finder, app
from simnet.testing import ToyProvider
from tests.cli.conftest import Simnet
from tests.cli.test_run_finder import Somewhere

Write = Callable[..., str]


def in_bash(*words: str) -> list[str]:
    """What bash, which takes `=` for a word of its own, is offered for the last word."""
    env = {"_SIMNET_COMPLETE": "complete_bash", "COMP_WORDS": "\n".join(words), "COMP_CWORD": str(len(words) - 1)}
    return CliRunner().invoke(app, [], prog_name="simnet", env=env).stdout.split()


def in_fish(line: str) -> list[str]:
    env = {
        "_SIMNET_COMPLETE": "complete_fish",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_ARGS": line,
    }
    return [one.split("\t")[0] for one in CliRunner().invoke(app, [], prog_name="simnet", env=env).stdout.splitlines()]


def test_the_library_is_offered_by_name() -> None:
    assert in_bash("simnet", "run", "quick") == ["quickstart"]
    assert "byzantine-votes" in in_bash("simnet", "validate", "byz")


def test_names_of_schemas_tags_and_providers_are_offered() -> None:
    assert in_bash("simnet", "schema", "scen") == ["scenario"]
    assert "disputes" in in_bash("simnet", "list", "--tag", "dis")
    assert in_bash("simnet", "run", "quickstart", "--provider", "do") == ["docker"]


@pytest.fixture
def run(simnet: Simnet, scenario: Write, toy: ToyProvider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A run that seems to be up, with the journal of a toy."""
    simnet("run", scenario(), "--provider", "toy")
    (folder,) = Path("runs").iterdir()
    folder.rename("demo-1")
    monkeypatch.setattr(_run_finder, "all_deployments", lambda: (Somewhere("demo-1"), Somewhere()))
    return "demo-1"


@pytest.mark.parametrize("command", ["status", "fault", "logs", "down"])
def test_runs_that_are_up_are_offered(run: str, command: str) -> None:
    assert in_bash("simnet", command, "de") == [run]


def test_nodes_of_a_run_are_offered(run: str) -> None:
    assert in_bash("simnet", "logs", run, "b") == ["bob"]


def test_faults_and_their_keys_are_offered(run: str) -> None:
    assert in_bash("simnet", "fault", run, "pau") == ["pause"]
    assert in_bash("simnet", "fault", run, "pause", "tar") == ["targets="]


def test_targets_are_offered_whether_a_shell_parts_words_at_the_sign_or_not(run: str) -> None:
    assert in_bash("simnet", "fault", run, "pause", "targets", "=", "al") == ["all", "alice"]
    assert in_bash("simnet", "fault", run, "pause", "targets", "=")[:2] == ["all", "validators"]
    assert in_fish(f"simnet fault {run} pause targets=al") == ["targets=all", "targets=alice"]


def test_nothing_is_offered_and_nothing_said_where_nobody_knows() -> None:
    assert in_bash("simnet", "logs", "gone", "") == []
    assert in_bash("simnet", "fault", "gone", "no-fault", "") == []
