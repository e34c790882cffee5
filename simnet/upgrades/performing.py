"""One rehearsal, run and judged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from simnet.checks.verdict import Verdict
from simnet.providers.base import Provider
from simnet.rehearsal import Options, rehearse
from simnet.scenario import Scenario
from simnet.upgrades.course import Course, course_of


@dataclass(frozen=True, kw_only=True)
class Performed:
    """What a rehearsal's run showed."""

    folder: Path
    seconds: float
    """From its beginning to its end by the network's clock."""
    verdict: Verdict
    course: Course | None
    """None where its upgrade never began."""


def perform(scenario: Scenario, provider: Provider, options: Options) -> Performed:
    """Runs it in a folder of its own; raises as :func:`~simnet.rehearsal.rehearse`."""
    outcome = rehearse(scenario, provider, options)
    return Performed(
        folder=outcome.folder,
        seconds=round(outcome.evidence.now, 3),
        verdict=outcome.verdict,
        course=course_of(outcome.evidence),
    )
