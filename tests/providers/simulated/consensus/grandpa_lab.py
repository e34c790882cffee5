"""GRANDPA among nodes whose blocks and links are made by hand."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simnet.network.session_keys import GRANDPA
from simnet.providers.simulated.clock import MILLISECOND, NEVER, SECOND, Clock
from simnet.providers.simulated.consensus.grandpa import Grandpa
from simnet.providers.simulated.consensus.voters import VotesTwice
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.view import View
from tests.providers.simulated.blocks import genesis, grow

SLOT = 6 * SECOND


class Lab:
    """``count`` nodes, all voters unless ``followers`` of them; a block every slot, which each group has at once."""

    def __init__(self, count: int, followers: int = 0, delay: int = 20 * MILLISECOND) -> None:
        self.clock = Clock()
        self.first = genesis()
        self.views = [View(self.first) for _ in range(count)]
        self.groups: list[list[int]] = [list(range(count))]
        self.down: set[int] = set()
        self.delay = delay
        self.finality: list[tuple[float, int, int]] = []
        self.liars: set[int] = set()
        self.held: int | None = None
        self.twice: list[tuple[int, VotesTwice]] = []
        voters = [b"key %d" % node for node in range(count - followers)]
        self.keys: list[bytes | None] = [*voters, *[None] * followers]
        self.nodes = range(count)
        self.changes = 0
        parts: Any = self
        self.grandpa = Grandpa(parts, parts, parts, parts, parts, self.finalized, self.first, voters, parts, Random(1))
        for node in range(count):
            self.grandpa.started(node)

    def view(self, node: int) -> View:
        return self.views[node]

    def place(self, node: int, kind: str, places: Mapping[bytes, int]) -> tuple[int, bytes] | None:
        """A node's place among the keys of a set."""
        assert kind == GRANDPA
        key = self.keys[node]
        return (places[key], key) if key in places else None

    def runs(self, node: int) -> bool:
        return node not in self.down

    def spread(self, source: int, size: int, hop: int) -> NDArray[np.int64]:
        out = np.full(len(self.views), NEVER, dtype=np.int64)
        for group in self.groups:
            if source in group:
                out[group] = self.clock.now + self.delay
        out[source] = self.clock.now
        return out

    def receive(self, receivers: NDArray[np.int64], t: int, act: Callable[[NDArray[np.int64]], None]) -> None:
        def due() -> None:
            here = np.array([node for node in receivers if node not in self.down])
            if len(here):
                act(here)

        self.clock.at(t, due)

    def finalized(self, node: int, block: ExecutedBlock) -> None:
        self.views[node].finalize(block)
        self.finality.append((self.clock.now / SECOND, node, block.number))

    def votable(self, node: int, best: ExecutedBlock, base: ExecutedBlock) -> ExecutedBlock:
        """All is approved up to ``held``, if that is given."""
        return (
            best
            if self.held is None or best.number <= self.held
            else best.ancestor(max(base.number, self.held)) or base
        )

    def commits(self, node: int, act: str, about: Hashable = None) -> bool:
        return act == "equivocate_votes" and node in self.liars

    def votes(self, node: int, votes: VotesTwice) -> None:
        self.twice.append((node, votes))

    # -- what a test does -----------------------------------------------------------------------------------------

    def give(self, nodes: Sequence[int], *blocks: ExecutedBlock) -> None:
        """Nodes import blocks, with the ancestors that they lack."""
        for node in nodes:
            for block in blocks:
                for one in self.views[node].missing(block):
                    if self.grandpa.refused(node, one) is not None:
                        break
                    self.views[node].add(one, self.clock.now)
                    self.views[node].prefer(one)
                    self.grandpa.stored(node, one)

    def slots(self, count: int, tick: Callable[[int], None] | None = None) -> None:
        """Lets slots pass, in each of which every group grows by a block on the best that its first node has."""
        for slot in range(count):
            for number, group in enumerate(self.groups):
                here = [node for node in group if node not in self.down]
                if here:
                    parent = self.views[here[0]].best
                    (block,) = grow(parent, 1, f"{number}-{self.clock.now}-")
                    if tick is not None:
                        tick(slot)
                    self.give(here, block)
            self.wait(SLOT)

    def wait(self, span: int) -> None:
        end = self.clock.now + span
        while self.clock.now < end:
            self.clock.advance(end)

    def heights(self) -> list[int]:
        return [view.finalized.number for view in self.views]

    def meet(self) -> None:
        """Everybody reaches everybody again and learns what the others have."""
        everybody = list(range(len(self.views)))
        self.groups = [everybody]
        for one in everybody:
            for two in everybody:
                if one != two and not {one, two} & self.down:
                    self.give([two], self.views[one].best)
        for one in everybody:
            for two in everybody:
                if one != two and not {one, two} & self.down:
                    self.grandpa.exchange(one, two)
