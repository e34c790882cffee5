"""The time that nodes read from their machines, and the slots of the relay chain in it."""

from __future__ import annotations

from simnet.providers.simulated.clock import MILLISECOND, Clock

SLOT = 6000
"""Milliseconds of a relay slot (rococo- and westend-runtime-constants)."""


class WallTime:
    """``epoch`` is the Unix time in seconds at the clock's zero."""

    def __init__(self, clock: Clock, epoch: int) -> None:
        self._clock = clock
        self._epoch = epoch

    def unix_ms(self) -> int:
        """Milliseconds since 1970."""
        return self._epoch * 1000 + self._clock.now // MILLISECOND

    def slot(self) -> int:
        """The relay slot that is now."""
        return self.unix_ms() // SLOT

    def slot_start(self, slot: int) -> int:
        """When a slot begins, in nanoseconds of the clock."""
        return (slot * SLOT - self._epoch * 1000) * MILLISECOND
