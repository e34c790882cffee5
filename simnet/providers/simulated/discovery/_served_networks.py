"""How other processes find a served network: a file for each in the cache, for this user's eyes alone."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from simnet.ownership import owner, owner_lives
from simnet.paths import cache_dir, write_whole
from simnet.regular_files import NOTES, read_regular


@dataclass(frozen=True)
class ServedNetwork:
    """One network that was served; its process may be gone. ``url``: of the control port, which ``token`` opens."""

    run: str
    folder: str
    owner: str
    url: str
    token: str

    @property
    def alive(self) -> bool:
        return owner_lives(self.owner)

    @property
    def pid(self) -> str:
        return self.owner.split(":")[1]


def served_networks() -> list[ServedNetwork]:
    """Every network that is served, or whose process ended before it could say so, by run."""
    found = []
    for path in sorted(cache_dir("standing").glob("*.json")):
        with contextlib.suppress(OSError, ValueError, TypeError):  # half written, or removed just now
            found.append(ServedNetwork(**json.loads(read_regular(path, NOTES))))
    return found


@contextlib.contextmanager
def registered(run: str, folder: Path, url: str, token: str) -> Iterator[None]:
    """Within, other processes of this user find the network and its control port."""
    entry = ServedNetwork(run, str(folder.resolve()), owner(), url, token)
    write_whole(_path(run), json.dumps(asdict(entry)).encode(), mode=0o600)
    try:
        yield
    finally:
        forget(entry)


def forget(entry: ServedNetwork) -> None:
    """Nobody finds it any more. Safe to call again."""
    _path(entry.run).unlink(missing_ok=True)


def _path(run: str) -> Path:
    return cache_dir("standing") / f"{run}.json"
