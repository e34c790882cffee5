"""Running scenarios, checking their files, and judging stored runs: run, validate, judge."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from simnet.cli._app import Overrides, RunsFolder, Seed, StartWithin, Where, command
from simnet.cli._scenario_files import find, load_each, load_scenarios
from simnet.cli._screen import Screen, say
from simnet.errors import InputError, UnsupportedError
from simnet.journal.journal_schema import journal_schema
from simnet.providers.base import Provider
from simnet.providers.registry import DEFAULT, check_keep, provider_named
from simnet.rehearsal import START_WITHIN, Options, Outcome, check_plan, judge_folder, plan_of, rehearse
from simnet.report.progress import Progress
from simnet.report.screen import show_verdict
from simnet.scenario import Scenario
from simnet.scenario.schema import json_schema
from simnet.units import parse_duration

WORST_FIRST = (3, 2, 1, 4, 0)
"""Exit codes of single runs; of several the first in this order counts. A failure of the harness says least about the
network, so it comes before a failed check; an inconclusive run may have failed, so it comes before one that held."""


@command()
def run(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...", help="Scenario files, folders of them, or names of the library.", show_default=False
        ),
    ],
    provider: Where = DEFAULT,
    seed: Seed = None,
    out: RunsFolder = Path("runs"),
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the network up afterwards; `simnet status` and `simnet down` see it.")
    ] = False,
    overrides: Overrides = [],  # noqa: B006 - typer copies it
    start_within: StartWithin = f"{START_WITHIN:g}s",
) -> None:
    """Run scenarios one after another and say, with evidence, whether what they expect held.

    All files are read first, and what the machine cannot do is refused before anything starts.

    simnet run quickstart

    simnet run scenarios/messaging --seed 7 --set network.relay.validators=6
    """
    overrides = [*overrides, *([f"seed={seed}"] if seed is not None else [])]
    within = parse_duration(start_within)
    scenarios = load_scenarios(paths, overrides)
    chosen = provider_named(provider)
    if keep:
        check_keep(provider)
    _check_plans([scenario for _, scenario in scenarios], chosen)
    console = Screen()
    outcomes = []
    for path, scenario in scenarios:
        console.print(Text(f"{scenario.name}: {path}, seed {scenario.seed}, on {provider}"), soft_wrap=True)
        with Progress(console) as progress:
            options = Options(out=out, keep=keep, start_within=within, say=progress.say, on_network=progress.attach)
            outcomes.append(rehearse(scenario, chosen, options))
        _show(console, outcomes[-1], _again(path, provider, scenario.seed, overrides))
    if len(outcomes) > 1:
        _summarize(console, outcomes)
    raise typer.Exit(worst(outcome.verdict.exit_code for outcome in outcomes))


@command()
def validate(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="[PATH...]", help="Files of scenarios, networks or spaces, or folders of them.", show_default=False
        ),
    ] = [],  # noqa: B006 - typer copies it
    provider: Where = DEFAULT,
    overrides: Overrides = [],  # noqa: B006 - typer copies it
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of scenario files, for editors, and exit.")
    ] = False,
) -> None:
    """Check files without starting a network; needs no Docker.

    Each chain's genesis is built by its runtime, and calls are encoded for it: unknown calls, arguments and genesis
    keys, missing files and keys that are not ours are found here. Every mistake is printed as `file:line:column:
    message`. Exits with 2 when there is one, or when simulated nodes cannot do what a scenario asks; what a machine
    with Docker can do, `simnet doctor` says there.
    """
    if schema:
        say(json.dumps(json_schema(), indent=2))
        return
    if not paths:
        raise InputError("name a file or a folder to check, or give --schema")
    files = find(paths)
    chosen = provider_named(provider)
    scenarios = [one for one in load_each(files, overrides) if isinstance(one, Scenario)]
    if chosen.epoch is not None:  # what needs a machine is seen by trying it there, which starts containers
        _check_plans(scenarios, chosen)
    say(f"{len(files)} file{'s' if len(files) != 1 else ''}: no mistakes found")


@command()
def judge(
    folder: Annotated[
        Path | None, typer.Argument(help="A run's folder, with its journal and its scenario.", show_default=False)
    ] = None,
    expect: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Judge by what this scenario file expects instead.", show_default=False),
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of a journal's lines, for other tools, and exit.")
    ] = False,
) -> None:
    """Judge a stored run again from its journal alone, and write its reports anew and `judged.json`.

    First it looks whether journal, scenario and `run.json` are as the run wrote them, by their seals, and exits with 2
    naming the first record or file that is not.

    Exits as the run would: 0 held, 1 failed, 3 the harness had failed, 4 inconclusive.
    """
    if schema:
        say(json.dumps(journal_schema(), indent=2))
        return
    if folder is None:
        raise InputError("name a run's folder to judge, or give --schema")
    if folder.is_file():
        raise InputError(f"{folder} is a file; give the run's folder, such as {folder.parent}")
    outcome = judge_folder(folder, expect)
    again = ["simnet", "judge", str(folder), *(["--expect", str(expect)] if expect is not None else [])]
    _show(Screen(), outcome, shlex.join(again))
    raise typer.Exit(outcome.verdict.exit_code)


def _show(console: Console, outcome: Outcome, command: str) -> None:
    show_verdict(console, outcome.verdict, outcome.evidence, outcome.provenance, outcome.folder, command)
    if outcome.unwritten is not None:
        say(f"not written: {outcome.unwritten}", err=True)


def worst(codes: Iterable[int]) -> int:
    """The exit code that stands for several runs."""
    return min(codes, key=WORST_FIRST.index, default=0)


def _check_plans(scenarios: Iterable[Scenario], provider: Provider) -> None:
    refused: dict[str, None] = {}
    for scenario in scenarios:
        try:
            check_plan(provider, plan_of(scenario))
        except UnsupportedError as error:
            refused[f"{scenario.name}: {error}"] = None
    if refused:
        raise UnsupportedError("\n".join(refused))


def _again(path: Path, provider: str, seed: int, overrides: Iterable[str]) -> str:
    """The command that reproduces a run."""
    parts = ["simnet", "run", str(path), "--provider", provider, "--seed", str(seed)]
    for override in overrides:
        if not override.startswith("seed="):
            parts += ["--set", override]
    return shlex.join(parts)


def _summarize(console: Console, outcomes: Iterable[Outcome]) -> None:
    """One line for each of several runs."""
    console.print()
    for outcome in outcomes:
        ended = "ended early" if outcome.verdict.harness_error is not None else outcome.verdict.status.value
        console.print(Text(f"{ended:13} {outcome.scenario.name}  {outcome.folder}"), soft_wrap=True)
