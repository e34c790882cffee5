"""Where each node stands in GRANDPA, and what its database has of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from simnet.chain.consensus_logs import GRANDPA, consensus_logs
from simnet.providers.simulated.clock import NEVER
from simnet.providers.simulated.consensus.ballots import AuthoritySet, RoundState, Subround, VoteCount
from simnet.providers.simulated.ledger import ExecutedBlock, Fact
from simnet.providers.simulated.relay_state import keys_of


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
    """Where one node stands. ``index`` is its place in the set, None when it only follows."""

    node: int
    key: bytes | None
    set: AuthoritySet
    round: int
    index: int | None
    prevote_due: int = NEVER
    precommit_due: int = NEVER
    prevoted: bool = False
    precommitted: bool = False
    seen: dict[int, Seen] = field(default_factory=dict)
    """What it made of a round when it last looked, by number."""
    commits: list[ExecutedBlock] = field(default_factory=list)
    """Committed blocks that it does not have yet."""
    committed: int = 0
    """Height of the highest commit that it saw or sent."""
    own: frozenset[tuple[int, int, Subround]] = frozenset()
    """Its own votes of late that its database has, by set, round and subround: it casts none of them again."""


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


@Fact
def scheduled_change(block: ExecutedBlock) -> tuple[bytes, ...] | None:
    """The authorities that a block makes voters once it is final: a ScheduledChange of delay 0 in its digest
    (sp-consensus-grandpa ConsensusLog)."""
    logs = consensus_logs(block.decoded().logs, GRANDPA)
    changes = [change for name, change in logs if name == "ScheduledChange"]
    return keys_of(changes[-1]["next_authorities"]) if changes else None


def voter_index(key: bytes | None, authorities: AuthoritySet) -> int | None:
    return authorities.keys.index(key) if key in authorities.keys else None
