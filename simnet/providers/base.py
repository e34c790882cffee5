"""What every provider offers, and what a network that it launched can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from simnet.faults import Fault
from simnet.network.topology import Topology

if TYPE_CHECKING:
    from simnet.journal import Journal
    from simnet.providers.network import Network


@dataclass(frozen=True)
class Capability:
    """One thing that a scenario may ask for: whether this provider can do it on this machine, how, or why not."""

    name: str
    """What may be asked for, in words."""
    available: bool
    """Whether it can be had here and now."""
    how: str
    """By which means, or what is missing and what to do about it."""


@dataclass(frozen=True)
class Unsupported:
    """One thing that a plan asks for and cannot have here."""

    what: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a provider is asked to run: a network, the faults that may come, how its links are from the start."""

    topology: Topology
    faults: tuple[Fault, ...] = ()
    links: tuple[Fault, ...] = ()
    seed: int = 0
    log_patterns: tuple[str, ...] = ()
    """Regular expressions whose matching log lines checks will count, so that they are journaled."""
    metrics: tuple[str, ...] = ()
    """Names of metric families whose samples checks will read."""
    builds: Mapping[str, bytes] = field(default_factory=dict)
    """By chains: the code of its next version built with ``try-runtime``, whose checks are run when it comes."""
    versions: bool = False
    """Whether checks will read what nodes say of their release."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """Where a run keeps its things. ``keep`` leaves the network up when it is closed."""

    run: str
    run_dir: Path
    journal: Journal
    keep: bool = False


def writes_blocks(provider: Provider) -> bool:
    """Whether a block of its relay chain can be had write storage though none of its calls does, as simulated nodes do:
    the attribute ``writes_blocks``, which others need not have."""
    return bool(getattr(provider, "writes_blocks", False))


class Provider(Protocol):
    """A place where networks run. A provider knows faults and topologies, not scenarios.

    Another distribution brings one by an entry point of the group ``simnet.providers``, whose name is ``name`` and
    which gives a new provider when it is called without arguments.
    """

    name: str

    @property
    def epoch(self) -> datetime | None:
        """Where time is virtual: when every run begins, the same for all, so that runs repeat. None: real time."""

    def capabilities(self) -> Sequence[Capability]:
        """What it can do on this machine, fault by fault, for people. Starts nothing, changes nothing."""

    def plan(self, plan: Plan) -> list[Unsupported]:
        """What of the plan it cannot do, which is refused before anything starts, and for a fault of a test before it
        is injected. Starts nothing, changes nothing.

        A fault is judged by what it asks for (:func:`~simnet.faults.effect`, :meth:`~simnet.faults.Fault.cycle`), so
        that one which the provider has never heard of is done or refused like any other.
        """

    def ignored(self, plan: Plan) -> list[str]:
        """What of the plan it leaves aside, since it makes no difference between nodes there: a line each."""

    def launch(self, plan: Plan, launch: Launch, deadline: float) -> Network:
        """Starts the network and returns when every node that should run is ready, at most ``deadline`` seconds later.

        Journals the ``network`` record first. Takes everything that a run may draw from ``plan.seed``. Leaves nothing
        behind when it fails. Raises :class:`~simnet.errors.SimnetError`.
        """
