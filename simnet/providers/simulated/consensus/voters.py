"""Where each node stands in GRANDPA, and what its database has of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from simnet.network.session_keys import GRANDPA
from simnet.providers.simulated.clock import NEVER
from simnet.providers.simulated.consensus.ballots import AuthoritySet, RoundState, Subround, VoteCount
from simnet.providers.simulated.keyring import Keyring
from simnet.providers.simulated.ledger import ExecutedBlock


class Seen(NamedTuple):
    """A round at a time: of how many prevotes, precommits and blocks, how these votes count, and what follows."""

    of: tuple[int, int, int]
    counts: tuple[VoteCount, VoteCount]
    state: RoundState

    def stands(self, subround: int, now: tuple[int, int, int]) -> bool:
        """Whether votes of a subround, prevotes or precommits, still count so: none came, and none waited for a block
        that may have come."""
        return self.of[subround] == now[subround] and (self.counts[subround].complete or self.of[2] == now[2])


@dataclass(eq=False)
class Voter:
    """Where one node stands."""

    node: int
    set: AuthoritySet
    base: ExecutedBlock
    """The block that the set's first round begins from."""
    round: int = 1
    index: int | None = None
    """Its place in the set, None when it only follows."""
    keys: tuple[int, AuthoritySet] | None = None
    """As of which change of keystores, and of which set, that was looked up."""
    paused: bool = False
    """Whether it votes no more, since a block that it has announced a forced change."""
    prevote_due: int = NEVER
    precommit_due: int = NEVER
    prevoted: bool = False
    precommitted: bool = False
    seen: dict[int, Seen] = field(default_factory=dict)
    """What it made of a round when it last looked, by number."""
    commits: list[tuple[ExecutedBlock, AuthoritySet]] = field(default_factory=list)
    """Committed blocks that it does not have yet, and the sets that committed them."""
    committed: int = 0
    """Height of the highest commit that it saw or sent."""
    own: frozenset[tuple[int, int, Subround]] = frozenset()
    """Its own votes of late that its database has, by set, round and subround: it casts none of them again."""

    def take_place(self, keys: Keyring) -> None:
        """It votes with the first key of the set that it has, looked up anew in each round (sc-consensus-grandpa
        environment.rs, ``round_data``)."""
        if self.keys != (keys.changes, self.set):
            self.keys = keys.changes, self.set
            mine = keys.place(self.node, GRANDPA, self.set.places)
            self.index = None if mine is None else mine[0]


@dataclass(frozen=True)
class VotesTwice:
    """A voter's equivocation: two votes in one subround of a round."""

    key: bytes
    set: int
    round: int
    subround: Subround
    first: ExecutedBlock
    second: ExecutedBlock


@dataclass(frozen=True)
class VoterState:
    """What a node's database has of its voter."""

    set: AuthoritySet
    round: int
    own: frozenset[tuple[int, int, Subround]]
    base: ExecutedBlock
    paused: bool
