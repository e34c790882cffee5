"""One trial of a search: a scenario run on simulated nodes and judged, nothing kept but what it showed."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from simnet.checks.verdict import Verdict, judge
from simnet.errors import SimnetError
from simnet.journal import Evidence
from simnet.providers.base import Provider
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import Options, Run, drive, launch, plan_of
from simnet.scenario import Scenario
from simnet.scratch import scratch_folder
from simnet.search.case_coverage import CaseCoverage, coverage_of


@dataclass(frozen=True)
class Trial:
    """What a case showed. ``seconds`` is the time that it took, not the simulated one.

    ``evidence`` is None when the case ran in a process of its own, whose journal stayed there.
    """

    scenario: Scenario
    verdict: Verdict
    coverage: CaseCoverage
    seconds: float
    evidence: Evidence | None = None
    killed: bool = False
    """Whether its process was killed from outside, so that it showed nothing."""


def run_trial(scenario: Scenario, provider: Provider | None = None) -> Trial:
    """Runs a scenario and judges it, without reports. An error on the way is part of the verdict."""
    provider = provider or SimulatedProvider()
    begun = time.perf_counter()
    with scratch_folder("trial") as folder:
        run = Run(scenario, provider, Path(folder))
        options = Options(out=Path(folder))
        failed: SimnetError | None = None
        try:
            with launch(run, plan_of(scenario), provider, options) as network:
                drive(network, scenario, options)
        except SimnetError as error:
            failed = error
        evidence = run.close(failed)
    verdict = judge(evidence, scenario.checks)
    return Trial(scenario, verdict, coverage_of(evidence), time.perf_counter() - begun, evidence)
