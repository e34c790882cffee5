"""Networks that stay up between commands: what every provider can tell of its own, and have done to them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from simnet.errors import InputError, JournalError
from simnet.faults import Fault, fault_from
from simnet.journal import Evidence, Window, read_evidence
from simnet.journal.records import FaultObserved, Reading
from simnet.network.topology import nearest
from simnet.providers.base import Provider
from simnet.providers.injection import Injection
from simnet.providers.network import Network


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One run of which something is there. ``alive``: the process that needs it still runs; ``kept``: it was asked to
    stay. ``folder`` is None when the run's folder is not known here."""

    run: str
    what: str
    alive: bool
    kept: bool
    folder: Path | None

    def __str__(self) -> str:
        why = "its process runs" if self.alive else "kept" if self.kept else "its process is gone"
        return f"{self.run}: {self.what} ({why})"


@dataclass(frozen=True, kw_only=True)
class NodeStatus:
    """One node now. Heights and peers are None when its RPC does not answer, which ``process`` may explain."""

    name: str
    """What the network file calls the node."""
    process: str
    """The state of its process, such as ``running``, ``paused`` or ``exited``, in the provider's words."""
    rpc: str | None
    """Where its JSON-RPC answers on this machine; None of one that has no port."""
    chain: str | None = None
    """The chain that it says it follows; None where it does not answer."""
    best: int | None = None
    """Height of its best block; None where it does not answer."""
    finalized: int | None = None
    """Height of the last block that it has final; None where it does not answer."""
    peers: int | None = None
    """How many nodes it is connected to; None where it does not answer."""


@dataclass(frozen=True, kw_only=True)
class FaultReport:
    """A fault of a deployment, and what was measured of it last."""

    name: str
    fault: str
    state: str
    readings: tuple[Reading, ...]

    @property
    def holds(self) -> bool:
        return bool(self.readings) and all(reading.holds for reading in self.readings)


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How a network that stays up is reached. ``speed``: virtual seconds a real one, None for the provider's own;
    ``pages``: origins of web pages that may ask nodes, besides those that may anyway, or ``all``; ``ports``: where
    nodes answer JSON-RPC on this machine, by name, for those whose port is not to be any free one."""

    speed: float | None = None
    pages: Sequence[str] = ()
    ports: Mapping[str, int] = field(default_factory=dict)


Ready = Callable[[list[NodeStatus]], None]


class Driver(Protocol):
    """Changes a deployment. Raises :class:`~simnet.errors.SimnetError` as :class:`Network` does."""

    def inject(self, fault: Fault, name: str | None) -> FaultReport: ...

    def heal(self, name: str) -> list[FaultReport]:
        """Heals the fault of that name, or ``all``, latest first."""


class Deployments(Protocol):
    """The networks of a provider that stay up."""

    outlives: bool
    """Whether networks go on without the process that launched them."""

    @property
    def provider(self) -> Provider: ...

    def stay(self, network: Network, run: str, ready: Ready, say: Callable[[str], None]) -> None:
        """Leaves a network up and calls ``ready`` with its nodes; where it cannot outlive this process, returns when it
        was ended. ``say`` is told what goes wrong meanwhile."""

    def runs(self) -> list[Deployment]:
        """Every run of which something is there; raises :class:`~simnet.errors.EngineError` when nobody can say."""

    def nodes(self, run: str) -> list[NodeStatus]:
        """By name, those included that join later."""

    def drive(self, run: str) -> AbstractContextManager[Driver]:
        """Takes hold of a network to change it; raises :class:`~simnet.errors.SimnetError` when it cannot be had."""

    def log(self, run: str, node: str, *, follow: bool, tail: int | None) -> Iterator[bytes]:
        """What a node wrote, the last ``tail`` lines or all; with ``follow`` until the node ends."""

    def remove(self, run: str) -> None:
        """Ends it and removes all of it but its folder. Safe to call again."""


@dataclass(frozen=True)
class NetworkDriver:
    """Drives a network of this process."""

    network: Network

    def inject(self, fault: Fault, name: str | None) -> FaultReport:
        return self._report(self.network.inject(fault, name))

    def heal(self, name: str) -> list[FaultReport]:
        active = [one for one in self.network.injections if one.active]
        chosen = [one for one in reversed(active) if name in ("all", one.name)]
        if not chosen:
            raise InputError(f"no active fault is named {name!r}{nearest(name, [one.name for one in active])}")
        for injection in chosen:
            injection.heal()
        return [self._report(injection) for injection in chosen]

    def _report(self, injection: Injection) -> FaultReport:
        observed = self.network.evidence.of(FaultObserved)
        last = next((one for one in reversed(observed) if one.data.id == injection.id), None)
        state = "is active" if injection.active else "was an instant" if injection.fault.instant else "is healed"
        return FaultReport(
            name=injection.name,
            fault=str(injection.fault),
            state=state,
            readings=tuple(Reading.from_data(one) for one in last.data.readings) if last is not None else (),
        )


def active_faults(folder: Path | None) -> list[Window]:
    """The faults of a run that no one healed, by its journal; none when there is no journal to read."""
    evidence = Evidence()
    if folder is not None:
        with contextlib.suppress(JournalError):
            evidence = read_evidence(folder)
    return [w for w in evidence.windows.values() if w.heal_start is None and not fault_from(w.fault).instant]
