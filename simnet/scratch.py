"""Files and folders for a while: each is named after the process that made it, and what one left that was killed is
removed by a later one."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from simnet.environment import CACHE, USER_CACHE
from simnet.ownership import process_start

ABANDONED = 7 * 86400.0
"""Seconds. A thing whose owner cannot be asked, since it lived on another machine or before this one started, or since
an earlier simnet named none, counts as left when nothing in it has changed for so long."""

_OWNED = re.compile(r"simnet-[a-z]+-(?P<place>[0-9a-f]{8})\.(?P<pid>\d+)\.(?P<start>\d+)-\w+")
_EARLIER = re.compile(r"simnet-(warm|trial|bundle)-\w{8}|tmp\w{8}\.partial")
"""How earlier versions named theirs, which said no owner."""


def scratch_folder(what: str) -> tempfile.TemporaryDirectory[str]:
    """A folder in the temporary directory, for this process; ``what`` it is for, in lower-case letters, is part of its
    name. The first in a process sweeps away what others left."""
    _sweep_once()
    return tempfile.TemporaryDirectory(prefix=f"simnet-{what}-{_owner()}-")


def scratch_name() -> str:
    """What a file is called while this process writes it, in the folder of the one that it is then moved to."""
    _sweep_once()
    return f"simnet-partial-{_owner()}-{secrets.token_hex(8)}"


def sweep() -> list[Path]:
    """Removes what processes of this user left, in the temporary directory and in simnet's caches, and gives what that
    was: never what another user made, nor what a process made that lives."""
    gone = []
    for path in _places():
        if _left(path):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(OSError):
                    path.unlink()
            if not path.exists():
                gone.append(path)
    return sorted(gone)


@cache
def _sweep_once() -> None:
    sweep()


def _places() -> Iterator[Path]:
    """What lies where simnet puts such things."""
    caches = {CACHE.get(), USER_CACHE.get()} | {str(Path.home() / ".cache")}
    folders = [Path(tempfile.gettempdir())]
    folders += [kind for base in sorted(filter(None, caches)) for kind in _entries(Path(base) / "simnet")]
    for folder in folders:
        yield from _entries(folder)


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _left(path: Path) -> bool:
    owned = _OWNED.fullmatch(path.name)
    if owned is None and _EARLIER.fullmatch(path.name) is None:
        return False
    try:
        if path.is_symlink() or path.lstat().st_uid != os.geteuid():
            return False
        if owned is not None and owned["place"] == _place():
            return process_start(int(owned["pid"])) != owned["start"]
        changed = max(one.lstat().st_mtime for one in (path, *path.rglob("*")))
    except OSError:  # its owner removes it now
        return False
    return time.time() - changed > ABANDONED


def _owner() -> str:
    """This process: where it lives, its pid, and when it started."""
    pid = os.getpid()
    return f"{_place()}.{pid}.{process_start(pid)}"


@cache
def _place() -> str:
    """Where a pid names one process: this host since it started, and this namespace of pids."""
    told = socket.gethostname()
    with suppress(OSError):  # where a kernel does not say, a host is one place
        told += f" {Path('/proc/sys/kernel/random/boot_id').read_text()} {Path('/proc/self/ns/pid').readlink()}"
    return hashlib.blake2b(told.encode(), digest_size=4).hexdigest()
