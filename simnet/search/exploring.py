"""Exploring a space: cases drawn by Hypothesis from a seed, until one fails; that one is then shrunk."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from unittest.mock import patch

from hypothesis import Phase, find, settings
from hypothesis.errors import NoSuchExample
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

from simnet.checks import Status
from simnet.scenario import Scenario
from simnet.search.grids import rounder
from simnet.search.schedule import Schedule, placed, written
from simnet.search.shrinking import shrink
from simnet.search.space import Space
from simnet.search.strategies import at_moment, case, cases, upgrades_of
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
    begun = time.perf_counter()
    tried = Tried(space, trial, on_trial)

    def effort() -> Effort:
        return Effort(len(tried), time.perf_counter() - begun)

    def fails(drawn: Scenario) -> bool:
        """Whether a drawn case fails; the one without faults, with which Hypothesis begins every time, is not run,
        unless upgrades are moved."""
        return bool(drawn.schedule) and bool(tried.failed(drawn))

    how = settings(max_examples=examples, database=None, deadline=None, phases=(Phase.generate,))
    try:
        # In the usual one's place: of a backend of its own Hypothesis expects that it repeats cases.
        with patch.dict(AVAILABLE_PROVIDERS, hypothesis=_FromSeedAlone):
            first = find(cases(space), fails, settings=how, random=Random(seed))
    except NoSuchExample:
        return Exploration(effort())
    searched, why = effort(), tried.failed(first)
    if not shrink:
        return Exploration(searched, first, first, why)
    smallest = tried.smallest(first, why[0])
    after = effort()
    shrunk = Effort(after.trials - searched.trials, after.seconds - searched.seconds)
    return Exploration(searched, smallest, first, tried.failed(smallest), shrunk)


class _FromSeedAlone(HypothesisProvider):
    """As Hypothesis draws, without the numbers that it finds in source files and mixes into what it draws.

    It looks into every module that is loaded from outside of site-packages. So a seed would draw other cases where
    simnet is installed otherwise, or where another project's modules are loaded beside it.
    """

    def _maybe_draw_constant(self, *_: object, **__: object) -> None:
        return None


@dataclass
class Tried:
    """Cases of a space that were tried, each run once; ``on_trial`` is told of every one."""

    space: Space
    trial: Callable[[Scenario], Trial]
    on_trial: Callable[[Trial], None]
    _seen: dict[str, tuple[str, ...]] = field(init=False, default_factory=dict)

    def __len__(self) -> int:
        return len(self._seen)

    def failed(self, case: Scenario) -> tuple[str, ...]:
        """Names of the findings that failed in a case, the scenario's own checks first."""
        key = case.model_dump_json()
        if key not in self._seen:
            trial = self.trial(case)
            self._seen[key] = why(trial)
            self.on_trial(trial)
        return self._seen[key]

    def smallest(self, first: Scenario, name: str) -> Scenario:
        """The smallest case in which the finding of that name fails, as it does in the first: that with the simplest
        faults, then that with upgrades at rounder or earlier moments."""
        upgrades = upgrades_of(first)

        def fails(schedule: Schedule) -> bool:
            return name in self.failed(case(self.space, (*written(schedule), *upgrades)))

        found = written(shrink(self.space, first.topology, placed(first.schedule), fails))
        for index, one in enumerate(upgrades):
            for at in rounder(one.at.span.seconds or 0.0):
                moved = (*upgrades[:index], at_moment(one, at), *upgrades[index + 1 :])
                if name in self.failed(case(self.space, (*found, *moved))):
                    upgrades = moved
                    break
        return case(self.space, (*found, *upgrades))


def why(trial: Trial) -> tuple[str, ...]:
    """Names of the findings that failed, the scenario's own checks first."""
    return tuple(finding.check for finding in trial.verdict.findings if finding.status is Status.FAILED)
