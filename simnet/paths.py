"""Where simnet keeps what outlives a run, on this machine and for this user."""

from __future__ import annotations

import os
from pathlib import Path


def cache_dir(kind: str) -> Path:
    """The folder for one kind of thing, made when it is not there: under ``$SIMNET_CACHE``, ``$XDG_CACHE_HOME`` or
    ``~/.cache``."""
    base = os.environ.get("SIMNET_CACHE") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "simnet" / kind
    folder.mkdir(parents=True, exist_ok=True)
    return folder
