"""Who is told what nodes show."""

from __future__ import annotations

from typing import Protocol

from simnet.journal.records import RecordData
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.nodes import SimulatedNode


class Observer(Protocol):
    """Who is told what nodes show; nothing that it does changes the network."""

    def imported(self, node: SimulatedNode, block: ExecutedBlock) -> None: ...

    def best(self, node: SimulatedNode, block: ExecutedBlock) -> None: ...

    def finalized(self, node: SimulatedNode, block: ExecutedBlock) -> None: ...

    def behind(self, node: SimulatedNode) -> None:
        """The node came to be far behind on its own chain, or is it no more."""

    def log(self, node: SimulatedNode, line: str) -> None: ...

    def note(
        self, node: SimulatedNode, what: RecordData, *, chain: str | None = None, block: ExecutedBlock | None = None
    ) -> None: ...
