"""Networks that stay up between commands: up, status, logs."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import docker
import typer
from rich.console import Console
from rich.table import Table

from simnet.cli._app import command
from simnet.cli._files import find, load_any
from simnet.cli.clearing import describe
from simnet.errors import InputError
from simnet.faults import fault_from
from simnet.network.topology import nearest
from simnet.providers.docker.engine import NODE_LABEL, RUN_LABEL, connect, leftovers, remove_run
from simnet.providers.docker.provider import DockerProvider
from simnet.providers.docker.status import active_faults, survey
from simnet.rehearsal import START_WITHIN, Options, Run, check_plan, launch, plan_of
from simnet.report.progress import Progress
from simnet.scenario import NetworkSpec, Scenario
from simnet.units import parse_duration

WIDE = 200
"""Columns of a table that no terminal limits."""

RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or the beginning of it.", show_default=False)]


@command()
def up(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A network file, or a scenario for its network.")],
    seed: Annotated[int | None, typer.Option(min=0, help="Instead of the file's seed.", show_default=False)] = None,
    out: Annotated[Path, typer.Option(help="Folder in which the run gets one of its own.")] = Path("runs"),
    overrides: Annotated[
        list[str], typer.Option("--set", metavar="KEY=VALUE", help="Replace one value of the file. Repeatable.")
    ] = [],  # noqa: B006 - typer copies it
    start_within: Annotated[
        str, typer.Option(metavar="TIME", help="How long it may take until the network is in its stride.")
    ] = f"{START_WITHIN:g}s",
) -> None:
    """Start a network on Docker, wait until it is in its stride, and leave it running.

    Prints the run's id and where each node answers JSON-RPC. Then `simnet status`, `simnet fault`, `simnet logs` and at
    the end `simnet down RUN`. Steps and expectations of a scenario are not carried out.
    """
    within = parse_duration(start_within)
    scenario = _standing(file, seed, overrides)
    provider = DockerProvider()
    plan = plan_of(scenario)
    check_plan(provider, plan)
    run = Run(scenario, provider.name, out)
    try:
        with Progress(Console(highlight=False, stderr=True)) as progress:
            options = Options(keep=True, start_within=within, say=progress.say, on_network=progress.attach)
            network = launch(run, plan, provider, options)
    except BaseException as error:
        try:
            run.end(error)  # first, so that removing the nodes is not taken for their crashing
        finally:
            remove_run(connect(), run.id)
        raise
    network.close()
    run.journal.close()
    typer.echo(run.id)
    _print_nodes(connect(), run.id)


@command()
def status(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A run's id, or the beginning of it.", show_default=False)
    ] = None,
) -> None:
    """Show the runs on this engine, and of one run its nodes and active faults.

    With one run on the engine it needs not be named.
    """
    client = connect()
    found = leftovers(client)
    if run is None and len(found) != 1:
        for one in found:
            typer.echo(describe(one))
        if not found:
            typer.echo("no run is on this engine")
        return
    chosen = next(one for one in found if one.run == run_id(client, run))
    typer.echo(describe(chosen))
    if chosen.folder is not None:
        typer.echo(f"folder: {chosen.folder}")
    _print_nodes(client, chosen.run)
    for window in active_faults(chosen.folder):
        typer.echo(f"fault {window.name}: {fault_from(window.fault)} (since {window.apply_end:.0f} s)")


@command()
def logs(
    run: RunId,
    node: Annotated[str, typer.Argument(help="The node's name.", show_default=False)],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the node ends or Ctrl-C.")] = False,
    tail: Annotated[int | None, typer.Option("--tail", "-n", min=0, help="Only the last lines.")] = None,
) -> None:
    """Print what a node of a running network wrote. The run's folder keeps it too, under `logs`."""
    client = connect()
    chosen = run_id(client, run)
    containers = client.containers.list(all=True, filters={"label": f"{RUN_LABEL}={chosen}"}, ignore_removed=True)
    by_name = {c.labels[NODE_LABEL]: c for c in containers if NODE_LABEL in c.labels}
    if node not in by_name:
        raise InputError(f"{chosen} has no node {node!r}{nearest(node, by_name)}")
    stream = by_name[node].logs(stream=True, follow=follow, tail="all" if tail is None else tail)
    for chunk in stream:
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()


def _standing(file: str, seed: int | None, overrides: Sequence[str]) -> Scenario:
    """A scenario of the file's network alone, in which nothing happens and nothing is expected."""
    files = find([file])
    if len(files) != 1:
        raise InputError(f"{file} has {len(files)} files; name the one whose network is to stand")
    loaded = load_any(files[0], overrides)
    if isinstance(loaded, NetworkSpec):
        name = re.sub(r"[^a-z0-9-]+", "-", files[0].stem.lower()).strip("-") or "network"
        return Scenario(name=name, seed=seed or 0, network=loaded)
    return Scenario(name=loaded.name, seed=loaded.seed if seed is None else seed, network=loaded.network)


def run_id(client: docker.DockerClient, run: str | None) -> str:
    """The id of a run on the engine, from its beginning; raises :class:`InputError` unless there is exactly one."""
    known = [one.run for one in leftovers(client)]
    matching = [one for one in known if run is None or one.startswith(run)]
    if run in known:
        return run
    if len(matching) != 1:
        if matching:
            raise InputError(f"{run!r} may be {' or '.join(matching)}; write more of it")
        raise InputError(f"no run {run!r} is on this engine{nearest(str(run), known)}; `simnet status` lists them")
    return matching[0]


def _print_nodes(client: docker.DockerClient, run: str) -> None:
    table = Table("node", "chain", "process", "best", "finalized", "peers", "JSON-RPC", box=None, pad_edge=False)
    for node in survey(client, run):
        cells = (node.name, node.chain, node.process, node.best, node.finalized, node.peers, node.rpc)
        table.add_row(*("-" if cell is None else str(cell) for cell in cells))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDE
    console.print(table)
