"""What came of one rehearsal of an upgrade."""

from __future__ import annotations

from dataclasses import dataclass

from simnet.checks import Status
from simnet.checks.verdict import Verdict
from simnet.exit_codes import ExitCode
from simnet.upgrades.course import Course


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """A rehearsal that was run and judged."""

    name: str
    """Its name in the table of standard rehearsals."""
    shows: str
    """What it shows, in a sentence."""
    folder: str
    """Name of its run's folder, beside the page."""
    seed: int
    """What everything that is drawn was drawn from."""
    seconds: float
    """Seconds from its beginning to its end by the network's clock."""
    verdict: Verdict
    """What its run showed."""
    missed: str | None
    """Why it missed the moment that it was meant for; null where it met it."""
    course: Course | None
    """How its upgrade went; null where it never began."""
    repeat: str
    """The command that runs it again."""

    @property
    def exit_code(self) -> ExitCode:
        """Of its run; a run that held and missed its moment is inconclusive."""
        code = self.verdict.exit_code
        return ExitCode.INCONCLUSIVE if code is ExitCode.HELD and self.missed is not None else code

    @property
    def status(self) -> str:
        """In a word or two: ``held``, ``failed``, ``inconclusive``, ``missed its moment`` or ``ended early``."""
        if self.verdict.harness_error is not None:
            return "ended early"
        if self.verdict.status is Status.HELD and self.missed is not None:
            return "missed its moment"
        return self.verdict.status.value

    @property
    def why(self) -> str:
        """Why it is no go, in a line; empty of one that held."""
        if self.verdict.harness_error is not None:
            return _line(self.verdict.harness_error)
        for finding in self.verdict.failures:
            return f"{finding.check}: {_line(finding.seen)}"
        return self.missed or ""


@dataclass(frozen=True, kw_only=True)
class NotRehearsed:
    """A rehearsal of which no run came."""

    name: str
    """Its name in the table of standard rehearsals."""
    shows: str
    """What it would have shown, in a sentence."""
    exit_code: ExitCode
    """4 where it could not be run; 3 where simnet failed, 2 where its input is wrong."""
    why: str
    """Why."""

    @property
    def status(self) -> str:
        """In words."""
        return "could not be run"


def _line(text: str) -> str:
    return " ".join(text.split())
