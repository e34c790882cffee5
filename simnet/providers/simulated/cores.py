"""A node's cores: what it computes shares them, as threads under a quota of CPU time do."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from simnet.providers.simulated.clock import NEVER

_PARTS = 1000
"""A core is so many parts, in which limits are whole numbers; served time is counted in parts of a nanosecond."""


@dataclass(eq=False, slots=True)
class Task:
    """Something that one thread computes. ``finish`` is when it has been served all that it needs, on the scale of
    what each task of its node has been served."""

    finish: int
    parts: int
    """How many of a core it uses while it goes on at full speed."""
    done: Callable[[], None]
    stopped: bool = False


class Cores:
    """Processor sharing: all tasks go on equally fast, each on one core at the most. Where together they use more than
    there is, all are slower by the same factor.

    ``limit`` is how many cores there are, None where every task has what it uses. ``at`` has something done at a time
    of the clock, ``now`` reads it; times are nanoseconds. Until tasks use more than there is each takes what it
    needs, and costs one action of the clock.
    """

    def __init__(
        self, at: Callable[[int, Callable[[], None]], None], now: Callable[[], int], limit: float | None = None
    ) -> None:
        self._at = at
        self._now = now
        self._parts = None if limit is None else max(1, round(limit * _PARTS))
        self._order = itertools.count()
        self._tasks: list[tuple[int, int, Task]] = []
        """By when they finish; those that were stopped as well, until they are met."""
        self._used = 0
        """Parts that the running tasks use at full speed."""
        self._served = 0
        """Parts of nanoseconds that a task would have been served which was there from the beginning."""
        self._since = 0
        """When that was counted last."""
        self._planned: int | None = None
        """When the next task is to finish, as far as an action for it was scheduled."""

    @property
    def limited(self) -> bool:
        """Whether tasks may have to share."""
        return self._parts is not None

    def run(self, takes: int, done: Callable[[], None], share: float = 1.0) -> Task:
        """Begins a task that lasts for ``takes`` when it has the ``share`` of a core that it uses; ``done`` is called
        when it ends."""
        self._count()
        task = Task(self._served + takes * _PARTS, max(1, round(share * _PARTS)), done)
        heapq.heappush(self._tasks, (task.finish, next(self._order), task))
        self._used += task.parts
        self._plan()
        return task

    def stop(self, task: Task) -> None:
        """Ends a task that runs before it is done; what it held goes to the others."""
        self._count()
        task.stopped = True
        self._used -= task.parts
        self._plan()

    def clear(self) -> None:
        """Ends all tasks: their process is gone."""
        self._tasks.clear()
        self._used = 0
        self._planned = None

    def _count(self) -> None:
        """Adds what tasks were served since that was last counted."""
        passed, self._since = self._now() - self._since, self._now()
        if self._used:
            self._served += passed * _PARTS * self._given() // self._used

    def _given(self) -> int:
        """Parts of cores that the running tasks have together."""
        return self._used if self._parts is None else min(self._used, self._parts)

    def _due(self) -> int:
        """When the next task ends if none comes or goes before; NEVER if there is none."""
        while self._tasks and self._tasks[0][2].stopped:
            heapq.heappop(self._tasks)
        if not self._tasks:
            return NEVER
        missing = max(0, self._tasks[0][0] - self._served)
        return self._since + -(-missing * self._used // (_PARTS * self._given()))

    def _plan(self) -> None:
        """Schedules the end of the next task, unless something earlier is scheduled already, which will look again."""
        due = self._due()
        if due < NEVER and (self._planned is None or due < self._planned):
            self._planned = due
            self._at(due, lambda: self._look(due))

    def _look(self, due: int) -> None:
        if self._planned != due:
            return
        self._planned = None
        if self._due() > self._now():  # others came since that was scheduled
            self._plan()
            return
        self._count()
        ended = []
        while self._tasks and (self._tasks[0][2].stopped or self._tasks[0][0] <= self._served):
            task = heapq.heappop(self._tasks)[2]
            if not task.stopped:
                ended.append(task)
        self._used -= sum(task.parts for task in ended)
        self._plan()
        for task in ended:
            task.done()
