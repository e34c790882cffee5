"""A chain's blocks as checks of its contents judge them: the finalized ones, and those that may yet become so."""

from __future__ import annotations

from dataclasses import dataclass

from simnet.checks._check import Interval
from simnet.journal import Block, Evidence


@dataclass(frozen=True)
class FinalChain:
    """Blocks that were first seen until a time, oldest first. ``beyond`` lead on from the last ``final`` one to the
    highest that a node called its best: what is in them did not happen as long as they are not final."""

    final: tuple[Block, ...]
    beyond: tuple[Block, ...]

    @classmethod
    def until(cls, evidence: Evidence, chain: str, end: float) -> FinalChain:
        """As the whole journal shows it: a block that was finalized after that time is final all the same."""
        final = tuple(block for block in evidence.canonical(chain) if block.t <= end)
        tip = evidence.tip(chain)
        heads = [heads[-1] for node in evidence.nodes(chain) if (heads := evidence.best[node])]
        for head in sorted(heads, key=lambda one: one.height, reverse=True):
            beyond: list[Block] = []
            for block in evidence.ancestors(chain, head.hash):
                if tip is None or block.hash == tip.hash:
                    return cls(final, tuple(one for one in reversed(beyond) if one.t <= end))
                if block.height <= tip.height:
                    break
                beyond.append(block)
        return cls(final, ())

    def within(self, interval: Interval) -> FinalChain:
        """Those that were first seen in it, genesis left aside."""

        def inside(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
            return tuple(block for block in blocks if interval.holds(block.t) and block.height > 0)

        return FinalChain(inside(self.final), inside(self.beyond))

    def before(self, start: float) -> Block | None:
        """The last finalized block that was seen by then."""
        return next((block for block in reversed(self.final) if block.t <= start), None)
