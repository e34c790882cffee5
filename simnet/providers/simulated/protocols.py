"""What every protocol between nodes is: occasions on which it is told what happens to a node."""

from __future__ import annotations

from typing import Any

from simnet.providers.simulated.ledger import ExecutedBlock


class NodeProtocol:
    """What nodes do off-chain for one purpose. A protocol uses the occasions that concern it; nodes are indices.

    It is made of the parts that it needs (processes, transport, keys, ...) and listed where the simulation is put
    together; protocols are told in the order of that list.
    """

    def started(self, node: int) -> None:
        """A node's process has started up over its database."""

    def ended(self, node: int) -> None:
        """A node's process ended; what it had in memory is gone."""

    def thawed(self, node: int) -> None:
        """A frozen process goes on."""

    def imported(self, node: int, block: ExecutedBlock) -> None:
        """A node has a new relay block; its fork choice has seen it."""

    def exchange(self, source: int, receiver: int) -> None:
        """Two nodes reach each other: the receiver learns what the source knows, blocks apart."""

    def prune(self, below: int) -> None:
        """No node needs what belongs to relay blocks under this height."""

    def wiped(self, node: int) -> None:
        """The node's database is empty."""

    def saved(self, node: int) -> Any:
        """A copy of what the node's database has of the protocol."""

    def restored(self, node: int, kept: Any) -> None:
        """The node's database is an old one, which has what :meth:`saved` gave."""
