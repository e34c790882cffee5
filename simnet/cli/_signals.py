"""Ctrl-C, SIGTERM and SIGHUP end a command the same way: everything that it made is removed first."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

from simnet.exit_codes import ExitCode

_PATIENT = 2
"""Signals in all that leave the removing undisturbed; the next one ends it."""


class Terminated(KeyboardInterrupt):
    """A signal asked the process to end. ``exit_code`` is what shells expect of it: 128 and the signal's number."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def exit_code_of_signal(error: KeyboardInterrupt) -> int:
    """Of the signal that ended a command."""
    return error.exit_code if isinstance(error, Terminated) else ExitCode.INTERRUPTED


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Within, these signals raise :class:`Terminated` in the main thread; a second one does not disturb the cleaning
    up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    seen = 0

    def handle(number: int, _frame: FrameType | None) -> None:
        nonlocal seen
        seen += 1
        if seen == 1 or seen > _PATIENT:
            raise Terminated(number)
        print("still removing what was made; once more leaves the rest to `simnet down`", file=sys.stderr, flush=True)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
