"""Two versions beside each other: this one and another revision, measured in turn, told as a ratio of ratios.

    python -m benchmarks.compare REV [--rounds N] [--benchmark NAME ...]

REV gets a git worktree of its own, which is removed in the end, also of a failure. Each round runs a benchmark of both
versions, the other one first each time (A B, B A, A B, ...), one on one core and one on another, swapped each round, so
that neither has the better core or the better minute. What is compared are ratios to the reference, not figures. Both
run with this interpreter and the packages that it has. Needs two rounds at least; an even number gives both the same
places.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.beside import ROOT, Measured, significant
from benchmarks.noise import Difference, paired
from benchmarks.suite import NAMES, Benchmark, FailedError, chosen, cores, run

ROUNDS = 4
WARM_UP = Benchmark(
    "warm-up",
    ("benchmarks/simulated_network.py", "4+2", "--seconds", "6"),
    ("benchmarks/simulated_network.py", "4+2", "--seconds", "6"),
    ((r"^quickstart .*\bfactor ([\d.]+)", "quickstart", "times real time"),),
)
"""Compiles what the other version brings, which is kept, before anything is measured."""


@dataclass
class Rounds:
    """What the rounds gave for one figure, in their order."""

    is_time: bool
    before: list[Measured] = field(default_factory=list)
    after: list[Measured] = field(default_factory=list)

    def difference(self) -> Difference:
        """How this version differs from the other one."""
        return paired([one.ratio for one in self.before], [one.ratio for one in self.after], is_time=self.is_time)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__.splitlines()[0])
    parser.add_argument("revision", metavar="REV", help="the version to compare with, as git names it")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"runs of each version, {ROUNDS} if not said")
    parser.add_argument("--benchmark", nargs="+", choices=NAMES, default=["campaign", "network"])
    arguments = parser.parse_args()
    if arguments.rounds < 2:
        parser.error("noise is told from rounds that differ: two rounds at least")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("benchmarks.compare: it was ended"))  # and removes the worktree
    with worktree(arguments.revision) as other:
        print(f"before: {arguments.revision} ({_commit(other)}); after: what is in this folder ({_commit(ROOT)})")
        try:
            for root in (other, ROOT):
                run(WARM_UP, root)
            for benchmark in chosen(arguments.benchmark):
                for line in table(compared(benchmark, other, arguments.rounds)):
                    print(line, flush=True)
        except FailedError as error:
            sys.exit(f"benchmarks.compare: {error}")


def compared(benchmark: Benchmark, other: Path, rounds: int) -> dict[str, Rounds]:
    """Runs both versions in turn; what each round gave, by figure."""
    found: dict[str, Rounds] = {}
    places = cores()
    for number in range(rounds):
        turns = (other, ROOT) if number % 2 == 0 else (ROOT, other)
        for root, core in zip(turns, places, strict=True):
            for measured in run(benchmark, root, core):
                figure = measured.figure
                of_both = found.setdefault(figure.name, Rounds(figure.is_time))
                (of_both.before if root == other else of_both.after).append(measured)
                side = "before" if root == other else "after "
                print(f"round {number + 1}, {side}, core {core}: {measured}", flush=True)
    return {name: both for name, both in found.items() if len(both.before) == len(both.after)}


def table(found: dict[str, Rounds]) -> Iterator[str]:
    """A line for each figure: ratios of both versions in each round, and the verdict."""
    for name, both in found.items():
        before, after = (" ".join(significant(one.ratio) for one in side) for side in (both.before, both.after))
        yield f"{name:<46}  {both.difference()}  (ratios before: {before}; after: {after})"


@contextmanager
def worktree(revision: str) -> Iterator[Path]:
    """A temporary worktree of a revision, removed in the end whatever happens."""
    with tempfile.TemporaryDirectory(prefix="simnet-bench-") as folder:
        path = Path(folder) / "other"
        try:
            _git("worktree", "add", "--quiet", "--detach", str(path), revision)
            yield path
        finally:
            if path.exists():
                _git("worktree", "remove", "--force", str(path))


def _git(*arguments: str, root: Path = ROOT) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"benchmarks.compare: git {' '.join(arguments)} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def _commit(root: Path) -> str:
    changed = "" if not _git("status", "--porcelain", root=root) else ", with changes"
    return _git("rev-parse", "--short", "HEAD", root=root) + changed


if __name__ == "__main__":
    main()
