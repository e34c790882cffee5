"""The verdict of a run on the screen."""

from __future__ import annotations

from rich.console import Console

from simnet.cli._screen import say
from simnet.rehearsal import Outcome
from simnet.report.screen import show_verdict


def show(console: Console, outcome: Outcome, command: str) -> None:
    """Prints it, and what of the run's folder could not be written. ``command`` repeats the run."""
    show_verdict(console, outcome.verdict, outcome.evidence, outcome.provenance, outcome.folder, command)
    if outcome.unwritten is not None:
        say(f"not written: {outcome.unwritten}", err=True)
