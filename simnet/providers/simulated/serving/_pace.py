"""Letting virtual time follow real time, and other threads' requests be done in between."""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from functools import partial

from simnet.providers.simulated.clock import SECOND, Clock

LATE = 5.0
"""Real seconds by which the network may be behind before it says so."""

TELL_EVERY = 60.0
"""Real seconds between two such words."""

_NAP = 3600.0
"""Real seconds that it waits at once at most."""

_Work = Callable[[], None]


class RequestQueue:
    """Where other threads leave work for the thread that drives the network."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[tuple[_Work, bool]] = queue.SimpleQueue()
        self._later: deque[_Work] = deque()
        self._busy = False

    def put(self, work: _Work, *, alone: bool = False) -> None:
        """Has work done. What is done ``alone`` may take virtual time and waits until no other such work is under
        way."""
        self._work.put((work, alone))

    def take(self, within: float) -> _Work | None:
        """The next work, waiting up to ``within`` real seconds for it."""
        if self._later and not self._busy:
            return partial(self._alone, self._later.popleft())
        try:
            work, alone = self._work.get(timeout=within) if within > 0 else self._work.get_nowait()
        except queue.Empty:
            return None
        return partial(self._alone, work) if alone else work

    def __len__(self) -> int:
        return self._work.qsize() + (0 if self._busy else len(self._later))

    def _alone(self, work: _Work) -> None:
        if self._busy:
            self._later.append(work)
            return
        self._busy = True
        try:
            work()
        finally:
            self._busy = False


@dataclass(eq=False)
class Pace:
    """Advances a clock at ``speed`` virtual seconds a real one. It catches up when it is behind, and tells ``say`` when
    it cannot keep up. ``after`` is called after each step."""

    clock: Clock
    requests: RequestQueue
    speed: float
    _: KW_ONLY
    say: Callable[[str], None]
    after: Callable[[], None]
    real: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._zero, self._began = self.clock.now, self.real()
        self._told: float | None = None
        """When it last said that it is behind, until it keeps up again."""
        self._owed = 0.0
        """Real seconds that requests had of a clock that was behind: they get no more than it does."""
        self._since = (self._zero, self._began)
        """Virtual and real time when it was last on time, or last said that it is not."""

    def advance(self, until: int) -> None:
        """In place of :meth:`Clock.advance`: does the next action when it is due, and serves requests until then.

        Returns after one action, or after requests were served.
        """
        for _ in range(len(self.requests)):
            if self._owed > 0 and self._wait(self.clock.next()) < 0:
                break
            began = self.real()
            self._serve(until, 0)
            self._owed += self.real() - began
        due = min(self.clock.next(), until)
        within = self._wait(due)
        if within > 0:
            self._owed = 0.0
            if self._serve(until, min(within, _NAP)) or within > _NAP:
                return
        began = self.real()
        self.clock.advance(due)
        self.after()
        self._owed = max(0.0, self._owed - (self.real() - began))
        self._look_behind()

    def _serve(self, until: int, within: float) -> bool:
        work = self.requests.take(within)
        if work is None:
            return False
        self._pass(until)
        work()
        self.after()
        return True

    def _pass(self, until: int) -> None:
        """Lets the time pass that passed in reality while nothing was due."""
        target = self._zero + round((self.real() - self._began) * self.speed * SECOND)
        now = min(target, until, self.clock.next() - 1)
        if now > self.clock.now:
            self.clock.advance(now)

    def _wait(self, due: int) -> float:
        """Real seconds until a virtual time; negative when it is past."""
        return self._began + (due - self._zero) / SECOND / self.speed - self.real()

    def _look_behind(self) -> None:
        now, behind = self.real(), -self._wait(self.clock.now)
        if behind < LATE / 10:
            self._since = (self.clock.now, now)
            if self._told is not None:
                self._told = None
                self.say("the network keeps up again")
        elif behind > LATE and (self._told is None or now - self._told > TELL_EVERY):
            virtual, real = self._since
            rate = (self.clock.now - virtual) / SECOND / (now - real)
            self._since, self._told = (self.clock.now, now), now
            self.say(
                f"the network is {behind:.0f} s behind: of late it went {rate:.2g} times as fast as reality, and"
                f" {self.speed:g} was asked; lower --speed, or make it smaller"
            )
