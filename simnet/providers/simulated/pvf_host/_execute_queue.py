"""Executions of candidates that wait for a worker: the most urgent first, but for a share of the less urgent ones.

Follows polkadot-node-core-pvf 36, execute/queue.rs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from simnet.providers.simulated.clock import MILLISECOND
from simnet.providers.simulated.cores import Cores
from simnet.providers.simulated.pvf_host._worker import WALL_CLOCK_FACTOR, work

ExecutionKind = Literal["dispute", "approval", "backing of a system parachain", "backing"]

ExecutionEnd = Literal["executed", "timed out", "died", "dropped", "not prepared"]
"""How the execution of a candidate ended. ``executed``: ``validate_block`` said what it thinks. ``timed out``: it took
more CPU time than it may, or its worker was killed for not answering; the candidate counts as invalid. ``died``: its
worker's job was killed by something else, which may be the candidate's fault or the machine's (AmbiguousJobDeath).
``dropped``: nobody wants it any more. ``not prepared``: its code could not be compiled in time, which says nothing
about the candidate."""

WORKERS = 4
"""ExecuteJob workers of a validator (polkadot-service 42, builder: pvf_execute_workers_max_num)."""

_SHARES: dict[ExecutionKind, int] = {
    "dispute": 70,
    "approval": 80,
    "backing of a system parachain": 100,
    "backing": 100,
}
"""The most urgent kinds first, each with the percentage that it gets of what those before it leave
(PRIORITY_ALLOCATION_THRESHOLDS)."""

_LOOK = 10 * MILLISECOND
"""After which it is seen again whether a job still hangs."""

_WINDOW = 12
"""Executions after which shares are counted anew (SCHEDULING_WINDOW_SIZE)."""


@dataclass(eq=False, slots=True)
class ExecuteJob:
    """A candidate that is to be executed: how long it needs its ``share`` of a core and how long it may have that, in
    nanoseconds.

    ``wanted`` is asked when a worker could take it. When one has it, ``hangs`` is asked for as long as it says that the
    machine holds the job still, and then ``killed``, whether it kills it. ``done`` is told how it ended.
    """

    kind: ExecutionKind
    takes: int
    share: float
    limit: int
    wanted: Callable[[], bool]
    hangs: Callable[[], bool]
    killed: Callable[[], bool]
    done: Callable[[ExecutionEnd], None]


@dataclass(eq=False)
class ExecuteQueue:
    """Executions of one validator, and its workers."""

    cores: Cores
    after: Callable[[int, Callable[[], None]], None]
    _waiting: dict[ExecutionKind, deque[ExecuteJob]] = field(init=False)
    _begun: dict[ExecutionKind, int] = field(init=False)
    """How many of each kind were begun in this window."""
    _busy: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._waiting = {kind: deque() for kind in _SHARES}
        self._begun = dict.fromkeys(_SHARES, 0)

    def add(self, execution: ExecuteJob) -> None:
        self._waiting[execution.kind].append(execution)
        self._assign()

    def _assign(self) -> None:
        """Gives workers that have nothing to do what waits."""
        while self._busy < WORKERS:
            kind = self._next()
            if kind is None:
                return
            execution = self._waiting[kind].popleft()
            if not execution.wanted():
                execution.done("dropped")
                continue
            self._busy += 1
            self._count(kind)
            self._run(execution)

    def _run(self, execution: ExecuteJob, hung: int = 0) -> None:
        """Runs a job that has hung for so long, in nanoseconds. A host waits for it no longer than for one without a
        core."""
        killed = False

        def ended(in_time: bool) -> None:
            self._busy -= 1
            execution.done("died" if killed else "executed" if in_time else "timed out")
            self._assign()

        if execution.hangs():
            if hung < WALL_CLOCK_FACTOR * execution.limit:
                self.after(_LOOK, lambda: self._run(execution, hung + _LOOK))
            else:
                ended(in_time=False)
            return
        killed = execution.killed()
        work(self.cores, self.after, 0 if killed else execution.takes, execution.limit, ended, execution.share)

    def _next(self) -> ExecutionKind | None:
        """The most urgent kind that waits and has not had its share, or else the most urgent that waits."""
        waiting = [kind for kind, queue in self._waiting.items() if queue]
        return next((kind for kind in waiting if not self._served(kind)), waiting[0] if waiting else None)

    def _served(self, kind: ExecutionKind) -> bool:
        """Whether a kind has had its share of what the more urgent ones left."""
        kinds = list(self._begun)
        left = sum(self._begun[one] for one in kinds[kinds.index(kind) :])
        return left > 0 and self._begun[kind] * 100 // left >= _SHARES[kind]

    def _count(self, kind: ExecutionKind) -> None:
        self._begun[kind] += 1
        if sum(self._begun.values()) >= _WINDOW:
            self._begun = dict.fromkeys(_SHARES, 0)
