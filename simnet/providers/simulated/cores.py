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
    done: Callable[[], None]
    stopped: bool = False


class Cores:
    """Processor sharing: all tasks go on equally fast, each on one core at the most.

    ``limit`` is how many cores there are, None where every task has one of its own. ``at`` has something done at a time
    of the clock, ``now`` reads it; times are nanoseconds. Until there are more tasks than cores each takes what it
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
        self._running = 0
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

    def run(self, takes: int, done: Callable[[], None]) -> Task:
        """Begins a task that needs a core for ``takes``; ``done`` is called when it ends."""
        self._count()
        task = Task(self._served + takes * _PARTS, done)
        heapq.heappush(self._tasks, (task.finish, next(self._order), task))
        self._running += 1
        self._plan()
        return task

    def stop(self, task: Task) -> None:
        """Ends a task that runs before it is done; what it held goes to the others."""
        self._count()
        task.stopped = True
        self._running -= 1
        self._plan()

    def clear(self) -> None:
        """Ends all tasks: their process is gone."""
        self._tasks.clear()
        self._running = 0
        self._planned = None

    def _count(self) -> None:
        """Adds what tasks were served since that was last counted."""
        passed, self._since = self._now() - self._since, self._now()
        if self._running:
            self._served += passed * self._share() // self._running

    def _share(self) -> int:
        """Parts of cores that the running tasks have together."""
        all_ = self._running * _PARTS
        return all_ if self._parts is None else min(all_, self._parts)

    def _due(self) -> int:
        """When the next task ends if none comes or goes before; NEVER if there is none."""
        while self._tasks and self._tasks[0][2].stopped:
            heapq.heappop(self._tasks)
        if not self._tasks:
            return NEVER
        missing = max(0, self._tasks[0][0] - self._served)
        return self._since + -(-missing * self._running // self._share())

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
        self._running -= len(ended)
        self._plan()
        for task in ended:
            task.done()
