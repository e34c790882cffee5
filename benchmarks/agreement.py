"""Runs the scenarios of tests/agreement on both providers, stores what they showed, and writes docs/agreement.md.

    python -m benchmarks.agreement simulated [--seeds 200] [NAME ...]     about 2 s a run, two processes
    python -m benchmarks.agreement docker [--out runs] [NAME ...]         four to eight minutes a run
    python -m benchmarks.agreement collect FOLDER ...                     of runs on Docker that were made before
    python -m benchmarks.agreement page

Figures of Docker are added to what is stored of a scenario while its digest is the same; ranges of simulated runs are
replaced. Each run has a network of its own: which validators back which parachain follows from genesis in its first
sessions, so an older network is another one. ``page`` writes the page from what is stored and runs nothing.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.agreement_page import write_page
from simnet.errors import InputError
from simnet.rehearsal import SCENARIO_FILE
from simnet.scenario import Scenario
from simnet.scenario.loader import load_scenario
from simnet.search import run_trial
from tests.agreement.figures import figures
from tests.agreement.real import real_run, rehearse_on_docker
from tests.agreement.stored import (
    Range,
    Simulated,
    digest,
    read_docker,
    read_simulated,
    scenarios,
    statuses,
    write_docker,
    write_simulated,
)

PROCESSES = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    simulated = verbs.add_parser("simulated")
    simulated.add_argument("--seeds", type=int, default=200)
    docker = verbs.add_parser("docker")
    docker.add_argument("--out", type=Path, default=Path("runs"))
    for verb in (simulated, docker):
        verb.add_argument("names", nargs="*")
    verbs.add_parser("collect").add_argument("folders", nargs="+", type=Path)
    verbs.add_parser("page")
    given = parser.parse_args()
    if given.verb == "simulated":
        rehearse_simulated(_chosen(given.names), given.seeds)
    elif given.verb == "docker":
        for scenario in _chosen(given.names).values():
            collect([rehearse_on_docker(scenario, given.out)])
    elif given.verb == "collect":
        collect(given.folders)
    write_page(scenarios(), read_simulated(), read_docker())


def _chosen(names: Sequence[str]) -> dict[str, Scenario]:
    known = scenarios()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"no scenario is called {', '.join(unknown)}; there are {', '.join(known)}")
    return {name: known[name] for name in names or known}


# -- simulated ----------------------------------------------------------------------------------------------------


def rehearse_simulated(chosen: dict[str, Scenario], seeds: int) -> None:
    """Runs each scenario with the seeds from 1 on, and replaces what is stored of it."""
    stored = read_simulated()
    context = get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        for name, scenario in chosen.items():
            begun = time.perf_counter()
            cases = [scenario.model_copy(update={"seed": seed}) for seed in range(1, seeds + 1)]
            shown = list(pool.map(_simulate, cases, chunksize=4))
            stored[name] = _summary(scenario, shown)
            write_simulated(stored)
            took = time.perf_counter() - begun
            print(f"{name}: {dict(stored[name].verdicts)} in {took:.0f} s, {took / seeds:.2f} s a run", flush=True)


def _simulate(scenario: Scenario) -> tuple[str, dict[str, str], dict[str, float]]:
    """Verdict, status of each check, figures."""
    trial = run_trial(scenario)
    assert trial.evidence is not None
    return trial.verdict.status.value, statuses(trial.verdict), figures(trial.evidence)


def _summary(scenario: Scenario, shown: list[tuple[str, dict[str, str], dict[str, float]]]) -> Simulated:
    checks: dict[str, Counter[str]] = defaultdict(Counter)
    values: dict[str, list[float]] = defaultdict(list)
    for _, found, run_figures in shown:
        for check, status in found.items():
            checks[check][status] += 1
        for figure, value in run_figures.items():
            values[figure].append(value)
    return Simulated(
        digest=digest(scenario),
        verdicts=dict(Counter(verdict for verdict, _, _ in shown)),
        checks={check: dict(found) for check, found in checks.items()},
        figures={figure: Range.of(values[figure]) for figure in values},
    )


# -- Docker -------------------------------------------------------------------------------------------------------


def collect(folders: Sequence[Path]) -> None:
    """Stores the figures of runs on Docker; a run that is stored already is told anew."""
    known = {scenario.name: (name, digest(scenario)) for name, scenario in scenarios().items()}
    stored = {name: {one.run: one for one in runs} for name, runs in read_docker().items()}
    for folder in folders:
        scenario = load_scenario(folder / SCENARIO_FILE)
        name, now = known[scenario.name]
        run = real_run(folder, scenario)
        if run.digest != now:
            raise InputError(f"{folder} ran another {name} than the one in tests/agreement/scenarios; run it again")
        runs = {key: one for key, one in stored.get(name, {}).items() if one.digest == now}
        stored[name] = {**runs, run.run: run}
        print(f"{name}: {run.verdict}, {run.figures}", flush=True)
    write_docker({name: sorted(runs.values(), key=lambda one: one.started) for name, runs in stored.items()})


if __name__ == "__main__":
    main()
