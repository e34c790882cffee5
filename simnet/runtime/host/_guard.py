"""A guard in real time over calls into runtimes: one that never returns ends the process, by the harness's exit code.

WASM cannot be interrupted from outside. wasmtime's epochs, which would make a call return, are checks in every loop and
function: they cost 9 % of a block and 18 % of a validation (``docs/measurements.md``), so that runtimes are compiled
without them. Instead a thread looks now and then which call each host is in. It decides no outcome: no vote, block or
verdict comes of it, only exit code 3 with a sentence that names chain and call. Ctrl-C and SIGTERM, whose handlers
Python cannot run while such a call lasts, end the process by their own exit codes.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol
from weakref import ReferenceType, ref

from simnet.environment import CALL_PATIENCE
from simnet.errors import HostError, InputError

_PATIENCE = 120.0
"""Seconds that a call may compute. Real nodes give a block 2 s and a validation 12 s; machines differ tenfold."""

_TICK = 0.25
"""Seconds between two looks."""

_GRACE = 1.0
"""Seconds that a call may go on after a signal asked the process to end."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_END = b"\0"
"""What ends the thread: no signal has this number."""


class Named(Protocol):
    """Whoever can say in a sentence whose code runs."""

    @property
    def whose(self) -> str: ...


class Work:
    """What one host is doing: at most one call at a time, which has a number. Any thread may read it."""

    __slots__ = ("__weakref__", "doing", "number", "thread")

    def __init__(self) -> None:
        self.doing: tuple[Named, str] | None = None
        """Whose code runs, and which function of it."""
        self.number = 0
        self.thread = threading.get_ident()
        """In which the calls are made."""
        _guard.add(self)

    def begin(self, whose: Named, what: str) -> None:
        """From now on it is watched."""
        if not _guard.awake:
            _guard.wake()
        self.number += 1
        self.doing = whose, what

    def end(self) -> None:
        """It has returned."""
        self.doing = None

    @contextlib.contextmanager
    def on(self, whose: Named, what: str) -> Iterator[None]:
        """Watches what happens inside."""
        self.begin(whose, what)
        try:
            yield
        finally:
            self.end()


def patience() -> float:
    """Seconds of real time that a call may take; raises :class:`InputError` for a setting that is no such number."""
    text = CALL_PATIENCE.get()
    try:
        seconds = _PATIENCE if text is None else float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise InputError(
            f"{CALL_PATIENCE.name} is {text!r}; give the seconds that a call into a runtime may take, such as 120"
        )
    return seconds


@dataclass(frozen=True)
class _Seen:
    """A call by its number; for how many looks it was seen to last, and what its thread's clock showed at the first."""

    number: int
    looks: int
    begun: float

    def computed(self, work: Work) -> float:
        """Seconds of the thread's own time, which does not pass while the machine sleeps or does other things; where
        there is no such clock, seconds of looking."""
        now = _clock(work.thread)
        return self.looks * _TICK if now is None else now - self.begun


def _clock(thread: int) -> float | None:
    """Seconds of CPU time of a thread of this process; None where the system cannot tell."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return None
    try:
        return time.clock_gettime(time.pthread_getcpuclockid(thread))
    except OSError:
        return None


class _Guard:
    """The thread, which lives while the process does not fork: a child begins its own with its first call."""

    def __init__(self) -> None:
        self.awake = False
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._patience = _PATIENCE
        self._pipe: tuple[int, int] | None = None
        self._listens = False
        """Whether signals come through the pipe."""
        self._works: tuple[ReferenceType[Work], ...] = ()

    def add(self, work: Work) -> None:
        """Watches it as long as it is."""
        with self._lock:
            self._works = (*(one for one in self._works if one() is not None), ref(work))

    def wake(self) -> None:
        with self._lock:
            if self.awake:
                return
            self._patience = patience()
            if self._pipe is None:
                self._pipe = os.pipe()
                os.set_blocking(self._pipe[1], False)
            while select.select([self._pipe[0]], [], [], 0)[0]:
                os.read(self._pipe[0], 64)  # of signals that were dealt with while nobody read
            self._listen(self._pipe[1])
            self._thread = threading.Thread(target=self._watch, args=(self._pipe[0],), name="guard", daemon=True)
            self._thread.start()
            self.awake = True

    def _listen(self, writer: int) -> None:
        """Has Python write each signal's number into the pipe, unless somebody else, such as asyncio, has it so."""
        if self._listens or threading.current_thread() is not threading.main_thread():
            return
        before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        self._listens = before == -1
        if not self._listens:
            signal.set_wakeup_fd(before)

    def _watch(self, reader: int) -> None:
        poll = select.poll()
        poll.register(reader, select.POLLIN)
        calls: dict[Work, _Seen] = {}
        asked: dict[Work, _Seen] = {}
        """Calls that were under way when a signal asked the process to end, and the time since."""
        code = 0
        while True:
            if poll.poll(_TICK * 1000):
                said = os.read(reader, 64)
                if _END in said:
                    return
                numbers = [number for number in said if number in _SIGNALS]
                if numbers and not asked:
                    code, asked = 128 + numbers[0], self._running({})
                continue
            calls, asked = self._running(calls), self._still(asked)
            for work, seen in calls.items():
                if seen.computed(work) > self._patience:
                    when = f"has been computing for {self._patience:g} s"
                    _end_process(work, seen.number, when, HostError.exit_code)
            for work, seen in asked.items():
                if seen.looks * _TICK >= _GRACE:
                    _end_process(work, seen.number, "was interrupted", code)

    def _running(self, before: dict[Work, _Seen]) -> dict[Work, _Seen]:
        """Calls that are under way, and for how long they were seen to be."""
        found: dict[Work, _Seen] = {}
        for work in (one() for one in self._works):
            if work is not None and work.doing is not None:
                number, seen = work.number, before.get(work)
                if seen is None or seen.number != number:
                    found[work] = _Seen(number, 0, _clock(work.thread) or 0.0)
                else:
                    found[work] = replace(seen, looks=seen.looks + 1)
        return found

    def _still(self, before: dict[Work, _Seen]) -> dict[Work, _Seen]:
        """The same of calls that were under way before."""
        now = self._running(before)
        return {work: now[work] for work, seen in before.items() if work in now and now[work].number == seen.number}

    def before_fork(self) -> None:
        self._lock.acquire()
        if self._thread is not None and self._pipe is not None:
            os.write(self._pipe[1], _END)
            self._thread.join()
        self._thread, self.awake = None, False

    def after_fork_in_parent(self) -> None:
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """The pipe is the parent's too: what a signal wrote there would be read by it."""
        if self._listens:
            signal.set_wakeup_fd(-1)
            self._listens = False
        for end in self._pipe or ():
            os.close(end)
        self._pipe = None
        self._lock.release()


def _end_process(work: Work, number: int, why: str, code: int) -> None:
    """Ends the process, unless that call of a host has returned meanwhile."""
    doing = work.doing
    if doing is None or work.number != number:
        return
    whose, what = doing
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    how = "simnet ends with it, since a call into WASM cannot be interrupted"
    message = f"error: {what} of {whose.whose} {why} and does not return; {how}\n"
    with contextlib.suppress(OSError):
        os.write(2, message.encode(errors="backslashreplace"))
    os._exit(code)


_guard = _Guard()
os.register_at_fork(
    before=_guard.before_fork,
    after_in_parent=_guard.after_fork_in_parent,
    after_in_child=_guard.after_fork_in_child,
)
