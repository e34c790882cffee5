"""Validation codes that wait to be compiled: one worker does, and a second one if something urgent waits.

Follows polkadot-node-core-pvf 36, prepare/queue.rs. A worker is there as soon as it is asked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from simnet.providers.simulated.cores import Cores
from simnet.providers.simulated.pvf_host._worker import work

SOFT, HARD = 1, 2
"""Workers that there are at most, and with urgent codes (polkadot-service 42, builder:
pvf_prepare_workers_soft_max_num, pvf_prepare_workers_hard_max_num)."""


@dataclass(eq=False, slots=True)
class PrepareJob:
    """A code that is to be compiled: how long that needs a core and how long it may have one, in nanoseconds. It is
    ``urgent`` for approvals and disputes. ``done`` is told whether it was compiled in time."""

    takes: int
    limit: int
    urgent: bool
    done: Callable[[bool], None]


@dataclass(eq=False)
class PrepareQueue:
    """Preparations of one validator, and its workers."""

    cores: Cores
    after: Callable[[int, Callable[[], None]], None]
    _urgent: deque[PrepareJob] = field(init=False, default_factory=deque)
    _others: deque[PrepareJob] = field(init=False, default_factory=deque)
    _workers: int = field(init=False, default=0)
    _busy: int = field(init=False, default=0)

    def add(self, preparation: PrepareJob) -> None:
        """A worker that has nothing to do takes it, else another is started for it if there may be one more."""
        (self._urgent if preparation.urgent else self._others).append(preparation)
        if self._busy < self._workers:
            self._begin()
        else:
            self._start(HARD if preparation.urgent else SOFT)

    def _start(self, most: int) -> None:
        if self._workers < most:
            self._workers += 1
            self._begin()

    def _begin(self) -> None:
        """A worker that has nothing to do takes what waits."""
        queue = self._urgent or self._others
        if queue:
            self._busy += 1
            self._run(queue.popleft())

    def _run(self, preparation: PrepareJob) -> None:
        def ended(in_time: bool) -> None:
            self._busy -= 1
            preparation.done(in_time)
            if not in_time:  # its worker was killed
                self._workers -= 1
                if self._urgent or self._others:
                    self._start(SOFT)
            elif self._workers > SOFT:
                self._workers -= 1
            else:
                self._begin()

        work(self.cores, self.after, preparation.takes, preparation.limit, ended)
