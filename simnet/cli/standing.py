"""Networks that stay up between commands: up, status, logs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from simnet.cli import _completion
from simnet.cli._answers import ActiveFaultAnswer, StandingAnswer, StatusAnswer, answer
from simnet.cli._app import AsJson, Overrides, RunsFolder, Seed, StartWithin, command
from simnet.cli._fixed_ports import fixed_ports
from simnet.cli._run_finder import FoundRun, survey
from simnet.cli._scenario_files import find, load_any
from simnet.cli._screen import Screen, pass_on, say
from simnet.errors import EngineError, InputError
from simnet.faults import fault_from
from simnet.paths import shown
from simnet.providers.deployments import NodeStatus, Reach, active_faults
from simnet.providers.node_logs import node_log
from simnet.providers.registry import DEFAULT, deployments_of
from simnet.rehearsal import START_WITHIN, Options, Run, check_plan, launch, plan_of
from simnet.report.progress import Progress
from simnet.scenario import NetworkSpec, Scenario
from simnet.units import parse_duration

WIDE = 200
"""Columns of a table that no terminal limits."""


@command()
def up(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A network file, or a scenario for its network.",
            autocompletion=_completion.scenarios,
        ),
    ],
    provider: Annotated[
        str, typer.Option(help="Where: docker, or simulated.", autocompletion=_completion.providers)
    ] = DEFAULT,
    seed: Seed = None,
    out: RunsFolder = Path("runs"),
    overrides: Overrides = [],  # noqa: B006 - typer copies it
    start_within: StartWithin = f"{START_WITHIN:g}s",
    speed: Annotated[
        float | None,
        typer.Option(
            metavar="FACTOR",
            help="Of a simulated network: seconds there for one here.  [default: 1]",
            show_default=False,
        ),
    ] = None,
    rpc_cors: Annotated[
        list[str],
        typer.Option(
            metavar="ORIGIN",
            help="Pages that may ask the nodes too, as http://my.host:3000, or all; repeatable."
            " Pages of this machine and https://polkadot.js.org may.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer copies it
    ports_from: Annotated[
        int | None,
        typer.Option(
            metavar="PORT",
            help="Port of the first node's JSON-RPC; the others have the next ones, in file order. Any free ones else.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        list[str],
        typer.Option(metavar="NODE=PORT", help="Port of one node's JSON-RPC; repeatable.", show_default=False),
    ] = [],  # noqa: B006 - typer copies it
) -> None:
    """Start a network, wait until it is in its stride, and leave it running.

    Prints the run's id and where each node answers JSON-RPC. Then `simnet status`, `simnet fault`, `simnet logs` and at
    the end `simnet down RUN`. Steps and expectations of a scenario are not carried out.

    A network on Docker goes on by itself. A simulated one lives in this process, which serves it until Ctrl-C or
    `simnet down RUN`.

    simnet up scenarios/networks/two-regions.yaml --port alice=9944
    """
    within = parse_duration(start_within)
    scenario = _standing(file, seed, overrides)
    plan = plan_of(scenario)
    reach = Reach(speed=speed, pages=rpc_cors, ports=fixed_ports(plan.topology, ports_from, port))
    deployments = deployments_of(provider, reach)
    check_plan(deployments.provider, plan)
    run = Run(scenario, deployments.provider, out)
    try:
        with Progress(Screen(stderr=True)) as progress:
            options = Options(
                keep=deployments.outlives, start_within=within, say=progress.say, on_network=progress.attach
            )
            network = launch(run, plan, deployments.provider, options)
    except BaseException as error:
        error.add_note(f"The run's folder is {shown(run.folder)}.")
        try:
            run.end(error)  # first, so that removing the nodes is not taken for their crashing
        finally:
            deployments.remove(run.id)
        raise

    def ready(nodes: list[NodeStatus]) -> None:
        say(run.id)
        _print_nodes(nodes)

    deployments.stay(network, run.id, ready, lambda text: say(text, err=True))
    if deployments.outlives:
        run.journal.close()
    else:
        say(f"ended; the journal and a report are in {shown(run.end().folder)}")


@command()
def status(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN]",
            help="A run's id, or the beginning of it.",
            show_default=False,
            autocompletion=_completion.runs,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the runs that stand on this machine, and of one run its nodes and active faults.

    With one run it needs not be named.

    simnet status demo --json
    """
    seen = survey()
    if as_json:
        answer(_told(seen.found if run is None else (seen.one(run),), seen.unasked))
        return
    if run is None:
        seen.report_unasked()
        if len(seen.found) != 1:
            for one in seen.found:
                say(one.deployment)
            if not seen.found:
                say("no run is up")
            return
    one_run = seen.one(run)
    say(one_run.deployment)
    if one_run.deployment.folder is not None:
        say(f"folder: {shown(one_run.deployment.folder)}")
    _print_nodes(one_run.deployments.nodes(one_run.deployment.run))
    for window in active_faults(one_run.deployment.folder):
        say(f"fault {window.name}: {fault_from(window.fault)} (since {window.apply_end:.0f} s)")


@command()
def logs(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="A run's id, or the beginning of it, or the folder of a run.",
            show_default=False,
            autocompletion=_completion.runs,
        ),
    ],
    node: Annotated[str, typer.Argument(help="The node's name.", show_default=False, autocompletion=_completion.nodes)],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the node ends or Ctrl-C.")] = False,
    tail: Annotated[int | None, typer.Option("--tail", "-n", min=0, help="Only the last lines.")] = None,
) -> None:
    """Print the log of a node, of a network that is up or of a run's folder.

    A real node's is what it wrote. A simulated node's is its story, told from the journal, with the few lines that it
    writes itself: slots, imports, heads, disputes, refusals, faults, by the network's time. Votes of GRANDPA, of
    backing and of approval are in no journal.

    simnet logs runs/quickstart-... alice --tail 20
    """
    if Path(run).is_dir():
        if follow:
            raise InputError(f"{run} is a folder, in which nothing more comes; --follow is for a run that is up")
        pass_on(node_log(Path(run), node, tail=tail))
        return
    chosen = survey().one(run)
    pass_on(chosen.deployments.log(chosen.deployment.run, node, follow=follow, tail=tail))


def _standing(file: str, seed: int | None, overrides: Sequence[str]) -> Scenario:
    """A scenario of the file's network alone, in which nothing happens and nothing is expected."""
    files = find([file])
    if len(files) != 1:
        raise InputError(f"{file} has {len(files)} files; name the one whose network is to stand")
    loaded = load_any(files[0], overrides)
    if isinstance(loaded, NetworkSpec):
        name = re.sub(r"[^a-z0-9-]+", "-", files[0].stem.lower()).strip("-")[:100] or "network"
        return Scenario(name=name, seed=seed or 0, network=loaded)
    return Scenario(name=loaded.name, seed=loaded.seed if seed is None else seed, network=loaded.network)


def _told(chosen: Iterable[FoundRun], unasked: Iterable[EngineError]) -> StatusAnswer:
    runs, not_asked = [], [str(one) for one in unasked]
    for found in chosen:
        deployment, nodes = found.deployment, list[NodeStatus]()
        try:
            nodes = found.deployments.nodes(deployment.run)
        except EngineError as error:
            not_asked.append(str(error))
        faults = active_faults(deployment.folder)
        runs.append(
            StandingAnswer(
                run=deployment.run,
                what=deployment.what,
                alive=deployment.alive,
                kept=deployment.kept,
                folder=None if deployment.folder is None else str(deployment.folder),
                nodes=tuple(nodes),
                faults=tuple(
                    ActiveFaultAnswer(name=one.name, fault=dict(one.fault), since=one.apply_end) for one in faults
                ),
            )
        )
    return StatusAnswer(runs=tuple(runs), not_asked=tuple(not_asked))


def _print_nodes(nodes: Iterable[NodeStatus]) -> None:
    table = Table("node", "chain", "process", "best", "finalized", "peers", "JSON-RPC", box=None, pad_edge=False)
    for node in nodes:
        cells = (node.name, node.chain, node.process, node.best, node.finalized, node.peers, node.rpc)
        table.add_row(*("-" if cell is None else str(cell) for cell in cells))
    console = Screen()
    if not console.is_terminal:
        console.width = WIDE
    console.print(table)
