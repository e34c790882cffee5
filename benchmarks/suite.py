"""The benchmarks that are compared, how each is run, and how older versions printed their figures."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.beside import ROOT, Figure, Measured, beside, read, reference
from benchmarks.reference import EDITION


@dataclass(frozen=True)
class Benchmark:
    """``command`` follows the interpreter. ``older`` is that of versions without a reference, whose output has a line
    that matches a pattern for each figure: figure and unit by the pattern."""

    name: str
    command: tuple[str, ...]
    older: tuple[str, ...] = ()
    patterns: tuple[tuple[str, str, str], ...] = ()
    quick: bool = True


class FailedError(Exception):
    """A benchmark did not run to its end; the message is the last thing that it said."""


BENCHMARKS = (
    Benchmark(
        "campaign",
        ("benchmarks/campaign.py", "--schedules", "60", "--jobs", "1", "--no-kill"),
        ("benchmarks/campaign.py", "--schedules", "60", "--jobs", "1"),
        (
            (r"^jobs 1: .*? s, ([\d.]+) a minute", "campaign, jobs 1", "schedules/min"),
            (r"^jobs 1: .*, ([\d.]+) a minute of it", "campaign, jobs 1, of CPU", "schedules/CPU-min"),
        ),
    ),
    Benchmark(
        "network",
        ("benchmarks/simulated_network.py", "4+2", "20+5", "--seconds", "900"),
        ("benchmarks/simulated_network.py", "4+2", "20+5", "--seconds", "900"),
        (
            (r"^quickstart .*\bfactor ([\d.]+)", "quickstart", "times real time"),
            (r"^ *4\+2 .*\bfactor ([\d.,]+)", "network 4+2", "times real time"),
            (r"^ *20\+5 .*\bfactor ([\d.,]+)", "network 20+5", "times real time"),
        ),
    ),
    Benchmark("host", ("-m", "benchmarks.host_calls")),
    Benchmark("events", ("benchmarks/decode_events.py",)),
    Benchmark("upgrade", ("-m", "benchmarks.upgrade")),
    Benchmark("search", ("-m", "benchmarks.search_quality"), quick=False),
    Benchmark("docker", ("benchmarks/docker_network.py",), quick=False),
    Benchmark("chopsticks", ("benchmarks/chopsticks.py",), quick=False),
)
NAMES = tuple(benchmark.name for benchmark in BENCHMARKS)


def chosen(names: Iterable[str]) -> list[Benchmark]:
    """Benchmarks by name; the quick ones when none is named."""
    wanted = set(names)
    return [one for one in BENCHMARKS if (one.name in wanted if wanted else one.quick)]


def has_reference(root: Path) -> bool:
    """Whether a version's benchmarks measure the same reference as this one's."""
    work = root / "benchmarks/reference/work.py"
    return work.exists() and f'"{EDITION}' in work.read_text()


def run_here(benchmark: Benchmark) -> list[Measured]:
    """Runs a benchmark of this version. The quick ones get one core, which they then share with others in the same way
    as the reference does; what needs several processes gets all."""
    return run(benchmark, ROOT, cores()[-1] if benchmark.quick else None)


def run(benchmark: Benchmark, root: Path, core: int | None = None) -> list[Measured]:
    """Runs a benchmark of the version at ``root``, on one ``core`` if it is said, and gives its figures.

    A version without the reference gets that of this one, measured around the whole run. Raises :class:`FailedError`
    when the benchmark fails or prints no figure.
    """
    with _on(core):
        if has_reference(root):
            found = read(_output(benchmark.command, root))
        elif benchmark.patterns:
            before = reference()
            output = _output(benchmark.older, root)
            found = beside(older_figures(benchmark, output), before, reference())
        else:
            raise FailedError(f"{benchmark.name} of a version without the reference cannot be read")
    if not found:
        raise FailedError(f"{benchmark.name} printed no figure")
    return found


def older_figures(benchmark: Benchmark, output: str) -> list[Figure]:
    """The figures in the output of a version that knew no reference."""
    return [
        Figure(name, float(match[1].replace(",", "")), unit)
        for pattern, name, unit in benchmark.patterns
        if (match := re.search(pattern, output, re.MULTILINE))
    ]


@contextmanager
def _on(core: int | None) -> Iterator[None]:
    """This process and those that it starts on one core, where the system has such a thing."""
    if core is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cores() -> list[int | None]:
    """Two cores that this process may use; the same one twice where there is but one, None where nobody says."""
    if not hasattr(os, "sched_getaffinity"):
        return [None, None]
    allowed = sorted(os.sched_getaffinity(0))
    return [allowed[0], allowed[-1]]


def _output(command: tuple[str, ...], root: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, *command], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise FailedError(said[-1] if said else f"it ended with {done.returncode} and said nothing")
    return done.stdout
