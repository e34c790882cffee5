"""What one node knows of one chain: which blocks it has, which it calls best and which final."""

from __future__ import annotations

from simnet.providers.simulated.ledger import ExecutedBlock


class View:
    """A node's database and fork choice. Blocks are imported after their parents."""

    def __init__(self, genesis: ExecutedBlock) -> None:
        self.best = genesis
        self.finalized = genesis
        self.imported: dict[ExecutedBlock, int] = {genesis: 0}
        """When each block was imported, in that order."""
        self.open = [genesis]
        """The finalized block and its descendants, in order of import."""
        self.reverted: dict[ExecutedBlock, None] = {}
        """Blocks that were given up for what they include; nothing is built on them or on what is built on them."""
        self.states_from = 0
        """Height of the first block after genesis whose state is here: that which warp sync began with."""
        self.silent: list[ExecutedBlock] = []
        """Blocks that came while the process was far behind, and of which its subsystems have not been told yet."""
        self.skipped: ExecutedBlock | None = None
        """The last of the blocks between genesis and the one that warp sync began with, as long as some of them are
        not here."""

    def __contains__(self, block: ExecutedBlock) -> bool:
        return block in self.imported

    def has_parent(self, block: ExecutedBlock) -> bool:
        """Whether a block could be imported here next."""
        return block.parent is not None and block.parent in self.imported

    def copy(self) -> View:
        """The database as it is now, which later imports leave alone."""
        twin = View(self.finalized)
        twin.best, twin.imported, twin.open = self.best, dict(self.imported), list(self.open)
        twin.reverted = dict(self.reverted)
        twin.skipped, twin.states_from = self.skipped, self.states_from
        return twin

    def warp(self, block: ExecutedBlock, now: int) -> None:
        """An empty database begins with a finalized block and its state; what is between genesis and it is skipped."""
        self.best = self.finalized = block
        self.states_from = block.number
        self.imported[block] = now
        self.open = [block]
        self.skipped = None if block.parent in self.imported else block.parent

    def fill(self, block: ExecutedBlock, now: int) -> None:
        """Takes in the next block of those that were skipped, which nobody is told of."""
        self.imported[block] = now
        if block is self.skipped:
            self.skipped = None

    def missing(self, block: ExecutedBlock) -> list[ExecutedBlock]:
        """The block and its ancestors that are not here, oldest first."""
        out = []
        here: ExecutedBlock | None = block
        while here is not None and here not in self.imported:
            out.append(here)
            here = here.parent
        return out[::-1]

    def add(self, block: ExecutedBlock, now: int) -> None:
        """Takes a block in without looking at the fork choice."""
        self.imported[block] = now
        if block.descends_from(self.finalized):
            self.open.append(block)

    def prefer(self, block: ExecutedBlock) -> bool:
        """Makes a block the best one if BABE's rule says so: it weighs more, or as much and is higher; else the first
        seen stays (sc-consensus-babe)."""
        if _rank(block) <= _rank(self.best):
            return False
        if not block.descends_from(self.finalized) or not self.viable(block):
            return False
        self.best = block
        return True

    def viable(self, block: ExecutedBlock) -> bool:
        """Whether neither the block nor an ancestor of it was given up."""
        return not any(block.descends_from(one) for one in self.reverted)

    def revert(self, block: ExecutedBlock) -> bool:
        """Gives up a block that is not final; whether the best block had to change."""
        if block in self.reverted or block.number <= self.finalized.number:
            return False
        self.reverted[block] = None
        return self._choose()

    def best_on(self, base: ExecutedBlock) -> ExecutedBlock | None:
        """The best block that descends from ``base``; None when ``base`` is not here."""
        if self.best.descends_from(base):
            return self.best
        return max((one for one in self.open if one.descends_from(base) and self.viable(one)), key=_rank, default=None)

    def finalize(self, block: ExecutedBlock) -> bool:
        """Moves the finalized block up; whether the best block had to change."""
        self.finalized = block
        self.open = [one for one in self.open if one.descends_from(block)]
        self.reverted = {one: None for one in self.reverted if one.number > block.number}
        return self._choose()

    def _choose(self) -> bool:
        """Takes another best block if the present one cannot be it any more."""
        if self.best.descends_from(self.finalized) and self.viable(self.best):
            return False
        self.best = max(filter(self.viable, self.open), key=_rank, default=self.finalized)
        return True


def _rank(block: ExecutedBlock) -> tuple[int, int]:
    return block.weight, block.number
