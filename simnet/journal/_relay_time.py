"""The relay chain's own time in a journal: which slot and which session a moment lies in.

Slots and sessions mean the same in every journal of a network, seconds only in one.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from math import floor

from simnet.journal._evidence import Evidence

SLOT = 6.0
"""Seconds (rococo- and westend-runtime-constants)."""


class RelayTime:
    """Slots are those of blocks' BABE claims. A slot's begin is taken from the block that was seen soonest after its
    own, so that it is late by the shortest time that making and showing a block took."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    @cached_property
    def _zero(self) -> float:
        dated = [(one.slot, one.t) for one in self._evidence.blocks["relay"].values() if one.slot is not None]
        return min((t - slot * SLOT for slot, t in dated), default=0.0)

    @cached_property
    def _sessions(self) -> list[tuple[int, int]]:
        """Each session's first slot on any fork, and its index."""
        blocks = self._evidence.blocks["relay"]
        slots: dict[int, int] = {}
        for record in self._evidence.all_events("Session", "NewSession"):
            block = blocks.get(record.hash or "")
            if record.chain == "relay" and block is not None and block.slot is not None:
                index = int(record.data.fields["session_index"])
                slots[index] = min(block.slot, slots.get(index, block.slot))
        return sorted((slot, index) for index, slot in slots.items())

    def slot(self, t: float) -> int:
        """The slot in which a time lies."""
        return floor((t - self._zero) / SLOT)

    def before(self, slot: int) -> float:
        """A time, in seconds since the run began, at which the slot had not begun: one slot before it was seen to."""
        return self._zero + (slot - 1) * SLOT

    def session(self, slot: int) -> int:
        """The session in which a slot lies; of those before the first change that was seen, the one before it."""
        if not self._sessions:
            return 0
        at = bisect_right(self._sessions, slot, key=lambda change: change[0])
        return self._sessions[at - 1][1] if at else self._sessions[0][1] - 1
