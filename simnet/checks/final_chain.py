"""A chain's blocks as checks of its contents judge them: the finalized ones, and those that may yet become so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simnet.checks._check import Interval
from simnet.journal import Block, Evidence


@dataclass(frozen=True)
class FinalChain:
    """Blocks that were first seen until a time, oldest first. Each of the ``branches`` leads on from the last ``final``
    one to a block on which nobody built by then: what is in them did not happen as long as they are not final, and
    any of them may become so."""

    final: tuple[Block, ...]
    branches: tuple[tuple[Block, ...], ...]

    @classmethod
    def until(cls, evidence: Evidence, chain: str, end: float) -> FinalChain:
        """As the whole journal shows it: a block that was finalized after that time is final all the same."""
        final = tuple(block for block in evidence.canonical(chain) if block.t <= end)
        return cls(final, tuple(_branches(evidence, chain, end)))

    def within(self, interval: Interval) -> FinalChain:
        """Those that were first seen in it, genesis left aside. One that was seen at the moment in which it begins was
        there before: a step that begins when a block came did nothing in that block."""
        inside = (_inside(branch, interval) for branch in self.branches)
        return FinalChain(_inside(self.final, interval), tuple(dict.fromkeys(one for one in inside if one)))

    def before(self, start: float) -> Block | None:
        """The last finalized block that was seen by then."""
        return next((block for block in reversed(self.final) if block.t <= start), None)

    @property
    def blocks(self) -> list[Block]:
        """All of them, each once."""
        return list({block.hash: block for part in (self.final, *self.branches) for block in part}.values())


def came_in(block: Block, interval: Interval) -> bool:
    """Whether a block, which is not genesis, was first seen in an interval, as :meth:`FinalChain.within` takes it."""
    return interval.start < block.t <= interval.end and block.height > 0


def _inside(blocks: Sequence[Block], interval: Interval) -> tuple[Block, ...]:
    return tuple(block for block in blocks if came_in(block, interval))


def _branches(evidence: Evidence, chain: str, end: float) -> Iterator[tuple[Block, ...]]:
    """Leaves of what descends from the highest finalized block, or from any where none is, with the way to each."""
    tip = evidence.tip(chain)
    height = -1 if tip is None else tip.height
    above = {block.hash: block for block in evidence.blocks[chain].values() if block.height > height and block.t <= end}
    built_on = {block.parent for block in above.values()}
    for leaf in above.values():
        if leaf.hash not in built_on:
            way = [leaf]
            while way[-1].parent in above:
                way.append(above[way[-1].parent])
            if tip is None or way[-1].parent == tip.hash:
                yield tuple(reversed(way))
