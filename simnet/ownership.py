"""Which process made a thing, so that a later one can tell whether it still lives."""

from __future__ import annotations

import os
import socket
from pathlib import Path

_ENDED = ("Z", "X")
"""States of a process that ended and whose parent has not looked yet (proc(5))."""


def process_start(pid: int) -> str | None:
    """Kernel start time of a process in clock ticks, which tells a reused pid; None when it does not run."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return fields[19] if fields[0] not in _ENDED else None


def owner() -> str:
    """This process: host, pid and start time."""
    return f"{socket.gethostname()}:{os.getpid()}:{process_start(os.getpid())}"


def owner_lives(text: str) -> bool:
    """Whether the process that :func:`owner` wrote still runs. A process of another host is taken to live."""
    host, _, rest = text.partition(":")
    pid, _, start = rest.partition(":")
    return host != socket.gethostname() or (pid.isdigit() and process_start(int(pid)) == start)
