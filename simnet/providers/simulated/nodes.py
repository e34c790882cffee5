"""The nodes of a simulated network: processes with a database, which run, freeze, end and start again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from simnet.network.session_keys import SessionKey
from simnet.network.topology import RELAY, Node
from simnet.providers.simulated.view import View

ProcessState = Literal["running", "paused", "down"]


@dataclass(frozen=True)
class DatabaseCopy:
    """A node's database as it was. ``protocols`` has what each keeps there, in the simulation's order."""

    relay: View
    para: View | None
    keystore: Mapping[tuple[str, bytes], SessionKey | None]
    """Keys by type and public half (:class:`~simnet.providers.simulated.keyring.Keyring`)."""
    protocols: tuple[object, ...]


@dataclass(eq=False)
class SimulatedNode:
    """One node: a relay-chain client, and for a parachain's node that chain's as well."""

    index: int
    spec: Node
    relay: View
    para: View | None
    process: ProcessState = "down"
    ready: bool = False
    """Whether its RPC answers; it takes a moment after the start."""
    discovers: int = 0
    """When it knows where to ask other validators for data."""
    life: int = 0
    """Counts processes: what was on its way to an earlier one is lost."""
    incarnation: int = 0
    """Counts databases: a wipe starts the next."""
    syncing: dict[str, None] = field(default_factory=dict)
    """The chains of which its process is far behind what its peers have."""
    began: int = 0
    """Height of the best block of its own chain in its database when its process began."""
    pool: dict[bytes, bytes] = field(default_factory=dict)
    """Extrinsics that it knows for its chain, by hash, in the order in which they came."""
    late: list[Callable[[], None]] = field(default_factory=list)
    """What fell due while the process was frozen."""
    acts: frozenset[str] = frozenset()
    """What it does against the protocol (:data:`simnet.faults.Act`); asked by name, never iterated over.
    :class:`~simnet.providers.simulated.misdeeds.Misdeeds` counts when it could and when it did."""
    kept: DatabaseCopy | None = None
    """The copy of its database that a later restore goes back to."""

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def own(self) -> View:
        """Its own chain's view."""
        return self.relay if self.spec.chain == RELAY or self.para is None else self.para

    @property
    def behind(self) -> bool:
        """Whether it is far behind on its own chain, as its RPC says."""
        return self.spec.chain in self.syncing
