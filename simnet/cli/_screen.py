"""What the commands print: all of it goes out here, with what a terminal would act on made harmless, since names, logs
and journals come from others."""

from __future__ import annotations

import codecs
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from simnet.environment import ON_GITHUB
from simnet.escaping import printable

_COMMAND = re.compile(r"^(\s*):(?=:)|#(?=#\[)", re.MULTILINE)
"""What GitHub's runners take for a command of theirs, on either stream: two colons where a line begins, spaces aside,
and ``##[`` anywhere (actions/runner, ActionCommand.cs)."""


def say(text: object, *, err: bool = False) -> None:
    """Prints a line, on stderr if it is an ``err``."""
    typer.echo(_harmless(str(text)), err=err)


def say_json(value: Any) -> None:
    """Prints a value as JSON, in ASCII, and so that a runner finds no command in it."""
    typer.echo(json.dumps(value, indent=2).replace("##[", "##\\u005b"))


def annotate(line: str) -> None:
    """Prints a command of GitHub's runners, whose parts are escaped, on stderr: stdout may be for JSON alone."""
    typer.echo(printable(line), err=True)


def _harmless(text: str) -> str:
    """Neither the terminal nor a runner acts on it."""
    shown = printable(text)
    return _COMMAND.sub(lambda found: f"{found[0]} ", shown) if ON_GITHUB.get() == "true" else shown


class Screen(Console):
    """A console on stdout or stderr whose colours are its own: of what it shows nothing reaches the terminal as a
    command. On a terminal it is as wide as that, else lines are not wrapped."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, stderr=stderr)

    def on_broken_pipe(self) -> None:
        """Who read it has gone: nothing more is printed, and the command ends as it would have."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(_harmless(segment.text), segment.style)


def pass_on(chunks: Iterable[bytes]) -> None:
    """Prints what a node wrote as it comes: to the last byte into files and pipes, harmless on a terminal."""
    if sys.stdout.isatty():
        for text in _as_text(chunks):
            typer.echo(printable(text.replace("\r\n", "\n")), nl=False)
        return
    for chunk in chunks:
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()


def _as_text(chunks: Iterable[bytes]) -> Iterator[str]:
    """Characters may begin in one chunk and end in the next."""
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    for chunk in chunks:
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)
