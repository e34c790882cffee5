"""Running scenarios: run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from simnet.cli import _completion
from simnet.cli._answers import answer
from simnet.cli._app import AsJson, Overrides, RunsFolder, Seed, StartWithin, Where, command
from simnet.cli._rehearsals import Rehearsals, planned
from simnet.cli._screen import Screen
from simnet.errors import InputError
from simnet.providers.registry import DEFAULT, check_keep, provider_named
from simnet.rehearsal import START_WITHIN, Options
from simnet.units import parse_duration


@command()
def run(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            help="Scenario files, folders of them, or names of the library.",
            show_default=False,
            autocompletion=_completion.scenarios,
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
    junit: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write one JUnit file for all runs as well.", show_default=False),
    ] = None,
    try_runtime: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Run the checks of this second build, made with the feature try-runtime, when its upgrade comes.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run scenarios one after another and say, with evidence, whether what they expect held.

    All files are read first, and what the machine cannot do is refused, before anything starts. Of a folder, every
    scenario in it and below is run, but for what lies in folders of runs; one that cannot be run is told and left out,
    and the exit code is the worst of all.

    simnet run quickstart

    simnet run scenarios/messaging --seed 7 --set network.relay.validators=6 --junit all.xml
    """
    overrides = [*overrides, *([f"seed={seed}"] if seed is not None else [])]
    options = Options(out=out, keep=keep, start_within=parse_duration(start_within), try_runtime=try_runtime)
    chosen = provider_named(provider)
    if junit is not None and (str(junit) in ("", ".") or junit.is_dir()):
        raise InputError(f"--junit takes a file, and {str(junit) or '.'} is a folder")
    what = planned(paths, overrides, chosen)
    if keep:
        check_keep(provider)
    rehearsals = Rehearsals(Screen(stderr=as_json), chosen, provider, options, overrides)
    try:
        rehearsals.run(what)
    finally:
        told = rehearsals.answer()
        if junit is not None:
            rehearsals.write_junit(junit)
        if as_json:
            answer(told)
    raise typer.Exit(told.exit_code)
