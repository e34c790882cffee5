"""What one node knows of one chain: which blocks it has, which it calls best and which final."""

from __future__ import annotations

from simnet.providers.simulated.ledger import Block


class View:
    """A node's database and fork choice. Blocks are imported after their parents."""

    def __init__(self, genesis: Block) -> None:
        self.best = genesis
        self.finalized = genesis
        self.imported: dict[Block, int] = {genesis: 0}
        """When each block was imported, in that order."""
        self.open = [genesis]
        """The finalized block and its descendants, in order of import."""

    def __contains__(self, block: Block) -> bool:
        return block in self.imported

    def copy(self) -> View:
        """The database as it is now, which later imports leave alone."""
        twin = View(self.finalized)
        twin.best, twin.imported, twin.open = self.best, dict(self.imported), list(self.open)
        return twin

    def missing(self, block: Block) -> list[Block]:
        """The block and its ancestors that are not here, oldest first."""
        out = []
        here: Block | None = block
        while here is not None and here not in self.imported:
            out.append(here)
            here = here.parent
        return out[::-1]

    def add(self, block: Block, now: int) -> None:
        """Takes a block in without looking at the fork choice."""
        self.imported[block] = now
        if block.descends_from(self.finalized):
            self.open.append(block)

    def prefer(self, block: Block) -> bool:
        """Makes a block the best one if BABE's rule says so: it weighs more, or as much and is higher; else the first
        seen stays (sc-consensus-babe)."""
        if (block.weight, block.number) <= (self.best.weight, self.best.number):
            return False
        if not block.descends_from(self.finalized):
            return False
        self.best = block
        return True

    def best_on(self, base: Block) -> Block | None:
        """The best block that descends from ``base``; None when ``base`` is not here."""
        if self.best.descends_from(base):
            return self.best
        found = [block for block in self.open if block.descends_from(base)]
        return max(found, key=lambda block: (block.weight, block.number), default=None)

    def finalize(self, block: Block) -> bool:
        """Moves the finalized block up; whether the best block had to change."""
        self.finalized = block
        self.open = [one for one in self.open if one.descends_from(block)]
        if self.best.descends_from(block):
            return False
        self.best = max(self.open, key=lambda one: (one.weight, one.number))
        return True
