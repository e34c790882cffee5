"""Exploring a space: cases drawn by Hypothesis from a seed, until one fails; that one is then shrunk."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from hypothesis import Phase, find, settings
from hypothesis.errors import NoSuchExample

from simnet.checks import Status
from simnet.scenario import Scenario
from simnet.search.space import Space
from simnet.search.strategies import cases
from simnet.search.trial import Trial


@dataclass(frozen=True)
class Effort:
    """What it took: cases that were run, and seconds of real time."""

    trials: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Exploration:
    """What exploring a space showed. Without a failure ``failure`` and ``first`` are None and ``why`` is empty."""

    searched: Effort
    """Until the first failure, or to the end."""
    failure: Scenario | None = None
    """The smallest case that failed."""
    first: Scenario | None = None
    """The failing case as it was found."""
    why: tuple[str, ...] = ()
    """Names of the findings that failed in the smallest case, what the search followed first."""
    shrunk: Effort = Effort()


def explore(
    space: Space,
    *,
    seed: int,
    examples: int,
    trial: Callable[[Scenario], Trial],
    shrink: bool = True,
    on_trial: Callable[[Trial], None] = lambda _: None,
) -> Exploration:
    """Runs up to ``examples`` cases of a space and shrinks the first that fails.

    The same seed draws the same cases. A verdict that is inconclusive is no failure. While shrinking, only the failure
    that was found counts: a case that fails otherwise is another bug. ``on_trial`` is told of every case that was run.
    Raises what ``trial`` raises.
    """
    return _Search(space, trial, on_trial).run(seed, examples, shrink)


class _Search:
    """One exploration under way."""

    def __init__(self, space: Space, trial: Callable[[Scenario], Trial], on_trial: Callable[[Trial], None]) -> None:
        self._space = space
        self._trial = trial
        self._on_trial = on_trial
        self._seen: dict[str, tuple[str, ...]] = {}
        """What failed in each case that was tried."""
        self._trials = 0
        self._first: tuple[Scenario, tuple[str, ...], Effort] | None = None
        self._begun = time.perf_counter()

    def run(self, seed: int, examples: int, shrink: bool) -> Exploration:
        phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
        how = settings(max_examples=examples, database=None, deadline=None, phases=phases)
        try:
            smallest = find(cases(self._space), self._fails, settings=how, random=Random(seed))
        except NoSuchExample:
            return Exploration(Effort(self._trials, self._seconds()))
        assert self._first is not None
        first, _, searched = self._first
        shrunk = Effort(self._trials - searched.trials, self._seconds() - searched.seconds)
        return Exploration(searched, smallest, first, self._seen[_key(smallest)], shrunk)

    def _fails(self, case: Scenario) -> bool:
        """Whether a case fails, and once a failure was found, whether it fails in the same way."""
        if self._first is None and not case.schedule:
            return False
        failed = self._failed(case)
        if not failed:
            return False
        if self._first is None:
            self._first = (case, failed, Effort(self._trials, self._seconds()))
        return self._first[1][0] in failed

    def _failed(self, case: Scenario) -> tuple[str, ...]:
        key = _key(case)
        if key not in self._seen:
            self._trials += 1
            trial = self._trial(case)
            self._seen[key] = why(trial)
            self._on_trial(trial)
        return self._seen[key]

    def _seconds(self) -> float:
        return time.perf_counter() - self._begun


def why(trial: Trial) -> tuple[str, ...]:
    """Names of the findings that failed, the scenario's own checks first."""
    return tuple(finding.check for finding in trial.verdict.findings if finding.status is Status.FAILED)


def _key(case: Scenario) -> str:
    return case.model_dump_json()
