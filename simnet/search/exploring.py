"""Exploring a space: cases drawn by Hypothesis from a seed, until one fails; that one is then shrunk."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from unittest.mock import patch

from hypothesis import Phase, find, settings
from hypothesis.errors import NoSuchExample
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

from simnet.checks import Status
from simnet.scenario import Scenario
from simnet.search.schedule import Schedule, placed, written
from simnet.search.shrinking import shrink
from simnet.search.space import Space
from simnet.search.strategies import case, cases
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


class _FromSeedAlone(HypothesisProvider):
    """As Hypothesis draws, without the numbers that it finds in source files and mixes into what it draws.

    It looks into every module that is loaded from outside of site-packages. So a seed would draw other cases where
    simnet is installed otherwise, or where another project's modules are loaded beside it.
    """

    def _maybe_draw_constant(self, *_: object, **__: object) -> None:
        return None


class _Search:
    """One exploration under way."""

    def __init__(self, space: Space, trial: Callable[[Scenario], Trial], on_trial: Callable[[Trial], None]) -> None:
        self._space = space
        self._trial = trial
        self._on_trial = on_trial
        self._seen: dict[str, tuple[str, ...]] = {}
        """What failed in each case that was tried."""
        self._trials = 0
        self._begun = time.perf_counter()

    def run(self, seed: int, examples: int, shrink: bool) -> Exploration:
        how = settings(max_examples=examples, database=None, deadline=None, phases=(Phase.generate,))
        try:
            # In the usual one's place: of a backend of its own Hypothesis expects that it repeats cases.
            with patch.dict(AVAILABLE_PROVIDERS, hypothesis=_FromSeedAlone):
                first = find(cases(self._space), self._fails, settings=how, random=Random(seed))
        except NoSuchExample:
            return Exploration(self._effort())
        searched, why = self._effort(), self._failed(first)
        if not shrink:
            return Exploration(searched, first, first, why)
        smallest = self._shrunk(first, why[0])
        after = self._effort()
        shrunk = Effort(after.trials - searched.trials, after.seconds - searched.seconds)
        return Exploration(searched, smallest, first, self._failed(smallest), shrunk)

    def _fails(self, drawn: Scenario) -> bool:
        """Whether a drawn case fails; the one without faults, with which Hypothesis begins every time, is not run."""
        return bool(drawn.schedule) and bool(self._failed(drawn))

    def _shrunk(self, first: Scenario, name: str) -> Scenario:
        """The smallest case in which the finding of that name fails."""

        def fails(schedule: Schedule) -> bool:
            return name in self._failed(case(self._space, written(schedule)))

        smallest = shrink(self._space, first.topology, placed(first.schedule), fails)
        return case(self._space, written(smallest))

    def _failed(self, case: Scenario) -> tuple[str, ...]:
        key = case.model_dump_json()
        if key not in self._seen:
            self._trials += 1
            trial = self._trial(case)
            self._seen[key] = why(trial)
            self._on_trial(trial)
        return self._seen[key]

    def _effort(self) -> Effort:
        return Effort(self._trials, time.perf_counter() - self._begun)


def why(trial: Trial) -> tuple[str, ...]:
    """Names of the findings that failed, the scenario's own checks first."""
    return tuple(finding.check for finding in trial.verdict.findings if finding.status is Status.FAILED)
