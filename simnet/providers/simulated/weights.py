"""How much work a block is: the weight that its runtime counted for it, which is time on reference hardware."""

from __future__ import annotations

from simnet.codec import read_compact, storage_prefix
from simnet.providers.simulated.clock import MILLISECOND
from simnet.providers.simulated.ledger import ExecutedBlock, Fact

_USED = storage_prefix("System", "BlockWeight")
"""Reference time and proof size as compact numbers, for each class of calls (frame-support PerDispatchClass)."""

_SESSION = storage_prefix("Session", "CurrentIndex")

ORDINARY = 100 * MILLISECOND
"""Work that the times of :mod:`times` include: of the blocks in the runs that they are from a relay block had 50 ms, a
parachain's 9 to 50 ms, most of it mail."""

_PICOSECONDS = 1000
"""In a nanosecond; weights are counted in them (sp-weights, constants::WEIGHT_REF_TIME_PER_NANOS)."""


@Fact
def counted_work(block: ExecutedBlock) -> int | None:
    """Nanoseconds of reference time that a block's calls have used, as its state says. None for a block that begins a
    session, for which runtimes count a whole block whatever they do (pallet-session 50, ``on_initialize``)."""
    if block.parent is not None and block.state.get(_SESSION) != block.parent.state.get(_SESSION):
        return None
    raw, offset, numbers = block.state.get(_USED) or b"", 0, []
    while offset < len(raw):
        number, offset = read_compact(raw, offset)
        numbers.append(number)
    return sum(numbers[::2]) // _PICOSECONDS


def beyond_ordinary(block: ExecutedBlock) -> int:
    """What of a block's work is more than an ordinary block has, in nanoseconds: making, importing and validating it
    take that much longer."""
    return max(0, (counted_work(block) or 0) - ORDINARY)
