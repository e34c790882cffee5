"""Virtual time: integer nanoseconds and a heap of actions. Nothing happens between two actions."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

SECOND = 1_000_000_000
MILLISECOND = 1_000_000
NEVER = (1 << 63) - 1
"""A time that no run reaches: the largest signed 64-bit number, so that it fits numpy's int64."""


class Clock:
    """Actions of equal times are done in the order in which they were scheduled."""

    def __init__(self) -> None:
        self.now = 0
        self._order = itertools.count()
        self._heap: list[tuple[int, int, Callable[[], None]]] = []

    def at(self, t: int, act: Callable[[], None]) -> None:
        """Has ``act`` done at ``t``, or next when ``t`` is past. An action at NEVER is dropped."""
        if t < NEVER:
            heapq.heappush(self._heap, (max(t, self.now), next(self._order), act))

    def next(self) -> int:
        """When the next action is due; NEVER when none is."""
        return self._heap[0][0] if self._heap else NEVER

    def advance(self, until: int) -> None:
        """Does the next action if it is due by ``until``; else lets time pass until then."""
        if self._heap and self._heap[0][0] <= until:
            self.now, _, act = heapq.heappop(self._heap)
            act()
        else:
            self.now = max(self.now, until)


def seconds(t: int) -> float:
    """Nanoseconds as seconds, to the microsecond, as the journal has times."""
    return round(t / SECOND, 6)


def nanoseconds(t: float) -> int:
    return round(t * SECOND)
