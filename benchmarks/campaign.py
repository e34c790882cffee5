"""How many fault schedules of ten simulated minutes a campaign runs a minute, and what a kill costs it.

    python benchmarks/campaign.py [--schedules N] [--jobs 1 2 ...] [--no-kill]

The quickstart's network with messages between all its chains; faults are drawn by the strategies. Each line is a
campaign of its own, with processes started, networks brought to their barrier, verdicts, coverage and shrinking in it,
and is followed by its speed beside the reference (``benchmarks/reference``), which is what compares with other hours
and machines. The last line is a campaign that is killed with SIGKILL halfway and resumed: it must find what the first
one found.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.beside import Figure, beside_reference
from simnet.scenario import Scenario
from simnet.scenario.loader import load_network
from simnet.search import Space
from simnet.search.campaign import BATCHES_FILE, Campaign
from simnet.search.plan import SearchPlan
from simnet.search.pool import WorkerProcesses

NETWORK = Path(__file__).parents[1] / "scenarios" / "networks" / "two-regions.yaml"
BATCH = 30
ROUTES = (("2000", "2001"), ("2001", "2000"), ("relay", "2000"), ("2001", "relay"))


def space() -> Space:
    """Ten minutes with the load of the quickstart, spread over them."""
    steps = [{"send": {"from": one, "to": two, "count": 10, "every": 30}} for one, two in ROUTES]
    base = Scenario.model_validate({"name": "bench", "network": load_network(NETWORK), "steps": steps})
    return Space(base=base, length=600.0)


def plan(schedules: int) -> SearchPlan:
    return SearchPlan(space=space(), seed=1, schedules=schedules, batch=BATCH)


def cpu() -> float:
    """Seconds of CPU of all children that have ended, and theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(folder: Path, jobs: int, schedules: int) -> Campaign:
    """Runs a campaign to its end, or goes on with one."""
    begun = Campaign.resume(folder) if folder.exists() else Campaign.begin(folder, plan(schedules))
    pool = WorkerProcesses(jobs)
    try:
        with begun as campaign:
            campaign.run(pool)
            return campaign
    finally:
        pool.close()


def measure(folder: Path, jobs: int, schedules: int) -> None:
    """Prints one line about one campaign, and one with its speed beside the reference."""
    with beside_reference(jobs) as figures:
        began, used = time.perf_counter(), cpu()
        corpus = run(folder, jobs, schedules).corpus
        wall, spent = time.perf_counter() - began, cpu() - used
        cases = corpus.cases + corpus.cases_shrinking
        figures.append(Figure(f"campaign, jobs {jobs}", 60 * cases / wall, "schedules/min"))
        figures.append(Figure(f"campaign, jobs {jobs}, of CPU", 60 * cases / spent, "schedules/CPU-min"))
        print(
            f"jobs {jobs}: {cases} schedules in {wall:.1f} s, {60 * cases / wall:.1f} a minute;"
            f" {spent:.1f} s of CPU, {60 * cases / spent:.1f} a minute of it;"
            f" {corpus.failed} failed, {len(corpus.failures())} distinct, {len(corpus.broken())} broken;"
            f" load {os.getloadavg()[0]:.1f}",
            flush=True,
        )


def killed_and_resumed(folder: Path, jobs: int, schedules: int, whole: Path) -> None:
    """Kills a campaign once its first batch is done, resumes it, and compares it with one that was left alone."""
    command = [sys.executable, __file__, "--in", str(folder), "--jobs", str(jobs), "--schedules", str(schedules)]
    began = time.perf_counter()
    process = subprocess.Popen(command)
    results = folder / BATCHES_FILE
    while not (results.exists() and b"\n" in results.read_bytes()):
        try:
            process.wait(0.2)
            raise SystemExit(f"the campaign to be killed ended by itself with {process.returncode}")
        except subprocess.TimeoutExpired:
            continue
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = results.read_bytes().count(b"\n")
    run(folder, jobs, schedules)
    wall = time.perf_counter() - began
    same = outcome(folder) == outcome(whole)
    print(f"killed after {done} batches and resumed: {wall:.1f} s, found the same: {same}", flush=True)


def outcome(folder: Path) -> list[str]:
    """What a campaign found, without the time that it took."""
    lines = (json.loads(line) for line in (folder / BATCHES_FILE).read_text().splitlines())
    return sorted({json.dumps({**line, "seconds": 0}, sort_keys=True) for line in lines})


def main() -> None:
    """Prints a line for each number of jobs, then one for the campaign that is killed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--schedules", type=int, default=60)
    parser.add_argument("--jobs", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--no-kill", action="store_true", help="leave out the campaign that is killed and resumed")
    parser.add_argument("--in", dest="folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.folder is not None:
        run(arguments.folder, arguments.jobs[0], arguments.schedules)
        return
    with tempfile.TemporaryDirectory(prefix="simnet-bench-") as out:
        folders = [Path(out) / f"jobs-{jobs}" / "campaign" for jobs in arguments.jobs]
        for jobs, folder in zip(arguments.jobs, folders, strict=True):
            measure(folder, jobs, arguments.schedules)
        if not arguments.no_kill:
            killed_and_resumed(Path(out) / "killed" / "campaign", arguments.jobs[-1], arguments.schedules, folders[0])


if __name__ == "__main__":
    main()
