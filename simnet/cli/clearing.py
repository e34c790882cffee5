"""Ending networks that stand, and removing what runs left behind: down."""

from __future__ import annotations

from typing import Annotated

import typer

from simnet.cli import _completion
from simnet.cli._app import command
from simnet.cli._run_finder import survey
from simnet.cli._screen import say
from simnet.errors import InputError
from simnet.paths import shown
from simnet.scratch import sweep


@command()
def down(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="[RUN...]",
            help="Runs to remove, each by its id or the beginning of it.",
            show_default=False,
            autocompletion=_completion.runs,
        ),
    ] = [],  # noqa: B006 - typer copies it
    everything: Annotated[bool, typer.Option("--all", help="Everything of simnet's on this machine.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also runs whose process still lives.")] = False,
) -> None:
    """End networks and remove the containers, networks and volumes that runs left behind, and temporary files of
    commands that were killed; run folders stay.

    Without arguments: what processes that are gone left, except networks that were asked to stay (`simnet up`,
    `simnet run --keep`). Runs of living processes are left alone unless --force is given.

    simnet down demo

    simnet down --all
    """
    if runs and everything:
        raise InputError("name runs or give --all, not both")
    seen = survey()
    seen.report_unasked()
    if runs:
        chosen = list({one.deployment.run: one for one in map(seen.one, runs)}.values())
    elif everything:
        chosen = list(seen.found)
    else:
        chosen = [one for one in seen.found if not one.deployment.alive and not one.deployment.kept]
    for one in chosen:
        say(one.deployment)
    living = [one.deployment.run for one in chosen if one.deployment.alive]
    if living and not force:
        raise InputError(
            f"nothing was removed: {', '.join(living)} belongs to a process that still runs; end that, or give --force"
        )
    for one in chosen:
        one.deployments.remove(one.deployment.run)
        say(f"removed {one.deployment.run}")
    left = sweep()
    for path in left:
        say(f"removed {shown(path)}")
    if not (chosen or left):
        say("nothing to remove")
    for one in seen.found:
        if one not in chosen:
            say(f"left alone: {one.deployment}")
