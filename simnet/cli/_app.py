"""The application, and what its commands share: options, errors without tracebacks, signals, exit codes."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand

from simnet.cli._signals import Terminated, interruptible
from simnet.errors import SimnetError
from simnet.providers.registry import names

HARNESS_FAILED = 3

_Function = TypeVar("_Function", bound=Callable[..., Any])

# What several commands take.
Where = Annotated[str, typer.Option("--provider", help=f"Where to run: {', '.join(names())}.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Instead of the file's seed.", show_default=False)]
RunsFolder = Annotated[Path, typer.Option(help="Folder in which each run gets one of its own.")]
Overrides = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Replace one value of the file, for example network.relay.validators=6. Repeatable.",
    ),
]
StartWithin = Annotated[
    str, typer.Option(metavar="TIME", help="How long a network may take until it is in its stride.")
]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, or the beginning of it.", show_default=False)]

app = typer.Typer(
    rich_markup_mode=None,
    name="simnet",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Rehearse what can go wrong in a Polkadot network before it goes wrong.

    A scenario names a network, what happens to it, and what must hold. Begin with `simnet doctor`, then
    `simnet run quickstart`.

    Exit codes: 0 what was asked holds, 1 it does not, 2 the input is wrong, 3 simnet or the engine failed,
    4 inconclusive, 130 and 143 interrupted. Of several runs the worst counts: 3, then 1, then 4, then 0.
    """,
)


class _Command(TyperCommand):
    """Ends by an exit code whatever happens inside."""

    def invoke(self, ctx: Any) -> Any:
        try:
            with interruptible():
                return super().invoke(ctx)
        except (typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except SimnetError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(error.exit_code) from None
        except KeyboardInterrupt as error:
            code = error.exit_code if isinstance(error, Terminated) else 130
            typer.echo("interrupted", err=True)
            raise typer.Exit(code) from None
        except Exception as error:
            typer.echo(_unexpected(error), err=True)
            raise typer.Exit(HARNESS_FAILED) from None


def command(name: str | None = None) -> Callable[[_Function], _Function]:
    """Adds a function as a command of the application."""
    return app.command(name, cls=_Command)


def _unexpected(error: Exception) -> str:
    handle, path = tempfile.mkstemp(prefix="simnet-", suffix=".traceback.txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(traceback.format_exception(error))
    return (
        f"error: simnet itself failed: {type(error).__name__}: {error}\n"
        f"The traceback is in {Path(path)}; please report it. What a run left goes with `simnet down`."
    )


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"simnet {metadata.version('polkadot-simnet')}")
        raise typer.Exit


@app.callback()
def _simnet(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Only for the options that stand before a command."""


def main(args: Sequence[str] | None = None) -> None:
    """The entry point; raises ``SystemExit`` with the exit code."""
    app(args=args, prog_name="simnet")
