"""Votes of GRANDPA rounds: what each voter cast, and which node has seen which vote, as a matrix."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.view import View

Subround = Literal["prevote", "precommit"]
SUBROUNDS: tuple[Subround, Subround] = ("prevote", "precommit")


@dataclass(frozen=True)
class Vote:
    """A vote on its way: whose, and whether it is an equivocation's second one."""

    voter: int
    second: bool


@dataclass(eq=False)
class SecondVote:
    """An equivocation: a voter's second vote in a subround, for another block. ``seen``: by which nodes."""

    number: int
    seen: NDArray[np.bool_]


@dataclass(frozen=True)
class VoteCount:
    """Votes as one node has them: by target, and how many voters it knows to have equivocated. Their votes count for
    every block (finality-grandpa's round.rs)."""

    targets: dict[ExecutedBlock, int]
    equivocators: int = 0
    complete: bool = True
    """Whether the node has all blocks that were voted for; votes for others wait (UntilImported)."""

    @property
    def cast(self) -> int:
        """Voters that have voted."""
        return sum(self.targets.values()) + self.equivocators


@dataclass(frozen=True, slots=True)
class RoundState:
    """``ghost``: the highest block that a supermajority of prevotes descends from. ``finalized``: the same for
    precommits, at or below the ghost. ``estimate``: the highest block that may still be finalized. ``completable``:
    nothing above the estimate can be."""

    ghost: ExecutedBlock | None
    finalized: ExecutedBlock | None
    estimate: ExecutedBlock | None
    completable: bool


class Ballot:
    """One subround of a round: what each voter cast, and which node has seen which vote."""

    def __init__(self, nodes: int, voters: int) -> None:
        self.targets: dict[ExecutedBlock, int] = {}
        """Blocks that were voted for, with their numbers in the order in which they came up."""
        self.cast = np.full(voters, -1, dtype=np.int64)
        """The number of each voter's target; -1 before it votes."""
        self.seen = np.zeros((nodes, voters), dtype=np.bool_)
        self.count = np.zeros(nodes, dtype=np.int64)
        """Of how many voters each node has seen a vote."""
        self.seconds: dict[int, SecondVote] = {}

    def vote(self, voter: int, node: int, block: ExecutedBlock) -> Vote:
        """A node votes with a voter's key. The first vote stands; one for another block is an equivocation, and a third
        changes nothing."""
        number = self.targets.setdefault(block, len(self.targets))
        if self.cast[voter] < 0:
            self.cast[voter] = number
        if self.cast[voter] == number:
            vote = Vote(voter, second=False)
        else:
            self.seconds.setdefault(voter, SecondVote(number, np.zeros(len(self.count), dtype=np.bool_)))
            vote = Vote(voter, second=True)
        self.show(vote, np.array([node]))
        return vote

    def show(self, vote: Vote, nodes: NDArray[np.int64]) -> None:
        """Those nodes have the vote now."""
        if self.seconds and vote.voter in self.seconds:
            second = self.seconds[vote.voter].seen
            self.count[nodes[~self.seen[nodes, vote.voter] & ~second[nodes]]] += 1
            (second if vote.second else self.seen[:, vote.voter])[nodes] = True
        elif len(nodes) == 1:
            node = nodes.item()
            if not self.seen.item(node, vote.voter):
                self.count[node] += 1
                self.seen[node, vote.voter] = True
        else:
            self.count[nodes[~self.seen[nodes, vote.voter]]] += 1
            self.seen[nodes, vote.voter] = True

    def share(self, source: int, receiver: int) -> None:
        """The receiver has all that the source has."""
        self.seen[receiver] |= self.seen[source]
        for second in self.seconds.values():
            second.seen[receiver] |= second.seen[source]
        self._recount(receiver)

    def forget(self, node: int, own: int | None) -> None:
        """The node has nothing but its own vote."""
        self.seen[node] = False
        for second in self.seconds.values():
            second.seen[node] = False
        if own is not None and self.cast[own] >= 0:
            self.seen[node, own] = True
        self._recount(node)

    def counts(self, node: int, view: View) -> VoteCount:
        """Votes that a node has seen."""
        numbers: list[int] = np.bincount(self.cast[self.seen[node]], minlength=len(self.targets)).tolist()
        equivocators = 0
        for voter, second in self.seconds.items():
            if second.seen[node] and self.seen[node, voter]:
                numbers[int(self.cast[voter])] -= 1
                equivocators += 1
            elif second.seen[node]:
                numbers[second.number] += 1
        seen = {block: numbers[i] for block, i in self.targets.items() if numbers[i]}
        here = {block: number for block, number in seen.items() if block in view}
        return VoteCount(here, equivocators, len(here) == len(seen))

    def both(self, voter: int) -> tuple[ExecutedBlock, ExecutedBlock]:
        """The two blocks that a voter voted for."""
        blocks = list(self.targets)
        return blocks[self.cast[voter]], blocks[self.seconds[voter].number]

    def caught(self, voter: int) -> NDArray[np.int64]:
        """The nodes that have both votes of a voter."""
        return np.flatnonzero(self.seconds[voter].seen & self.seen[:, voter])

    def _recount(self, node: int) -> None:
        only = sum(bool(second.seen[node] and not self.seen[node, v]) for v, second in self.seconds.items())
        self.count[node] = self.seen[node].sum() + only


class Round:
    """The votes of one round."""

    def __init__(self, number: int, nodes: int, voters: int) -> None:
        self.number = number
        self.prevotes = Ballot(nodes, voters)
        self.precommits = Ballot(nodes, voters)
        self.states: dict[tuple[object, ...], RoundState] = {}
        """What the votes that some node has make of the round, by these votes: most nodes come to have the same."""

    def ballot(self, subround: Subround) -> Ballot:
        return self.prevotes if subround == "prevote" else self.precommits


@dataclass(eq=False)
class AuthoritySet:
    """Who votes: keys in their order, and the block that made them voters: with whose finality they are, or for a
    forced change that announced it."""

    id: int
    keys: tuple[bytes, ...]
    base: ExecutedBlock
    after: int = 0
    """Changes that are announced at this height or below it are none of this set any more."""
    line: ExecutedBlock | None = None
    """What announced the last forced change up to this set. Justifications of another line prove nothing to its
    voters."""
    rounds: dict[int, Round] = field(default_factory=dict)

    @cached_property
    def places(self) -> dict[bytes, int]:
        """Places of the keys: of one that is there twice the first."""
        return {key: place for place, key in reversed([*enumerate(self.keys)])}

    def round(self, number: int, nodes: int) -> Round:
        if number not in self.rounds:
            self.rounds[number] = Round(number, nodes, len(self.keys))
        return self.rounds[number]
