"""A batch: cases of one space that share a seed, explored one after another from one fork server.

What a batch shows depends on its space and its number and on nothing else, so that a campaign gives the same whoever
works on it, in whatever order, however often it was stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simnet.checks import Status
from simnet.faults import KINDS
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.scenario.model import Model
from simnet.search.exploring import Tried, explore, why
from simnet.search.fork_server import ForkServer
from simnet.search.plan import SearchPlan, drawn
from simnet.search.schedule import placed, written
from simnet.search.space import Space
from simnet.search.space_file import windows_from_data, windows_to_data
from simnet.search.strategies import case
from simnet.search.trial import Trial

Windows = list[dict[str, Any]]
"""A schedule as a scenario file has it."""


_FRUITLESS = 20
"""Explorations in a row that draw no case with a fault, after which a batch ends with fewer cases than it was to have.
"""

EXPLORE = -1
"""Stands for all cases of a batch where a single one has its number."""

CaseKey = tuple[int, int]
"""Number of a batch, and of a case in it."""


class Job(Model):
    """Work for one process: a batch to explore, or, with ``first``, a failing case of it to shrink.

    ``plan`` is the campaign's, ``case`` the number of the failing one, or :data:`EXPLORE`.
    """

    plan: SearchPlan
    batch: int
    case: int = EXPLORE
    first: Windows | None = None
    name: str = ""
    """Of the finding that the smaller cases must fail too."""

    @property
    def key(self) -> CaseKey:
        return self.batch, self.case


def work(job: Job, on_trial: Callable[[], None]) -> dict[str, Any]:
    """Does a job and gives what it showed as JSON; ``on_trial`` is called after each case.

    Raises :class:`~simnet.errors.SimnetError` when the network cannot be launched.
    """
    begun = time.perf_counter()
    plan, space = job.plan, job.plan.of_batch(job.batch)
    with ForkServer(space.base, SimulatedProvider(defects=plan.defects), patience=plan.patience) as fork_server:
        if job.first is None:
            out = _explore(job, space, fork_server, on_trial)
        else:
            out = _shrink(job, job.first, space, fork_server, on_trial)
    return {"batch": job.batch, **out, "seconds": round(time.perf_counter() - begun, 3)}


@dataclass
class _Seen:
    """What the cases of a batch showed."""

    reached: dict[str, int] = field(default_factory=dict)
    """In how many cases each item of coverage was reached."""
    kept: list[dict[str, Any]] = field(default_factory=list)
    """Cases that reached something first."""
    failures: list[dict[str, Any]] = field(default_factory=list)
    broken: list[dict[str, Any]] = field(default_factory=list)
    """Cases in which the harness failed."""
    cases: int = 0
    failed: int = 0
    inconclusive: int = 0

    def add(self, trial: Trial) -> None:
        windows = windows_to_data(trial.scenario.schedule)
        items = trial.coverage.items()
        new = [item for item in items if item not in self.reached]
        if new:
            self.kept.append({"case": self.cases, "new": new, "schedule": windows})
        for item in items:
            self.reached[item] = self.reached.get(item, 0) + 1
        if trial.verdict.harness_error is not None:
            one = {"case": self.cases, "why": trial.verdict.harness_error, "schedule": windows}
            self.broken.append({**one, "killed": True} if trial.killed else one)
        failed = why(trial)
        if failed:
            self.failed += 1
            self.failures.append({"case": self.cases, "why": list(failed), "schedule": windows})
        elif trial.verdict.status is Status.INCONCLUSIVE:
            self.inconclusive += 1
        self.cases += 1


def _explore(job: Job, space: Space, fork_server: ForkServer, on_trial: Callable[[], None]) -> dict[str, Any]:
    """Explores until all examples are run, anew after each failure; ends early where nothing new is drawn."""
    seen = _Seen()

    def told(trial: Trial) -> None:
        seen.add(trial)
        on_trial()

    attempt = fruitless = 0
    examples = job.plan.examples(job.batch)
    while seen.cases < examples and fruitless < _FRUITLESS:
        before = seen.cases
        seed = drawn(job.plan.seed, "cases", job.batch, attempt)
        left = examples - before + 1  # the first that is drawn has no fault and is not run
        explore(space, seed=seed, examples=left, trial=fork_server.run, shrink=False, on_trial=told)
        attempt += 1
        fruitless = fruitless + 1 if seen.cases == before else 0
    reached = dict(sorted(seen.reached.items()))
    return {**vars(seen), "reached": reached, "failures": _one_of_each(seen.failures)}


def _one_of_each(failures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first of those that fail alike under the same kinds of faults, with how many there were."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for one in failures:
        alike = found.setdefault((one["why"][0], *kinds_of(one["schedule"])), {**one, "times": 0})
        alike["times"] += 1
    return list(found.values())


def kinds_of(windows: Windows) -> tuple[str, ...]:
    """Kinds of the faults of a schedule, each once."""
    return tuple(sorted({kind for window in windows for kind in window if kind in KINDS}))


def _shrink(
    job: Job, first: Windows, space: Space, fork_server: ForkServer, on_trial: Callable[[], None]
) -> dict[str, Any]:
    tried = Tried(space, fork_server.run, lambda _: on_trial())
    begun = case(space, written(placed(windows_from_data(first))))
    repeated = job.name in tried.failed(begun)
    smallest = tried.smallest(begun, job.name) if repeated else begun
    return {
        "case": job.case,
        "repeated": repeated,
        "schedule": windows_to_data(smallest.schedule),
        "why": list(tried.failed(smallest)),
        "shrunk_in": len(tried),
    }
