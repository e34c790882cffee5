"""A network in time: what was scheduled is done while one waits, and a wait ends when a state has come."""

from __future__ import annotations

import heapq
import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from simnet.errors import DeadlineError, NodeError
from simnet.journal import Evidence, Journal, Record
from simnet.journal.records import NodeDown, PhaseTimed

_T = TypeVar("_T")


@contextmanager
def phase(journal: Journal, name: str) -> Iterator[None]:
    """Journals how long what is done in it took, if it comes to its end."""
    start = journal.clock()
    yield
    journal.append(PhaseTimed(name=name, start=round(start, 6), end=round(journal.clock(), 6)))


class TimedNetwork(ABC):
    """The part of a network that waits. One thread drives it; every wait sleeps on real nodes and advances the clock of
    simulated ones."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._order = itertools.count()
        self._actions: list[tuple[float, int, Callable[[], None]]] = []
        self._background: set[int] = set()
        self._crashes_told = 0

    @abstractmethod
    def now(self) -> float:
        """Seconds since the run began."""

    @abstractmethod
    def idle(self, until: float) -> None:
        """Lets time pass until then, or until the journal has something new, whichever comes first."""

    @abstractmethod
    def snapshot(self) -> str:
        """What every node showed last, for error messages."""

    @property
    def evidence(self) -> Evidence:
        """What the journal shows so far."""
        return self.journal.evidence

    def at(self, t: float, act: Callable[[], None], *, background: bool = False) -> None:
        """Has ``act`` done during the waits at time ``t`` or as soon after as the driver waits.

        A run ends without waiting for what is only in the ``background``.
        """
        number = next(self._order)
        if background:
            self._background.add(number)
        heapq.heappush(self._actions, (t, number, act))

    def wait(self, seconds: float) -> None:
        """Lets time pass while scheduled actions are done."""
        deadline = self.now() + seconds
        while self.now() < deadline:
            self._act()
            self.idle(min(deadline, self._next_action()))
        self._act()

    def wait_until(self, state: Callable[[Evidence], _T | None], *, within: float, what: str) -> _T:
        """Waits for a state: ``state`` gives something true once it is reached.

        Raises :class:`DeadlineError` after ``within`` seconds with what each node showed last, and :class:`NodeError`
        as soon as a node crashes.
        """
        deadline = self.now() + within
        while True:
            self._act()
            with self.journal.changed:
                found = state(self.evidence)
            if found:
                return found
            if len(self._crashes()) > self._crashes_told:
                self._crashes_told = len(self._crashes())
                raise NodeError(self._crash_text())
            if self.now() >= deadline:
                raise DeadlineError(f"waited {within:g} s for {what}; {self.snapshot()}")
            self.idle(min(deadline, self._next_action()))

    def pending_actions(self) -> bool:
        """Whether something scheduled is still to be done, such as messages to send or faults to heal."""
        return len(self._actions) > len(self._background)

    def _act(self) -> None:
        while self._actions and self._actions[0][0] <= self.now():
            _, number, act = heapq.heappop(self._actions)
            self._background.discard(number)
            act()

    def _next_action(self) -> float:
        return self._actions[0][0] if self._actions else float("inf")

    def _crashes(self) -> list[Record[NodeDown]]:
        return [record for record in self.evidence.of(NodeDown) if not record.data.intended]

    def _crash_text(self) -> str:
        record = self._crashes()[-1]
        tail = "\n  ".join(record.data.log_tail)
        oom = ", killed for memory (OOM)" if record.data.oom_killed else ""
        ended = f"{record.observer} ended by itself with exit code {record.data.exit_code}{oom}"
        return f"{ended}; its last lines:\n  {tail}"

    def _forget_actions(self) -> None:
        """Nothing is scheduled any more, and crashes so far are known."""
        self._actions.clear()
        self._background.clear()
        self._crashes_told = len(self._crashes())
