"""The application, and what its commands share: options, errors without tracebacks, signals, exit codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from simnet.cli import _completion
from simnet.cli._last_handler import exit_code_of
from simnet.cli._screen import say
from simnet.cli._signals import interruptible
from simnet.exit_codes import WORST_FIRST, ExitCode
from simnet.providers.registry import names

_Function = TypeVar("_Function", bound=Callable[..., Any])

# What several commands take.
Where = Annotated[
    str,
    typer.Option("--provider", help=f"Where to run: {', '.join(names())}.", autocompletion=_completion.providers),
]
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
RunId = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run's id, or the beginning of it.",
        show_default=False,
        autocompletion=_completion.runs,
    ),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print JSON alone, for programs; `simnet schema` has the keys."),
]

_EXIT_CODES = "\n".join(f"  {code.value:<4} {code.meaning}" for code in ExitCode)
_WORST = ", then ".join(str(code.value) for code in WORST_FIRST)

_ORDER = (
    *("run", "validate", "judge", "list", "schema"),
    *("rehearse-upgrade", "diff"),
    *("search", "replay"),
    *("up", "status", "fault", "logs", "down"),
    *("images", "doctor"),
)
"""Of the commands in the help, by what people do with them."""


class _Commands(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(super().list_commands(ctx), key=_ORDER.index)


app = typer.Typer(
    cls=_Commands,
    rich_markup_mode=None,
    name="simnet",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=f"""Rehearse what can go wrong in a Polkadot network before it goes wrong.

A scenario names a network, what happens to it, and what must hold. Begin with `simnet doctor`, then
`simnet run quickstart`; `simnet list` has what else there is.

\b
Exit codes
{_EXIT_CODES}

Of several runs the worst counts: {_WORST}.
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
        except (Exception, KeyboardInterrupt) as error:
            raise typer.Exit(exit_code_of(error)) from None


def command(name: str | None = None) -> Callable[[_Function], _Function]:
    """Adds a function as a command of the application."""
    return app.command(name, cls=_Command)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"simnet {metadata.version('polkadot-simnet')}")
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
