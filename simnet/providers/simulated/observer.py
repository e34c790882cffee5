"""Who is told what nodes show, and what a run meets that is not simulated."""

from __future__ import annotations

from typing import Protocol

from simnet.journal.records import LimitMet, RecordData
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


class Limits:
    """What was met that is not simulated (:mod:`simnet.checks.limits`), told once for a chain."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._met: dict[tuple[str, str], None] = {}

    def met(self, node: SimulatedNode, name: str, chain: str, what: str) -> None:
        """A node met one of them."""
        if (name, chain) not in self._met:
            self._met[name, chain] = None
            self._observer.note(node, LimitMet(limit=name, what=what), chain=chain)
