"""All benchmarks once, beside the ratios of the last release: ``python -m benchmarks.since_release`` or `make bench`.

Prints a table: the figure, the reference's speed around it, the ratio of both, the ratio at the release, by how much it
is faster, what of that may be noise, and the verdict. A benchmark that cannot run here (no Docker engine, no node
images, no npm) is named with the reason, and the others go on. Nothing fails for being slow.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.release import FILE, Release, aligned
from benchmarks.suite import NAMES, FailedError, chosen, run_here


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.since_release", description=__doc__.splitlines()[0])
    parser.add_argument("--benchmark", nargs="+", choices=NAMES, default=[], help="the quick ones if not said")
    arguments = parser.parse_args()
    release = Release.decode(FILE.read_text())
    rows: list[tuple[str, ...]] = []
    missing: list[str] = []
    for benchmark in chosen(arguments.benchmark):
        print(f"running {benchmark.name} ...", file=sys.stderr, flush=True)
        try:
            rows += [release.row(measured) for measured in run_here(benchmark)]
        except FailedError as error:
            missing.append(f"{benchmark.name} is not measured: {error}")
    print(f"since {release.of} ({release.commit}; {release.machine}; {release.how})")
    for line in (*aligned(rows), *missing, *release.reservations()):
        print(line)


if __name__ == "__main__":
    main()
