"""Storage of the relay chain that its blocks write from outside of the runtime, where no call of its root can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from simnet.providers.simulated.ledger import ExecutedBlock

Entries = Sequence[tuple[bytes, bytes | None]]
"""Keys with their values; None for one that is removed."""


@dataclass(eq=False)
class BlockWrites:
    """What was asked for, in its order. A block begins with all of it that the state of its parent lacks, so that every
    fork comes to have it once."""

    _asked: list[Entries] = field(default_factory=list)
    _told: list[Callable[[ExecutedBlock], None]] = field(default_factory=list)
    """Of each who is told of the first block that has it."""
    _first: int = 0
    """How many have been in a block."""

    def ask(self, entries: Entries, told: Callable[[ExecutedBlock], None]) -> int:
        """Has the next blocks write them, and ``told`` of the first that did; how many such writes a state has that has
        this one."""
        self._asked.append(tuple(entries))
        self._told.append(told)
        return len(self._asked)

    def published(self, block: ExecutedBlock) -> None:
        """A block was made and its author took it."""
        for told in self._told[self._first : block.written]:
            told(block)
        self._first = max(self._first, block.written)

    @property
    def asked(self) -> int:
        """How many writes a block that is made now has in its state."""
        return len(self._asked)

    def of(self, parent: ExecutedBlock, written: int) -> Entries:
        """What a child of ``parent`` begins with whose state has so many writes."""
        return [entry for entries in self._asked[parent.written : written] for entry in entries]
