"""Letting virtual time follow real time, and other threads' requests be done in between."""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Callable
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


class Pace:
    """Advances a clock at ``speed`` virtual seconds a real one. It catches up when it is behind, and tells ``say`` when
    it cannot keep up. ``after`` is called after each step."""

    def __init__(
        self,
        clock: Clock,
        requests: RequestQueue,
        speed: float,
        *,
        say: Callable[[str], None],
        after: Callable[[], None],
        real: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._requests = requests
        self._speed = speed
        self._say = say
        self._after = after
        self._real = real
        self._zero, self._began = clock.now, real()
        self._told: float | None = None
        """When it last said that it is behind, until it keeps up again."""
        self._since = (self._zero, self._began)
        """Virtual and real time when it was last on time, or last said that it is not."""

    def advance(self, until: int) -> None:
        """In place of :meth:`Clock.advance`: does the next action when it is due, and serves requests until then.

        Returns after one action, or after requests were served.
        """
        for _ in range(len(self._requests)):
            self._serve(until, 0)
        due = min(self._clock.next(), until)
        within = self._wait(due)
        if within > 0 and (self._serve(until, min(within, _NAP)) or within > _NAP):
            return
        self._clock.advance(due)
        self._after()
        self._look_behind()

    def _serve(self, until: int, within: float) -> bool:
        work = self._requests.take(within)
        if work is None:
            return False
        self._pass(until)
        work()
        self._after()
        return True

    def _pass(self, until: int) -> None:
        """Lets the time pass that passed in reality while nothing was due."""
        now = min(self._target(), until, self._clock.next() - 1)
        if now > self._clock.now:
            self._clock.advance(now)

    def _target(self) -> int:
        """Where virtual time should be now."""
        return self._zero + round((self._real() - self._began) * self._speed * SECOND)

    def _wait(self, due: int) -> float:
        """Real seconds until a virtual time; negative when it is past."""
        return self._began + (due - self._zero) / SECOND / self._speed - self._real()

    def _look_behind(self) -> None:
        now, behind = self._real(), -self._wait(self._clock.now)
        if behind < LATE / 10:
            self._since = (self._clock.now, now)
            if self._told is not None:
                self._told = None
                self._say("the network keeps up again")
        elif behind > LATE and (self._told is None or now - self._told > TELL_EVERY):
            virtual, real = self._since
            rate = (self._clock.now - virtual) / SECOND / (now - real)
            self._since, self._told = (self._clock.now, now), now
            self._say(
                f"the network is {behind:.0f} s behind: of late it went {rate:.2g} times as fast as reality, and"
                f" {self._speed:g} was asked; lower --speed, or make it smaller"
            )
