"""Removing what simnet made on this engine: down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from simnet.cli._app import command
from simnet.errors import InputError
from simnet.network.topology import nearest
from simnet.providers.docker.engine import Leftover, connect, leftovers, remove_run


@command()
def down(
    runs: Annotated[
        list[str], typer.Argument(metavar="[RUN...]", help="Runs to remove, by id.", show_default=False)
    ] = [],  # noqa: B006 - typer copies it
    everything: Annotated[bool, typer.Option("--all", help="Everything of simnet's on this engine.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Also runs whose process still lives.")] = False,
) -> None:
    """Remove containers, networks and volumes that runs left behind; run folders stay.

    Without arguments: what processes that are gone left, except networks that were asked to stay (`simnet up`,
    `simnet run --keep`). Runs of living processes are left alone unless --force is given.
    """
    client = connect()
    found = leftovers(client)
    if runs and everything:
        raise InputError("name runs or give --all, not both")
    if runs:
        chosen = _named(runs, found)
    elif everything:
        chosen = found
    else:
        chosen = [one for one in found if not one.alive and not one.kept]
    for one in chosen:
        typer.echo(describe(one))
    living = [one.run for one in chosen if one.alive]
    if living and not force:
        raise InputError(
            f"nothing was removed: {', '.join(living)} belongs to a process that still runs; end that, or give --force"
        )
    for one in chosen:
        remove_run(client, one.run)
        typer.echo(f"removed {one.run}")
    if not chosen:
        typer.echo("nothing to remove")
    left = [one for one in found if one not in chosen]
    for one in left:
        typer.echo(f"left alone: {describe(one)}")


def describe(one: Leftover) -> str:
    """A run on the engine in one line."""
    parts = [
        f"{count} {what if count != 1 else what[:-1]}"
        for count, what in ((one.containers, "containers"), (one.networks, "networks"), (one.volumes, "volumes"))
        if count
    ]
    why = "its process runs" if one.alive else "kept" if one.kept else "its process is gone"
    return f"{one.run}: {', '.join(parts)} ({why})"


def _named(runs: Sequence[str], found: Sequence[Leftover]) -> list[Leftover]:
    """Those runs; naming one of which nothing is there is harmless."""
    known = {one.run: one for one in found}
    for run in runs:
        if run not in known:
            typer.echo(f"{run}: nothing on this engine{nearest(run, known)}")
    return [known[run] for run in dict.fromkeys(runs) if run in known]
