"""Compared scenarios on real nodes, and what a stored run shows."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from simnet.checks.verdict import judge
from simnet.errors import EngineError, InputError
from simnet.journal import Evidence, read_journal
from simnet.providers.docker.docker_provider import DockerProvider
from simnet.rehearsal import Options, rehearse
from simnet.scenario import Scenario
from tests.agreement.figures import figures
from tests.agreement.stored import RealRun, digest, statuses


def rehearse_on_docker(scenario: Scenario, out: Path) -> Path:
    """Runs a scenario on a network of its own; the run's folder. Raises :class:`SimnetError` when it cannot be run."""
    outcome = rehearse(scenario, DockerProvider(), Options(out=out, say=partial(print, flush=True)))
    if outcome.verdict.harness_error is not None:
        raise EngineError(f"{scenario.name} did not run to its end: {outcome.verdict.harness_error}")
    return outcome.folder


def real_run(folder: Path, scenario: Scenario) -> RealRun:
    """The run of a folder, judged and measured anew; raises :class:`InputError` for one of another provider."""
    evidence = Evidence()
    for record in read_journal(folder):
        evidence.add(record)
    if evidence.run.provider != "docker":
        raise InputError(f"{folder} ran on {evidence.run.provider}; only runs on Docker are collected")
    verdict = judge(evidence, scenario.checks)
    return RealRun(
        run=evidence.run.run,
        digest=digest(scenario),
        started=evidence.run.started,
        cores=int(evidence.run.versions.get("cores", os.cpu_count() or 0)),
        images=dict(evidence.network.images),
        verdict=verdict.status.value,
        checks=statuses(verdict),
        figures=figures(evidence),
    )
