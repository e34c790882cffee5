"""What one node's dispute coordinator keeps: its database of votes and disputes, and what its process has in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from simnet.journal.records import DisputeState
from simnet.providers.simulated.clock import SECOND
from simnet.providers.simulated.consensus.dispute_votes import Losers, Votes

DISPUTE_WINDOW = 6
"""Sessions whose disputes are kept, the running one included (polkadot-node-primitives)."""

ACTIVE_FOR = 180 * SECOND
"""After its conclusion a dispute is active for so long (polkadot-node-primitives ACTIVE_DURATION_SECS)."""

MOST_SPAM = 50
"""Unconfirmed disputes on unknown candidates that each validator may raise in a session (MAX_SPAM_VOTES)."""

PARALLEL = 3
"""Candidates that a node checks for disputes at a time (MAX_PARALLEL_PARTICIPATIONS)."""

MOST_PRIORITY, MOST_BEST_EFFORT = 20_000, 100
"""Candidates that may wait for that, of those that are included, and of the others (participation/queues)."""


@dataclass(frozen=True)
class Recent:
    """A dispute as the database has it: its state, and when it was concluded."""

    state: DisputeState
    concluded: int | None = None

    def active(self, now: int) -> bool:
        return self.concluded is None or now < self.concluded + ACTIVE_FOR


@dataclass(eq=False)
class Store:
    """A node's database of disputes. Candidates by hash."""

    votes: dict[bytes, Votes] = field(default_factory=dict)
    recent: dict[bytes, Recent] = field(default_factory=dict)
    """Disputes; what is no dispute yet, or none any more, has votes only."""
    session: int = 0
    """The highest that the node has seen."""

    def copy(self) -> Store:
        return Store({hash_: votes.copy() for hash_, votes in self.votes.items()}, dict(self.recent), self.session)

    @property
    def earliest(self) -> int:
        """The earliest session whose disputes count."""
        return max(0, self.session - (DISPUTE_WINDOW - 1))


@dataclass(eq=False)
class Memory:
    """What a process knows beside its database, and begins without."""

    losers: dict[int, Losers] = field(default_factory=lambda: defaultdict(Losers))
    """By session."""
    spam: dict[bytes, dict[int, None]] = field(default_factory=dict)
    """By unconfirmed candidate that is in no block: validators whose slot it takes."""
    checking: dict[bytes, None] = field(default_factory=dict)
    """Candidates that it is checking for disputes."""
    priority: dict[bytes, None] = field(default_factory=dict)
    best_effort: dict[bytes, None] = field(default_factory=dict)

    def takes_slot(self, candidate: bytes, validator: int, session_of: Callable[[bytes], int]) -> bool:
        """Counts an unconfirmed dispute that a validator raises; False when it raised too many already."""
        session = session_of(candidate)
        used = sum(validator in voters for other, voters in self.spam.items() if session_of(other) == session)
        if used >= MOST_SPAM:
            return False
        self.spam.setdefault(candidate, {})[validator] = None
        return True

    def queue(self, candidate: bytes, *, included: bool) -> None:
        """Has a candidate wait for its turn to be checked, unless too many do."""
        if included:
            self.best_effort.pop(candidate, None)
            if candidate in self.priority or len(self.priority) < MOST_PRIORITY:
                self.priority[candidate] = None
        elif candidate not in self.priority and (
            candidate in self.best_effort or len(self.best_effort) < MOST_BEST_EFFORT
        ):
            self.best_effort[candidate] = None

    def next(self, order: Callable[[bytes], tuple[int, bytes]]) -> bytes | None:
        """Takes the next candidate to check: those in blocks come first, of each kind that of the oldest relay parent
        (CandidateComparator)."""
        for waiting in (self.priority, self.best_effort):
            if waiting:
                first = min(waiting, key=order)
                del waiting[first]
                return first
        return None
