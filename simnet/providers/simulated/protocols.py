"""What every protocol between nodes is: occasions on which it is told what happens to a node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simnet.providers.simulated.keyring import Keyring
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.misdeeds import Misdeeds
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.transport import Transport


class NodeProtocol:
    """What nodes do off-chain for one purpose. A protocol uses the occasions that concern it; nodes are indices.

    It is made of the parts that it needs (processes, transport, keys, ...) and listed where the simulation is put
    together; protocols are told in the order of that list. What should stand in a node's log goes to
    :meth:`Observer.log <simnet.providers.simulated.observer.Observer.log>`, which no journal has.
    """

    def started(self, node: int) -> None:
        """A node's process has started up over its database."""

    def ended(self, node: int) -> None:
        """A node's process ended; what it had in memory is gone, what is in its database stays."""

    def thawed(self, node: int) -> None:
        """A frozen process goes on."""

    def stored(self, node: int, block: ExecutedBlock) -> None:
        """A relay block went into a node's database, collators' clients of the relay chain too, whether or not anybody
        is told (:meth:`imported`); its fork choice has seen it, so that ``best`` may be this block already."""

    def imported(self, node: int, block: ExecutedBlock) -> None:
        """A node tells its subsystems of a new relay block, when it is in. What comes while the node is far behind goes
        in silently; of that, what is not final is told with the first block after it, oldest first."""

    def exchange(self, source: int, receiver: int) -> None:
        """Two nodes reach each other: the receiver learns what the source knows, blocks apart."""

    def prune(self, below: int) -> None:
        """No node needs what belongs to relay blocks under this height."""

    def wiped(self, node: int) -> None:
        """The node's database is empty."""

    def saved(self, node: int) -> Any:
        """A copy of what the node's database has of the protocol, which later changes leave alone; the process is
        down."""

    def restored(self, node: int, kept: Any) -> None:
        """The node's database is an old one, which has what :meth:`saved` gave: None where that is not overridden. One
        copy may be put back several times, so that what changes has to be copied again."""


@dataclass(eq=False)
class ValidatorProtocol(NodeProtocol):
    """One in which validators sign what they send, or are byzantine and do otherwise."""

    processes: Processes
    transport: Transport
    keys: Keyring
    misdeeds: Misdeeds
