"""What a pass works with: the smallest failing schedule so far, and trying others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from simnet.network.topology import Topology
from simnet.search.schedule import Placed, Schedule, allowed
from simnet.search.shrinking._simplicity import simplicity
from simnet.search.space import Space

_T = TypeVar("_T")


@dataclass
class Shrinking:
    """The state of shrinking: ``best`` is the simplest schedule that is known to fail."""

    space: Space
    topology: Topology
    best: Schedule
    fails: Callable[[Schedule], bool]

    def attempt(self, schedule: Sequence[Placed]) -> bool:
        """Whether a schedule is simpler than the best one and still fails; it is the best one then.

        What is not simpler or not allowed by the space is not run.
        """
        ordered = tuple(sorted(schedule, key=lambda one: one.at))
        key = simplicity(ordered, self.topology)
        if key >= simplicity(self.best, self.topology) or not allowed(self.space, self.topology, ordered):
            return False
        if not self.fails(ordered):
            return False
        self.best = ordered
        return True

    def attempt_one(self, index: int, **changes: Any) -> bool:
        """As :meth:`attempt`, with one window of the best schedule changed."""
        schedule = list(self.best)
        schedule[index] = replace(schedule[index], **changes)
        return self.attempt(schedule)

    def first_that_fails(self, choices: Sequence[_T], make: Callable[[_T], bool]) -> None:
        """Attempts choices that are ordered from simplest, by halving: if one fails, those after it need no trial."""
        low, high = 0, len(choices)
        while low < high:
            middle = (low + high) // 2
            if make(choices[middle]):
                high = middle
            else:
                low = middle + 1
