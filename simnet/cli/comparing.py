"""Comparing two runtimes: diff."""

from __future__ import annotations

from typing import Annotated

import typer

from simnet.cli import _completion
from simnet.cli._answers import answer
from simnet.cli._app import AsJson, command
from simnet.cli._screen import Screen

_WHAT = "a bundled runtime, a .wasm file, or a node's endpoint (ws://HOST:PORT: the code at its best block)"


@command("diff")
def diff_runtimes(
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD",
            help=f"The runtime that is there: {_WHAT}.",
            show_default=False,
            autocompletion=_completion.runtimes,
        ),
    ],
    new: Annotated[
        str,
        typer.Argument(
            metavar="NEW",
            help="The one that is to come, in the same forms.",
            show_default=False,
            autocompletion=_completion.runtimes,
        ),
    ],
    whole: Annotated[bool, typer.Option("--all", help="List every change and every name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what differs between two runtimes, whom that breaks, and what goes into the proposal of the upgrade.

    Types are compared by what they encode to. An endpoint is asked for two values at one block: its code, and what it
    has authorized. Nothing is run but the runtimes' own words about themselves, so no verdict is given: exits with 0
    when both could be compared, and with 2 when not.

    simnet diff westend new-runtime.wasm
    """
    from simnet.cli._diff_screen import show_diff  # noqa: PLC0415 - loads wasmtime
    from simnet.runtime.diff import code_source, diff_of  # noqa: PLC0415

    diff = diff_of(code_source(old), code_source(new))
    if as_json:
        answer(diff)
    else:
        show_diff(Screen(), diff, whole=whole)
