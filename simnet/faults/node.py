"""Faults of nodes: down by signal or by losing its place, paused, restarted, wiped, set back to an old database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from simnet.errors import InputError
from simnet.faults._base import Fault
from simnet.fields import Seconds, Selectors
from simnet.network.topology import Topology


@dataclass(frozen=True, kw_only=True)
class _OnTargets(Fault):
    targets: Selectors

    def __post_init__(self) -> None:
        if not self.targets:
            raise InputError(f"{self.kind} needs at least one target")

    def affected(self, topology: Topology) -> tuple[str, ...]:
        return topology.select(self.targets)


@dataclass(frozen=True, kw_only=True)
class Stop(_OnTargets):
    """Ends the process by SIGTERM and keeps it down until healed; the database stays."""

    kind: ClassVar[str] = "stop"


@dataclass(frozen=True, kw_only=True)
class Kill(_OnTargets):
    """Ends the process by SIGKILL and keeps it down until healed; the database stays as the crash left it."""

    kind: ClassVar[str] = "kill"


@dataclass(frozen=True, kw_only=True)
class Pause(_OnTargets):
    """Freezes the process. Its kernel goes on to acknowledge TCP, so peers see a silent node, not a lost one."""

    kind: ClassVar[str] = "pause"


@dataclass(frozen=True, kw_only=True)
class Outage(Fault):
    """A region or a hosting provider loses power: all its nodes are killed at once and stay down until healed."""

    kind: ClassVar[str] = "outage"
    region: str | None = None
    provider: str | None = None

    def __post_init__(self) -> None:
        if (self.region is None) == (self.provider is None):
            raise InputError("an outage names either a region or a provider")

    def affected(self, topology: Topology) -> tuple[str, ...]:
        place = f"region:{self.region}" if self.region is not None else f"provider:{self.provider}"
        return topology.select((place,))


@dataclass(frozen=True, kw_only=True)
class Restart(_OnTargets):
    """Stops and starts each target, one after another; the next waits until the last one is ready again.

    ``down_for`` is how long each stays down, in seconds. ``flags`` (added) and ``image``, when given, hold from then
    on.
    """

    kind: ClassVar[str] = "restart"
    instant: ClassVar[bool] = True
    down_for: Seconds = 0.0
    kill: bool = False
    flags: tuple[str, ...] = ()
    image: str | None = None


@dataclass(frozen=True, kw_only=True)
class Wipe(_OnTargets):
    """Kills each target, deletes its databases, keeps its keys and starts it again: a new incarnation that must
    sync."""

    kind: ClassVar[str] = "wipe"
    instant: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class Snapshot(_OnTargets):
    """Keeps a copy of each target's database as it is now, for a later ``restore``. The process is stopped for it and
    started again, so that the copy is sound."""

    kind: ClassVar[str] = "snapshot"
    instant: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class Restore(_OnTargets):
    """Kills each target, puts its last ``snapshot`` in the place of its database and starts it again: a new
    incarnation, which has forgotten what it authored and voted for since."""

    kind: ClassVar[str] = "restore"
    instant: ClassVar[bool] = True
    dishonest: ClassVar[bool] = True


Cycle = Restart | Wipe | Snapshot | Restore
"""What takes one target after another down and up again."""
