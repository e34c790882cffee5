"""Where simnet keeps what outlives a run, on this machine and for this user, and how."""

from __future__ import annotations

import os
from pathlib import Path

from simnet.environment import CACHE, USER_CACHE
from simnet.scratch import scratch_name


def cache_path(kind: str) -> Path:
    """The folder for one kind of thing, whether it is there or not: ``simnet/KIND`` under ``$SIMNET_CACHE``,
    ``$XDG_CACHE_HOME`` or ``~/.cache``, the first that is set."""
    base = CACHE.get() or USER_CACHE.get() or str(Path.home() / ".cache")
    return Path(base) / "simnet" / kind


def cache_dir(kind: str) -> Path:
    """As :func:`cache_path`, made when it is not there."""
    folder = cache_path(kind)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def shown(path: Path) -> str:
    """A path as people read it: as seen from the working directory where that is shorter."""
    try:
        return min(str(path), os.path.relpath(path), key=len)
    except OSError:  # the working directory is gone
        return str(path)


def write_whole(path: Path, *parts: bytes, mode: int = 0o666) -> None:
    """Writes a file that is never half there: others find the old one or the new. A link or a pipe of that name is
    replaced, not followed. ``mode`` is as in ``open``; 0o600 is for its owner's eyes alone."""
    part = path.parent / scratch_name()
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.writelines(parts)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
