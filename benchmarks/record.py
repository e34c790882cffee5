"""Records this version's ratios as those of a release: ``python -m benchmarks.record --of VERSION``.

Runs the quick benchmarks, or those that are named, several times in turn, each with its reference around it, and
writes ``benchmarks/figures.json``, with which ``make bench`` compares. Do it for a release, on a machine that does
little else; commit the code first, since the file names the commit.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
from collections import defaultdict
from collections.abc import Mapping

from benchmarks.beside import ROOT, Measured
from benchmarks.reference import EDITION
from benchmarks.release import FILE, Recorded, Release, middle, tools
from benchmarks.suite import NAMES, FailedError, chosen, run_here

ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.record", description=__doc__.splitlines()[0])
    parser.add_argument("--of", required=True, metavar="VERSION", help="which version this is, for who reads the file")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"runs of each benchmark, {ROUNDS} if not said")
    parser.add_argument("--benchmark", nargs="+", choices=NAMES, default=[], help="the quick ones if not said")
    arguments = parser.parse_args()
    if arguments.rounds < 2:
        parser.error("noise is told from rounds that differ: two rounds at least")
    commit = _git("rev-parse", "--short", "HEAD") + (", with changes" if _git("status", "--porcelain") else "")
    found: dict[str, list[Measured]] = defaultdict(list)
    loads: list[float] = []
    for number in range(1, arguments.rounds + 1):
        for benchmark in chosen(arguments.benchmark):
            try:
                for measured in run_here(benchmark):
                    found[measured.figure.name].append(measured)
                    print(f"round {number}: {measured}", flush=True)
            except FailedError as error:
                print(f"round {number}: {benchmark.name} is not measured: {error}", flush=True)
        loads.append(os.getloadavg()[0])
    release = made(arguments.of, commit, found, loads)
    FILE.write_text(release.encode())
    print(f"{len(release.figures)} figures in {FILE.relative_to(ROOT)}")


def made(of: str, commit: str, found: Mapping[str, list[Measured]], loads: list[float]) -> Release:
    """The release of what was measured; ``loads``: the load average at the end of each round. A figure that a
    round lacks is left out."""
    return Release(
        of=of,
        commit=commit,
        how=f"{len(loads)} rounds of `python -m benchmarks.record`, load average {min(loads):.1f} to {max(loads):.1f}",
        machine=f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}",
        tools=tools(),
        edition=EDITION,
        figures={name: recorded(rounds) for name, rounds in found.items() if len(rounds) == len(loads)},
    )


def recorded(rounds: list[Measured]) -> Recorded:
    """What the rounds gave for one figure, ratios to four digits."""
    ratios = tuple(float(f"{one.ratio:.4g}") for one in rounds)
    return Recorded(rounds[0].figure.unit, middle([one.figure.value for one in rounds]), ratios)


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
