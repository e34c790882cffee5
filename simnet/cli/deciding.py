"""Deciding whether an upgrade goes: rehearse-upgrade."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

from simnet.cli import _completion
from simnet.cli._app import AsJson, RunsFolder, Seed, StartWithin, Where, command
from simnet.errors import InputError
from simnet.journal.records import UpgradePath
from simnet.network.topology import RELAY
from simnet.providers.registry import DEFAULT
from simnet.rehearsal import START_WITHIN
from simnet.units import parse_duration

WITHIN = 600.0
"""Seconds that an upgrade may take in each rehearsal, unless told otherwise: as the step `upgrade`."""

_PATHS: tuple[UpgradePath, ...] = get_args(UpgradePath)


@command("rehearse-upgrade")
def rehearse_upgrade(
    network: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="A network file, or a scenario for its network and its mail.",
            show_default=False,
            autocompletion=_completion.scenarios,
        ),
    ],
    runtime: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="The new runtime: a .wasm file, compressed or not, or the name of a bundled one.",
            show_default=False,
            autocompletion=_completion.runtimes,
        ),
    ],
    chain: Annotated[str, typer.Option(metavar="CHAIN", help="The chain that is upgraded: a parachain's id.")] = RELAY,
    path: Annotated[
        str,
        typer.Option(
            metavar="PATH",
            help=f"How the code gets in: {', '.join(_PATHS)}, as the step `upgrade` has them.",
            autocompletion=lambda: list(_PATHS),
        ),
    ] = _PATHS[0],
    within: Annotated[
        str, typer.Option(metavar="TIME", help="How long the upgrade may take in each rehearsal.")
    ] = f"{WITHIN:g}s",
    provider: Where = DEFAULT,
    seed: Seed = None,
    out: RunsFolder = Path("runs"),
    start_within: StartWithin = f"{START_WITHIN:g}s",
    try_runtime: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Run the checks of this second build, made with the feature try-runtime, in the clean upgrade.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rehearse an upgrade of a runtime before its referendum, and say GO or NO GO.

    The upgrade is run with mail under way: first clean, then with validators down, collators restarted, a partition,
    slow links, a node that joins late, and restarts of validators, each at the moment of the upgrade at which it hurts.
    It goes only if every rehearsal held. What failed is no go (1), and so is what is inconclusive or could not be run
    (4). One page has the decision, each run's report, figures, whom the new runtime breaks, and what was not rehearsed.

    simnet rehearse-upgrade --network net.yaml --chain 2000 --runtime new-runtime.wasm
    """
    from simnet.cli._decision import DecisionRequest, decide  # noqa: PLC0415 - loads wasmtime

    chosen = next((one for one in _PATHS if one == path), None)
    if chosen is None:
        raise InputError(f"--path takes {', '.join(_PATHS)}, and not {path!r}")
    asked = DecisionRequest(
        network=network,
        runtime=runtime,
        chain=chain,
        path=chosen,
        within=parse_duration(within),
        provider=provider,
        seed=seed,
        out=out,
        start_within=parse_duration(start_within),
        try_runtime=try_runtime,
    )
    raise typer.Exit(decide(asked, as_json=as_json))
