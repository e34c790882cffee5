"""Checking files, and judging stored runs: validate, judge."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from simnet.cli import _completion
from simnet.cli._answers import RunAnswer, RunsAnswer, answer
from simnet.cli._app import AsJson, Overrides, Where, command
from simnet.cli._scenario_files import find, load_each
from simnet.cli._screen import Screen, say
from simnet.cli._verdicts import show
from simnet.errors import InputError, UnsupportedError
from simnet.paths import shown
from simnet.providers.base import Provider
from simnet.providers.registry import DEFAULT, provider_named
from simnet.rehearsal import check_plan, judge_folder, plan_of
from simnet.run_file import SCENARIO_FILE
from simnet.scenario import Scenario


@command()
def validate(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            help="Files of scenarios, networks or spaces, or folders of them.",
            show_default=False,
            autocompletion=_completion.scenarios,
        ),
    ],
    provider: Where = DEFAULT,
    overrides: Overrides = [],  # noqa: B006 - typer copies it
) -> None:
    """Check files without starting a network; needs no Docker.

    Each chain's genesis is built by its runtime, and calls are encoded for it: unknown calls, arguments and genesis
    keys, missing files and keys that are not ours are found here. Every mistake is printed as `file:line:column:
    message`, and on GitHub's runners annotated there. Exits with 2 when there is one, or when simulated nodes cannot do
    what a scenario asks; what a machine with Docker can do, `simnet doctor` says there. `simnet schema` prints what
    editors check by.

    simnet validate quickstart
    """
    files = find(paths)
    chosen = provider_named(provider)
    scenarios = [one for one in load_each(files, overrides, chosen) if isinstance(one, Scenario)]
    if chosen.epoch is not None:  # what needs a machine is seen by trying it there, which starts containers
        _check_plans(scenarios, chosen)
    say(f"{len(files)} file{'s' if len(files) != 1 else ''}: no mistakes found")


@command()
def judge(
    folder: Annotated[Path, typer.Argument(help="A run's folder, with its journal and its scenario.")],
    expect: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Judge by what this scenario file expects instead.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Judge a stored run again from its journal alone, and write its reports anew and `judged.json`.

    First it looks whether journal, scenario and `run.json` are as the run wrote them, by their seals, and exits with 2
    naming the first record or file that is not. `simnet schema journal` prints what a journal's lines have.

    Exits as the run would: 0 held, 1 failed, 2 its input was wrong, 3 the harness had failed, 4 inconclusive.

    simnet judge runs/quickstart-0101-120000-ab12
    """
    if folder.is_file():
        raise InputError(f"{folder} is a file; give the run's folder, such as {folder.parent}")
    outcome = judge_folder(folder, expect)
    again = shlex.join(["simnet", "judge", shown(folder), *(["--expect", shown(expect)] if expect is not None else [])])
    show(Screen(stderr=as_json), outcome, again)
    if as_json:
        answer(RunsAnswer.of((RunAnswer.of(outcome, file=folder / SCENARIO_FILE, repeat=again),)))
    raise typer.Exit(outcome.verdict.exit_code)


def _check_plans(scenarios: Iterable[Scenario], provider: Provider) -> None:
    refused: dict[str, None] = {}
    for scenario in scenarios:
        try:
            check_plan(provider, plan_of(scenario))
        except UnsupportedError as error:
            refused[f"{scenario.name}: {error}"] = None
    if refused:
        raise UnsupportedError("\n".join(refused))
