"""How other processes find a served network: a file for each in the user's cache, and the control port's secret in the
run's folder."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from simnet.errors import EngineError
from simnet.paths import cache_dir
from simnet.providers.ownership import owner, owner_lives

CONTROL_FILE = "control.json"


@dataclass(frozen=True)
class ServedNetwork:
    """One network that was served; its process may be gone."""

    run: str
    folder: str
    owner: str

    @property
    def alive(self) -> bool:
        return owner_lives(self.owner)

    @property
    def pid(self) -> str:
        return self.owner.split(":")[1]


@dataclass(frozen=True)
class ControlEndpoint:
    """Where the control port is, and what opens it."""

    url: str
    token: str


def served_networks() -> list[ServedNetwork]:
    """Every network that is served, or whose process ended before it could say so, by run."""
    found = []
    for path in sorted(cache_dir("standing").glob("*.json")):
        with contextlib.suppress(OSError, ValueError, TypeError):  # half written, or removed just now
            found.append(ServedNetwork(**json.loads(path.read_text(encoding="utf-8"))))
    return found


@contextlib.contextmanager
def registered(run: str, folder: Path, endpoint: ControlEndpoint) -> Iterator[None]:
    """Within, other processes of this user find the network and its control endpoint."""
    entry = ServedNetwork(run, str(folder.resolve()), owner())
    _write(folder / CONTROL_FILE, asdict(endpoint))
    _write(_path(run), asdict(entry))
    try:
        yield
    finally:
        forget(entry)


def forget(entry: ServedNetwork) -> None:
    """Nobody finds it any more. Safe to call again."""
    _path(entry.run).unlink(missing_ok=True)
    (Path(entry.folder) / CONTROL_FILE).unlink(missing_ok=True)


def control_endpoint(entry: ServedNetwork) -> ControlEndpoint:
    """The control port of a network; raises :class:`EngineError` when its folder does not say."""
    path = Path(entry.folder) / CONTROL_FILE
    try:
        return ControlEndpoint(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise EngineError(
            f"{path} does not say how to reach process {entry.pid}, which serves {entry.run} ({error});"
            f" `kill {entry.pid}` ends it"
        ) from error


def _path(run: str) -> Path:
    return cache_dir("standing") / f"{run}.json"


def _write(path: Path, data: dict[str, str]) -> None:
    """Readable by the owner alone, and never half there."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(data, file)
    new.rename(path)
