"""A figure beside the reference: measured right before and right after it in the same run, and the ratio of both.

    with beside_reference() as figures:
        ...
        figures.append(Figure("campaign, 1 job", cases / minutes, "cases/min"))

prints a line for each figure once the reference was measured again:

    campaign, 1 job: 77.3 cases/min; reference 0b265ef9 6.102 and 6.059 passes/s; ratio 12.7

A speed is divided by the reference's speed; a time is multiplied by it, which is how many passes would fit into it, in
the unit of the time. Ratios compare between hours and machines, figures do not. A figure in CPU time stands beside the
reference's CPU time: where other processes take turns on the cores, that is the one to trust.
"""

from __future__ import annotations

import math
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.reference import Speed

ROOT = Path(__file__).parents[1]

_CPU = "CPU"
_TIMES = frozenset({"s", "ms", "µs", "CPU ms"})

_DRIFT = 0.03
"""Share by which the machine's speed may change during a benchmark before it is told, however sure it is."""

_LINE = re.compile(
    r"(?P<name>.+?): (?P<value>[\d.,]+) (?P<unit>[^;]+);"
    r" reference (?P<edition>[0-9a-f]{8}) (?P<before>[\d.]+) and (?P<after>[\d.]+) passes/(?:CPU-)?s; ratio [\d.,]+"
    r"(?:; .*)?"
)


@dataclass(frozen=True)
class Figure:
    """What a benchmark measured. A ``unit`` of time (s, ms, µs, CPU ms) means that less is better; one with ``CPU``
    that the time is that which processors spent on it, not that of the clock."""

    name: str
    value: float
    unit: str

    @property
    def is_time(self) -> bool:
        """Whether less is better."""
        return self.unit in _TIMES

    @property
    def is_cpu(self) -> bool:
        """Whether it was measured in CPU time."""
        return _CPU in self.unit


@dataclass(frozen=True)
class Measured:
    """A figure and the speed of the reference before and after it, in passes a second, of CPU for a figure in CPU."""

    figure: Figure
    edition: str
    before: float
    after: float
    error: float = 0.0
    """How far before and after may differ by chance, as a share."""

    @property
    def ratio(self) -> float:
        """The figure in terms of the reference."""
        rate = (self.before + self.after) / 2
        return self.figure.value * rate if self.figure.is_time else self.figure.value / rate

    @property
    def drift(self) -> float:
        """By which share the machine became faster meanwhile, slower if negative."""
        return self.after / self.before - 1

    def __str__(self) -> str:
        figure = self.figure
        told = ""
        if abs(self.drift) > max(_DRIFT, self.error):
            told = f"; the machine became {'faster' if self.drift > 0 else 'slower'} by {abs(self.drift):.0%} meanwhile"
        return (
            f"{figure.name}: {significant(figure.value)} {figure.unit}; reference {self.edition} {self.before:.3f} and"
            f" {self.after:.3f} passes/{'CPU-' if figure.is_cpu else ''}s; ratio {significant(self.ratio)}{told}"
        )


@contextmanager
def beside_reference(processes: int = 1) -> Iterator[list[Figure]]:
    """Prints the figures that are put into the list, each beside the reference.

    ``processes``: how many at once do the reference's work, as many as do the benchmark's; their speeds by the clock
    are added.
    """
    figures: list[Figure] = []
    before = reference(processes)
    yield figures
    after = reference(processes)
    for measured in beside(figures, before, after):
        print(measured, flush=True)


def beside(figures: list[Figure], before: Speed, after: Speed) -> list[Measured]:
    """Figures with the reference around them."""
    error = 3 * math.hypot(before.error, after.error)
    found: list[Measured] = []
    for figure in figures:
        rates = (before.cpu_rate, after.cpu_rate) if figure.is_cpu else (before.rate, after.rate)
        found.append(Measured(figure, before.edition, *rates, error))
    return found


def reference(processes: int = 1) -> Speed:
    """Measures the reference in processes of its own, which what this one holds in memory does not slow down.

    Raises SystemExit with what it says when it does not run.
    """
    command = [sys.executable, "-m", "benchmarks.reference", "--json"]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    told = [process.communicate() for process in running]
    for process, (_, wrong) in zip(running, told, strict=True):
        if process.returncode:
            said = (wrong.strip() or "it says nothing").splitlines()
            raise SystemExit(f"the reference cannot be measured: {said[-1]}")
    speeds = [Speed.decode(out) for out, _ in told]
    return replace(
        speeds[0], rate=sum(one.rate for one in speeds), cpu_rate=statistics.mean(one.cpu_rate for one in speeds)
    )


def read(output: str) -> list[Measured]:
    """The lines of a benchmark's output that :func:`beside_reference` printed."""
    found = [match for line in output.splitlines() if (match := _LINE.fullmatch(line))]
    return [
        Measured(
            Figure(match["name"], float(match["value"].replace(",", "")), match["unit"]),
            match["edition"],
            float(match["before"]),
            float(match["after"]),
        )
        for match in found
    ]


def significant(value: float, digits: int = 4) -> str:
    """A number with so many digits that count, without an exponent."""
    if value == 0:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    return f"{round(value, decimals):,.{max(0, decimals)}f}"
