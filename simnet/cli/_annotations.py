"""What GitHub's runners show beside the lines of a change: mistakes of files, and findings that did not hold.

A line of the form ``::error file=F,line=L,col=C,title=T::MESSAGE`` on stdout or stderr makes one; actions/toolkit,
``core/src/command.ts`` has how values are escaped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from simnet.checks import Status
from simnet.checks.verdict import Verdict
from simnet.cli._screen import annotate
from simnet.environment import GITHUB_FOLDER, ON_GITHUB
from simnet.errors import ScenarioError, SimnetError


@dataclass(frozen=True)
class _Annotation:
    message: str
    title: str
    file: Path | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        file = _in_checkout(self.file) if self.file is not None else None
        where = {"file": file, "line": self.line, "col": self.column} if file is not None else {}
        told = {name: value for name, value in {**where, "title": self.title}.items() if value is not None}
        properties = ",".join(f"{name}={_escaped(str(value), ',:')}" for name, value in told.items())
        return f"::error {properties}::{_escaped(self.message)}"


def annotate_error(error: SimnetError) -> None:
    """Annotates what was wrong, each mistake of a file at its place."""
    if isinstance(error, ScenarioError):
        _annotate(
            _Annotation(
                one.message + (f" ({one.hint})" if one.hint else ""), "simnet", file=one.file, line=one.line,
                column=one.column,
            )
            for one in error.problems
        )  # fmt: skip
    else:
        _annotate([_Annotation(str(error), "simnet")])


def annotate_verdict(scenario: str, file: Path, verdict: Verdict) -> None:
    """Annotates a scenario's file with what did not hold in a run of it."""
    problems = verdict.failures
    found = []
    if verdict.harness_error is not None:  # of which what nobody can tell any more follows
        problems = tuple(one for one in problems if one.status is Status.FAILED)
        found.append(_Annotation(verdict.harness_error, f"{scenario} ended early", file=file))
    found += [_Annotation(f"{one.check}: {one.seen}", f"{scenario} {one.status}", file=file) for one in problems]
    _annotate(found)


def _annotate(annotations: Iterable[_Annotation]) -> None:
    if ON_GITHUB.get() == "true":
        for one in annotations:
            annotate(str(one))


def _in_checkout(path: Path) -> str | None:
    """The path as seen from the checkout; None where it is not in it."""
    checkout = Path(GITHUB_FOLDER.get() or ".").resolve()
    absolute = path.resolve()
    return absolute.relative_to(checkout).as_posix() if absolute.is_relative_to(checkout) else None


def _escaped(text: str, more: str = "") -> str:
    for sign in "%\r\n" + more:
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text
