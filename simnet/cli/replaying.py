"""Running again what a search found: replay."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from simnet.cli._app import RunsFolder, Where, command
from simnet.cli._screen import Screen
from simnet.errors import InputError
from simnet.exit_codes import ExitCode
from simnet.paths import shown
from simnet.providers.base import Provider
from simnet.providers.registry import DEFAULT, provider_named
from simnet.rehearsal import Options, check_plan, plan_of
from simnet.report.progress import Progress

if TYPE_CHECKING:
    from simnet.search.bundle import Bundle, Replayed

TIMES = 3
"""Runs on real nodes, which are never twice the same."""

_MOST_LETTERS = 300
"""Letters of a journal's line that are shown."""


@command()
def replay(
    folder: Annotated[
        Path,
        typer.Argument(metavar="BUNDLE", help="A folder of `corpus` in a search's folder, or a file in it."),
    ],
    provider: Where = DEFAULT,
    times: Annotated[
        int | None, typer.Option(min=1, help=f"How often to run it; {TIMES} on real nodes, 1 on simulated ones.")
    ] = None,
    out: RunsFolder = Path("runs"),
) -> None:
    """Run again what a search found, and say whether it fails again.

    Simulated, its journal must be the same to the last byte; where it is not, the first line that differs is shown, and
    what has changed since. On real nodes it is run several times and confirmed k times of n.

    Exits with 1 when it failed again at least once, since the failure is there, and with 0 when it never did.

    simnet replay runs/search-quickstart-0101-120000-ab12/corpus/failure-cd34 --provider docker --times 5
    """
    from simnet.search.bundle import read_bundle  # noqa: PLC0415 - loads wasmtime and Hypothesis

    console = Screen()
    bundle = read_bundle(folder.parent if folder.is_file() else folder)
    simulated = provider == DEFAULT
    chosen = bundle.provider() if simulated else provider_named(provider)
    if not simulated and bundle.defects:
        raise InputError(f"this was found with the planted bug {', '.join(bundle.defects)}, which real nodes lack")
    check_plan(chosen, plan_of(bundle.scenario))
    many = times or (1 if simulated else TIMES)
    confirmed = 0
    for number in range(1, many + 1):
        _say(console, f"run {number} of {many}: {bundle.scenario.name}, seed {bundle.scenario.seed}, on {provider}")
        replayed = _run(console, bundle, chosen, out)
        confirmed += replayed.confirms
        _say(console, f"  {bundle.followed}: {'failed again' if replayed.confirms else 'did not fail'}")
        _say(console, f"  seen          {replayed.seen}")
        _say(console, f"  run folder    {shown(replayed.outcome.folder)}")
        if simulated:
            _compare(console, bundle, replayed)
    _say(console, f"confirmed {confirmed} of {many}")
    raise typer.Exit(ExitCode.FAILED if confirmed else ExitCode.HELD)


def _run(console: Console, bundle: Bundle, provider: Provider, out: Path) -> Replayed:
    from simnet.search.bundle import replay as run_again  # noqa: PLC0415

    with Progress(console) as progress:
        return run_again(bundle, provider, Options(out=out, say=progress.say, on_network=progress.attach))


def _compare(console: Console, bundle: Bundle, replayed: Replayed) -> None:
    """Says whether the journal is the one that was found, and if not, where and perhaps why it differs."""
    from simnet.search.bundle import changes, difference  # noqa: PLC0415

    differs = difference(bundle, replayed.outcome)
    changed = changes(bundle)
    if differs is None:
        _say(console, "  journal       the same to the last byte")
    else:
        number, was, now = differs
        _say(console, f"  journal       differs from line {number} on")
        _say(console, f"    was         {was[:_MOST_LETTERS]}")
        _say(console, f"    is          {now[:_MOST_LETTERS]}")
        if not changed:
            changed = ["nothing that a journal depends on: simnet itself is not repeatable here, please report it"]
    for line in changed:
        _say(console, f"  changed       {line}")


def _say(console: Console, text: str) -> None:
    console.print(Text(text), soft_wrap=True)
