"""How a collator that authors by slots spreads the blocks of a relay slot over its cores.

After cumulus-client-consensus-aura 0.36, ``slot_based/block_builder_task.rs``: ``run_block_builder`` and
``BlockProductionSchedule``.
"""

from __future__ import annotations

from dataclasses import dataclass

_MOST_IN_TIME = 3
"""Blocks of a relay slot, all on one core or each on its own, that the next collator imports before its turn."""


def core_shares(rate: int, cores: int) -> tuple[int, ...]:
    """Blocks for each core, of ``rate`` in a relay slot, which is at least one for each; the first cores have what is
    left over."""
    each, left_over = divmod(rate, cores)
    return tuple(each + (core < left_over) for core in range(cores))


@dataclass(frozen=True)
class PlaceInCore:
    """The place of a block among those of its core: its index, of how many."""

    index: int
    of: int
    rate: int
    """Blocks in a relay slot."""
    hands_over: bool
    """Whether this is the last core of a turn after which another collator may have the next one."""

    @property
    def left_out(self) -> bool:
        """Whether it is not made, so that the next collator has what is before it in time."""
        return self.index + 1 == self.of and self._leaves_last_out

    @property
    def last(self) -> bool:
        """Whether none follows on the core."""
        return self.index + 1 == self.of or (self.index + 2 == self.of and self._leaves_last_out)

    @property
    def hurries(self) -> bool:
        """Whether what follows on the core is made as soon as this is done, not when this one's time is over."""
        return self.index + 2 >= self.of

    @property
    def _leaves_last_out(self) -> bool:
        in_time = self.rate <= 1 or (self.rate <= _MOST_IN_TIME and self.of in (1, self.rate))
        return self.hands_over and not in_time
