"""Storage of the relay chain that its blocks write from outside of the runtime, where no call of its root can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from simnet.providers.simulated.ledger import ExecutedBlock

Entries = Sequence[tuple[bytes, bytes | None]]
"""Keys with their values; None for one that is removed."""


@dataclass(eq=False)
class BlockWrites:
    """What was asked for, in its order. A block begins with all of it that the state of its parent lacks, so that every
    fork comes to have it once."""

    _asked: list[Entries] = field(default_factory=list)

    def ask(self, entries: Entries) -> int:
        """Has the next blocks write them; how many such writes a state has that has this one."""
        self._asked.append(tuple(entries))
        return len(self._asked)

    @property
    def asked(self) -> int:
        """How many writes a block that is made now has in its state."""
        return len(self._asked)

    def of(self, parent: ExecutedBlock, written: int) -> Entries:
        """What a child of ``parent`` begins with whose state has so many writes."""
        return [entry for entries in self._asked[parent.written : written] for entry in entries]
