"""Compared scenarios on real nodes, and what a stored run shows."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from simnet.checks.verdict import judge
from simnet.errors import InputError, SimnetError
from simnet.journal import Evidence, read_journal
from simnet.providers.barrier import return_to_barrier
from simnet.providers.docker.provider import DockerProvider
from simnet.providers.network import Network
from simnet.rehearsal import START_WITHIN, Options, Run, check_plan, drive, launch, plan_of
from simnet.scenario import Scenario
from tests.agreement.figures import figures
from tests.agreement.stored import RealRun, digest, statuses


def rehearse_on_docker(group: Sequence[Scenario], out: Path) -> Iterator[Path]:
    """Runs scenarios of one topology one after another on one network; the folder of each run.

    A network that did not end a scenario in good order is replaced.
    """
    provider, options = DockerProvider(), Options(out=out, say=lambda line: print(line, flush=True))
    plan = replace(plan_of(group[0]), faults=tuple(fault for one in group for fault in one.faults()))
    check_plan(provider, plan)
    network: Network | None = None
    try:
        for scenario in group:
            run = Run(scenario, provider, out, network.journal if network is not None else None)
            print(f"== {scenario.name}", flush=True)
            try:
                if network is None:
                    network = launch(run, plan, provider, options)
                else:
                    network.rebase(run.folder)
                    return_to_barrier(network, START_WITHIN)
                drive(network, scenario, options)
            except SimnetError as error:
                run.end(error)
                print(f"not ended: {error}", flush=True)
                if network is not None:
                    network.close()
                network = None
            else:
                run.end()
                yield run.folder
    finally:
        if network is not None:
            network.close()


def real_run(folder: Path, scenario: Scenario) -> RealRun:
    """The run of a folder, judged and measured anew; raises :class:`InputError` for one of another provider."""
    evidence = Evidence()
    for record in read_journal(folder):
        evidence.add(record)
    if evidence.run["provider"] != "docker":
        raise InputError(f"{folder} ran on {evidence.run['provider']}; only runs on Docker are collected")
    verdict = judge(evidence, scenario.checks)
    return RealRun(
        run=evidence.run["run"],
        digest=digest(scenario),
        started=evidence.run["started"],
        cores=int(evidence.run["versions"].get("cores", os.cpu_count() or 0)),
        images=dict(evidence.network.get("images", {})),
        verdict=verdict.status.value,
        checks=statuses(verdict),
        figures=figures(evidence),
    )
