"""Checks of what nodes write and measure: log lines and Prometheus metrics."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from simnet.checks._check import Finding, Interval, JudgesNodes, Unjudgeable, judged_nodes
from simnet.checks.bounds import Bounded
from simnet.checks.watched import coverage
from simnet.errors import InputError
from simnet.fields import Selectors, SelectorsForm
from simnet.journal import Evidence, Reader, Record
from simnet.journal.records import LogMatch, MetricSample


@dataclass(frozen=True, kw_only=True)
class LogLines(Bounded, JudgesNodes):
    """Counts log lines of the judged nodes that match a regular expression. Use it for what only a node's log tells;
    real nodes alone write logs."""

    kind: ClassVar[str] = "log_lines"

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            pattern: str,
            at_least: int | None = None,
            at_most: int | None = None,
            nodes: SelectorsForm = ("all",),
        ) -> None: ...

    pattern: str
    """Regular expression in Python's syntax that is looked for anywhere in a line, for example ``Imported #\\d+``."""
    at_least: int | None = None
    at_most: int | None = None
    nodes: Selectors = ("all",)
    """Nodes whose logs are searched for it, of any chain; by default all."""

    def validate(self) -> None:
        super().validate()
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise InputError(f"{self.pattern!r} is not a regular expression: {error}") from error

    def log_patterns(self) -> Iterable[str]:
        return (self.pattern,)

    def expected(self) -> str:
        return f"{self.bounds()} log line(s) that match {self.pattern!r}"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        nodes = judged_nodes(evidence, self.nodes)
        watched = coverage(evidence, interval.start, interval.end, nodes, what=Reader.LOG)
        if not watched.ran:
            raise Unjudgeable("no judged node ran in that time, so there is no log")
        found = [
            record
            for record in evidence.of(LogMatch)
            if record.observer in nodes and record.data.pattern == self.pattern and interval.holds(record.t)
        ]
        first = f": {found[0].observer} {found[0].data.line[:160]}" if found else ""
        text, figures = f"{len(found)}{first}", {"lines": len(found)}
        return self.counted(len(found), text, interval, coverage=watched, where=found[:3], figures=figures)


@dataclass(frozen=True, kw_only=True)
class MetricValue(Bounded, JudgesNodes):
    """A Prometheus metric of every judged node lies between bounds at each sample of the interval. Use it for what
    nodes measure themselves; real nodes alone do.

    Samples are 15 s apart; a judged node that runs and gives none for 45 s leaves the check inconclusive.
    """

    kind: ClassVar[str] = "metric"

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            name: str,
            labels: dict[str, str] = ...,
            at_least: float | None = None,
            at_most: float | None = None,
            rate: bool = False,
            quantile: float | None = None,
            nodes: SelectorsForm = ("all",),
        ) -> None: ...

    name: str
    """The metric, as nodes export it, for example ``substrate_block_height``; of a histogram without ``_bucket``."""
    labels: dict[str, str] = field(default_factory=dict)
    """Labels with their values that a series must have to be judged, for example ``{status: best}``. By default every
    series is."""
    at_least: float | None = None
    """The lowest value that holds, in the metric's own unit. Left out: no lower bound, and ``at_most`` is given."""
    at_most: float | None = None
    """The highest value that holds, in the metric's own unit. Left out: no upper bound, and ``at_least`` is given."""
    rate: bool = False
    """Whether the increase per second over the interval is judged. By default each sample is."""
    quantile: float | None = None
    """Share of the interval's observations, more than 0 and at most 1: the metric is a histogram then, and the upper
    bound of the bucket in which that share lies is judged. Left out: each sample is."""
    nodes: Selectors = ("all",)
    """Nodes that are judged, each of which must export the metric while it runs; by default all."""

    def validate(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise InputError("metric needs at_least, at_most or both")
        if self.rate and self.quantile is not None:
            raise InputError("metric takes rate or quantile, not both")
        if self.quantile is not None and not 0 < self.quantile <= 1:
            raise InputError("quantile is more than 0 and at most 1")

    def metrics(self) -> Iterable[str]:
        return (self.name,)

    def expected(self) -> str:
        what = "rate of " if self.rate else f"{self.quantile:g}-quantile of " if self.quantile is not None else ""
        low = f"{self.at_least:g} or more" if self.at_least is not None else ""
        high = f"{self.at_most:g} at most" if self.at_most is not None else ""
        return f"{what}{self.name} is {' and '.join(filter(None, (low, high)))}"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        nodes = judged_nodes(evidence, self.nodes)
        samples = {node: self._samples(evidence, node, interval) for node in nodes}
        values = {node: found for node in nodes if (found := self._values(samples[node]))}
        if not values:
            raise Unjudgeable(f"no judged node gave {self.name} in that time")
        wrong = {node: [value for value in found if not self.fits(value)] for node, found in values.items()}
        bad = {node: found for node, found in wrong.items() if found}
        text = ", ".join(f"{node} {found[0]:g}" for node, found in bad.items()) or ", ".join(
            f"{node} {min(found):g} to {max(found):g}" for node, found in values.items()
        )
        times = {node: sorted(r.t for series in samples[node] for r in series) for node in values}
        watched = coverage(evidence, interval.start, interval.end, nodes, what=Reader.METRICS, samples=times)
        figures = {node: found[-1] for node, found in values.items()}
        over_time = self.rate or self.quantile is not None  # what happened between samples is judged, not each of them
        certain = bool(bad) and not over_time
        return self.finding(not bad, text, interval, coverage=watched, certain=certain, figures=figures)

    def _samples(self, evidence: Evidence, node: str, interval: Interval) -> list[list[Record[MetricSample]]]:
        """The node's samples of that time, by series."""
        series: dict[tuple[str, ...], list[Record[MetricSample]]] = defaultdict(list)
        wanted = f"{self.name}_bucket" if self.quantile is not None else self.name
        for record in evidence.of(MetricSample):
            if record.observer == node and record.data.name == wanted and interval.holds(record.t):
                labels = record.data.labels
                if all(labels.get(key) == value for key, value in self.labels.items()):
                    series[tuple(f"{key}={labels[key]}" for key in sorted(labels))].append(record)
        return list(series.values())

    def _values(self, series: list[list[Record[MetricSample]]]) -> list[float]:
        """What is judged of a node's series; none where they show nothing."""
        if self.quantile is not None:
            return _histogram_quantile(series, self.quantile)
        if self.rate:
            pairs = [(found[0], found[-1]) for found in series if found[-1].t > found[0].t]
            return [(last.data.value - first.data.value) / (last.t - first.t) for first, last in pairs]
        return [record.data.value for found in series for record in found]


def _histogram_quantile(series: list[list[Record[MetricSample]]], share: float) -> list[float]:
    """Upper bound of the bucket that holds the quantile of what was observed between first and last sample."""
    growth: dict[float, float] = defaultdict(float)
    for found in series:
        bound = float(found[0].data.labels["le"].replace("+Inf", "inf"))
        growth[bound] += found[-1].data.value - found[0].data.value
    total = growth.get(float("inf"), 0.0)
    if total <= 0:
        return []
    return [next(bound for bound in sorted(growth) if growth[bound] >= share * total)]
