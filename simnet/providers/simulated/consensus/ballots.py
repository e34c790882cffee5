"""Votes of GRANDPA rounds: what each voter cast, and which node has seen which vote, as a matrix."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simnet.providers.simulated.ledger import Block
from simnet.providers.simulated.view import View

Stage = Literal["prevote", "precommit"]
STAGES: tuple[Stage, Stage] = ("prevote", "precommit")


class Ballot:
    """One stage of a round: what each voter cast, and which node has seen which vote."""

    def __init__(self, nodes: int, voters: int) -> None:
        self.targets: dict[Block, int] = {}
        """Blocks that were voted for, with their numbers in the order in which they came up."""
        self.cast = np.full(voters, -1, dtype=np.int64)
        """The number of each voter's target; -1 before it votes."""
        self.seen = np.zeros((nodes, voters), dtype=np.bool_)
        self.count = np.zeros(nodes, dtype=np.int64)
        """How many votes each node has seen."""

    def vote(self, voter: int, node: int, block: Block) -> None:
        self.cast[voter] = self.targets.setdefault(block, len(self.targets))
        self.show(voter, np.array([node]))

    def show(self, voter: int, nodes: NDArray[np.int64]) -> None:
        """Those nodes have the voter's vote now."""
        self.count[nodes[~self.seen[nodes, voter]]] += 1
        self.seen[nodes, voter] = True

    def tell(self, source: int, receiver: int) -> None:
        """The receiver has all that the source has."""
        self.seen[receiver] |= self.seen[source]
        self.count[receiver] = self.seen[receiver].sum()

    def forget(self, node: int, own: int | None) -> None:
        """The node has nothing but its own vote."""
        self.seen[node] = False
        if own is not None and self.cast[own] >= 0:
            self.seen[node, own] = True
        self.count[node] = self.seen[node].sum()

    def counts(self, node: int, view: View) -> dict[Block, int]:
        """Votes that a node has seen, by target; those for blocks that it does not have wait (UntilImported)."""
        numbers = np.bincount(self.cast[self.seen[node]], minlength=len(self.targets))
        return {block: int(numbers[i]) for block, i in self.targets.items() if numbers[i] and block in view}


class Round:
    """The votes of one round."""

    def __init__(self, number: int, nodes: int, voters: int) -> None:
        self.number = number
        self.prevotes = Ballot(nodes, voters)
        self.precommits = Ballot(nodes, voters)

    def ballot(self, stage: Stage) -> Ballot:
        return self.prevotes if stage == "prevote" else self.precommits


@dataclass(eq=False)
class AuthoritySet:
    """Who votes: keys in their order, and the block that made them voters."""

    id: int
    keys: tuple[bytes, ...]
    base: Block
    rounds: dict[int, Round] = field(default_factory=dict)

    def round(self, number: int, nodes: int) -> Round:
        if number not in self.rounds:
            self.rounds[number] = Round(number, nodes, len(self.keys))
        return self.rounds[number]
