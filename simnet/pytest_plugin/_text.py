"""What pytest shows of a run: findings that did not hold, and how to repeat it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simnet.checks import Finding, Status
from simnet.rehearsal import Outcome

if TYPE_CHECKING:
    from _pytest._io import TerminalWriter

_COLOURS = {Status.HELD: "green", Status.FAILED: "red", Status.INCONCLUSIVE: "yellow"}


class Summary:
    """A run as a pytest report shows it in place of a traceback. ``findings`` are those that did not hold."""

    def __init__(self, outcome: Outcome, findings: Sequence[Finding], again: str) -> None:
        self._outcome = outcome
        self._findings = findings
        self._again = again
        self.reprcrash = self
        """Where pytest looks for the ``message`` of its short summary and of JUnit files."""

    @property
    def message(self) -> str:
        """In one line."""
        error = self._outcome.verdict.harness_error
        if error is not None:
            return f"error: {error.splitlines()[0] if error else 'the harness failed'}"
        more = f" (and {len(self._findings) - 1} more)" if len(self._findings) > 1 else ""
        worst = min(self._findings, key=lambda one: one.status is not Status.FAILED)
        return f"{worst.status.value}: {worst.check}: {worst.seen}{more}"

    def toterminal(self, tw: TerminalWriter) -> None:
        """Writes itself, coloured where the terminal has colours."""
        for line, colour in self._lines():
            tw.line(line, **({colour: True} if colour else {}))

    def __str__(self) -> str:
        return "\n".join(line for line, _ in self._lines())

    def _lines(self) -> Iterator[tuple[str, str | None]]:
        """Each line with its colour."""
        error = self._outcome.verdict.harness_error
        if error is not None:
            yield f"error: {error}", "red"
        for finding in self._findings:
            yield f"{finding.status.value}: {finding.check}", _COLOURS[finding.status]
            for name, text in _details(finding):
                yield f"  {name:10}{text}", None
        for text in self._outcome.verdict.interventions:
            yield f"intervention: {text}", None
        for note in self._outcome.verdict.notes:
            yield str(note), None
        yield f"run folder: {self._outcome.folder}", None
        yield f"repeat:     {self._again}", None


def _details(finding: Finding) -> list[tuple[str, str]]:
    details = [("expected", finding.expected), ("seen", finding.seen)]
    if finding.start is not None and finding.end is not None:
        details.append(("when", f"{finding.start:.1f} s to {finding.end:.1f} s of the run"))
    if finding.where:
        details.append(("where", ", ".join(finding.where)))
    return details


def findings_in_lines(outcome: Outcome) -> str:
    """Every finding in a line, held or not."""
    return "\n".join(f"{one.status.value:13} {one.check}: {one.seen}" for one in outcome.verdict.findings)


def command_of_scenario(path: Path, seed: int, provider: str) -> str:
    """The command that repeats a scenario file's run."""
    return shlex.join(["simnet", "run", str(path), "--seed", str(seed), "--provider", provider])


def command_of_test(nodeid: str, seed: int, provider: str) -> str:
    """The command that repeats a test with its seed."""
    return shlex.join(["pytest", nodeid, "--simnet-seed", str(seed), "--simnet-provider", provider])


def properties(outcome: Outcome) -> list[tuple[str, object]]:
    """For JUnit files: seed, provider, run folder, verdict and all figures."""
    run = outcome.evidence.run
    return [
        ("simnet_seed", run.seed),
        ("simnet_provider", run.provider),
        ("simnet_run_folder", str(outcome.folder)),
        ("simnet_verdict", outcome.verdict.status.value),
        *(
            (f"{finding.check}: {name}", value)
            for finding in outcome.verdict.findings
            for name, value in finding.figures.items()
            if value is not None
        ),
    ]
