"""Faults of nodes: down by signal or by losing its place, paused, restarted, wiped, set back to an old database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from simnet.errors import InputError
from simnet.faults._fault import Fault, Respect
from simnet.faults._states import Cycle, Process
from simnet.faults.on_targets import OnTargets
from simnet.faults.strengths import DOWN
from simnet.fields import HostingProvider, Region, Seconds, SecondsForm, SelectorsForm
from simnet.network.topology import Topology

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


@dataclass(frozen=True, kw_only=True)
class Stop(OnTargets):
    """Ends the process by SIGTERM and keeps it down until healed; the database stays. Use it for planned downtime:
    maintenance, an orderly shutdown of a machine."""

    kind: ClassVar[str] = "stop"

    if TYPE_CHECKING:

        def __init__(self, *, targets: SelectorsForm) -> None: ...

    def process(self) -> Process:
        return "stopped"


@dataclass(frozen=True, kw_only=True)
class Kill(OnTargets):
    """Ends the process by SIGKILL and keeps it down until healed; the database stays as the crash left it. Use it for
    crashes and power cuts of single machines."""

    kind: ClassVar[str] = "kill"

    if TYPE_CHECKING:

        def __init__(self, *, targets: SelectorsForm) -> None: ...

    def process(self) -> Process:
        return "killed"


@dataclass(frozen=True, kw_only=True)
class Pause(OnTargets):
    """Freezes the process. Its kernel goes on to acknowledge TCP, so peers see a silent node, not a lost one. Use it
    for machines that hang: a stalled disk, a suspended virtual machine."""

    kind: ClassVar[str] = "pause"

    if TYPE_CHECKING:

        def __init__(self, *, targets: SelectorsForm) -> None: ...

    def process(self) -> Process:
        return "paused"


@dataclass(frozen=True, kw_only=True)
class Outage(Fault):
    """A region or a hosting provider loses power: all its nodes are killed at once and stay down until healed. Use it
    to learn what a network can lose together, by naming its places in the network file."""

    kind: ClassVar[str] = "outage"
    region: Region | None = None
    """The region that is lost, as nodes name it. Left out: a hosting provider is lost."""
    provider: HostingProvider | None = None
    """The hosting provider that is lost, as nodes name it. Left out: a region is lost."""

    def __post_init__(self) -> None:
        if (self.region is None) == (self.provider is None):
            raise InputError("an outage names either a region or a provider")

    def affected(self, topology: Topology) -> tuple[str, ...]:
        place = f"region:{self.region}" if self.region is not None else f"provider:{self.provider}"
        return topology.select((place,))

    def process(self) -> Process:
        return "killed"

    @classmethod
    def anywhere(cls, topology: Topology) -> tuple[Outage, ...]:
        """One for each place of the network, in the order in which nodes name them."""
        named = [place.partition(":") for place in topology.places()]
        return tuple(cls(region=name) if what == "region" else cls(provider=name) for what, _, name in named)

    @classmethod
    def draw(cls, topology: Topology) -> SearchStrategy[Fault]:
        from hypothesis.strategies import sampled_from  # noqa: PLC0415 - loads Hypothesis

        return sampled_from(cls.anywhere(topology))

    def simpler(self, topology: Topology, respect: Respect) -> Iterator[Fault]:
        if respect == "names":
            yield from self.anywhere(topology)


@dataclass(frozen=True, kw_only=True)
class Restart(OnTargets):
    """Stops and starts each target, one after another or all at once. Use it for rolling restarts, and for upgrades of
    nodes by another image; the step ``roll`` waits between these until the network has recovered."""

    kind: ClassVar[str] = "restart"
    instant: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            targets: SelectorsForm,
            down_for: SecondsForm = 0.0,
            kill: bool = False,
            flags: Sequence[str] = (),
            image: str | None = None,
            runtime_override: str | None = None,
            at_once: bool = False,
        ) -> None: ...

    down_for: Seconds = 0.0
    """How long each target stays down at least before it is started again; by default it is started at once."""
    kill: bool = False
    """Whether the process ends by SIGKILL, as in a crash; by default SIGTERM lets it end in order."""
    flags: tuple[str, ...] = ()
    """Added to the node's command line from then on; real nodes only. None by default."""
    image: str | None = None
    """Node image that the target runs from then on, as in an upgrade; real nodes only. Left out: the one that it
    has."""
    runtime_override: str | None = None
    """Path of a ``.wasm`` file relative to this file, whose code the target runs from then on wherever its chain has
    code of the same name and version (``--wasm-runtime-overrides``): the way out for a chain that stands under code
    that cannot go on. Left out: the target runs what its chain has."""
    at_once: bool = False
    """Whether all targets go down and come back together; by default the next one waits until the last one is ready
    again."""

    def cycle(self) -> Cycle:
        return Cycle(
            kill=self.kill,
            down_for=self.down_for,
            flags=self.flags,
            image=self.image,
            runtime_override=self.runtime_override,
            at_once=self.at_once,
        )

    @classmethod
    def draw(cls, topology: Topology) -> SearchStrategy[Fault]:
        from hypothesis import strategies as st  # noqa: PLC0415 - loads Hypothesis

        from simnet.faults.drawing import some  # noqa: PLC0415

        return st.builds(
            lambda targets, down_for, kill: cls(targets=targets, down_for=down_for, kill=kill),
            some(topology),
            st.sampled_from(DOWN),
            st.booleans(),
        )

    def ladders(self) -> Mapping[str, Sequence[Any]]:
        return {"kill": (False, True), "down_for": DOWN}


@dataclass(frozen=True, kw_only=True)
class Wipe(OnTargets):
    """Kills each target, deletes its databases, keeps its keys and starts it again: a new incarnation that must sync.
    Use it for lost disks and machines that are set up anew.

    A validator that comes back at once has forgotten votes of a GRANDPA round that may still run, and equivocates if it
    does.
    """

    kind: ClassVar[str] = "wipe"
    instant: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(self, *, targets: SelectorsForm, down_for: SecondsForm = 0.0) -> None: ...

    down_for: Seconds = 0.0
    """How long each target stays down at least before it is started again; by default it is started at once."""

    def cycle(self) -> Cycle:
        return Cycle(kill=True, database="emptied", down_for=self.down_for)

    def ladders(self) -> Mapping[str, Sequence[Any]]:
        return {"down_for": DOWN}


@dataclass(frozen=True, kw_only=True)
class Snapshot(OnTargets):
    """Keeps a copy of each target's database as it is now, for a later ``restore``. The process is stopped for it and
    started again, so that the copy is sound. Use it as the backup that an operator takes."""

    kind: ClassVar[str] = "snapshot"
    instant: ClassVar[bool] = True
    paired: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(self, *, targets: SelectorsForm) -> None: ...

    def cycle(self) -> Cycle:
        return Cycle(database="copied")


@dataclass(frozen=True, kw_only=True)
class Restore(OnTargets):
    """Kills each target, puts its last ``snapshot`` in the place of its database and starts it again: a new
    incarnation, which has forgotten what it authored and voted for since. Use it to learn what an old backup of a
    validator does: it may equivocate."""

    kind: ClassVar[str] = "restore"
    instant: ClassVar[bool] = True
    paired: ClassVar[bool] = True
    dishonest: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(self, *, targets: SelectorsForm) -> None: ...

    def cycle(self) -> Cycle:
        return Cycle(kill=True, database="put back")
