"""Processes that end with the one that forked them."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

_PR_SET_PDEATHSIG = 1
"""Of prctl(2): the signal that a process gets when the one that forked it ends."""

_COLLECTED = 50_000
"""Objects in containers that a child makes between two looks for cycles. A case makes hardly any: with Python's 700
looking takes 3 % of a search's time, and the processes are as large."""


def end_with(act: Callable[[], object]) -> NoReturn:
    """Ends this process with an act: with 0 if that came to its end, else with 1."""
    code = 1
    try:
        act()
        code = 0
    finally:
        os._exit(code)


def fork() -> int:
    """As ``os.fork``; the child ends with its parent, by signals as any process does, and seldom collects garbage."""
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        gc.set_threshold(_COLLECTED)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)
    return child
