"""Votes in disputes on their way: what a validator sends at a time, and when another one takes in what comes.

Follows polkadot-dispute-distribution 36. Senders space the disputes that they send votes for, and receivers take one
message of each sender at a time, check its signatures, and hold back what follows the first votes on a candidate.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simnet.providers.simulated.arrivals import together
from simnet.providers.simulated.clock import MILLISECOND, SECOND
from simnet.providers.simulated.consensus.dispute_votes import DisputedCandidate, Statement
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.times import SIGNATURE
from simnet.providers.simulated.transport import Transport

RECEIVE_EVERY = 100 * MILLISECOND
"""After a message came that nothing waits before, and then between two rows of one message of each sender
(RECEIVE_RATE_LIMIT)."""

SEND_EVERY = RECEIVE_EVERY + 50 * MILLISECOND
"""Between the votes of one sender on two candidates (SEND_RATE_LIMIT)."""

COLLECTED_FOR = 500 * MILLISECOND
"""After the first votes on a candidate were taken in, for which others are collected (BATCH_COLLECTING_INTERVAL)."""

GOES_ON_WITH = 10
"""New votes in that time with which collecting goes on (MIN_KEEP_BATCH_ALIVE_VOTES)."""

COLLECTED_AT_MOST = 10 * SECOND
"""MAX_BATCH_LIFETIME."""

_SIZE = 600
_HOP = 2 * MILLISECOND

DisputeMessage = tuple[DisputedCandidate, Sequence[Statement]]
"""Votes on a candidate, one of each side."""


@dataclass(eq=False, slots=True)
class _Batch:
    """Votes on one candidate that are collected."""

    until: int
    votes: dict[tuple[int, bool], Statement] = field(default_factory=dict)
    fresh: int = 0


@dataclass(eq=False, slots=True)
class _Receiver:
    """What came to one process and is not taken in yet."""

    queues: dict[int, deque[DisputeMessage]] = field(default_factory=dict)
    """By sender."""
    waits: bool = False
    """Whether it is set to take the next row."""
    batches: dict[bytes, _Batch] = field(default_factory=dict)


@dataclass(eq=False)
class DisputeDistribution:
    """The dispute distribution of all nodes. ``take`` has a node import votes on a candidate."""

    processes: Processes
    transport: Transport
    take: Callable[[int, DisputedCandidate, Sequence[Statement]], None]
    _receivers: dict[int, _Receiver] = field(init=False, default_factory=lambda: defaultdict(_Receiver))
    _next: dict[int, int] = field(init=False, default_factory=dict)
    """When each process may send the next vote."""

    def started(self, node: int) -> None:
        """A process started: it has nothing of what came to the one before."""
        self._receivers.pop(node, None)
        self._next.pop(node, None)

    def send(self, node: int, dispute: DisputedCandidate, message: Sequence[Statement]) -> None:
        """Sends a vote, after those that wait before it."""
        now = self.processes.clock.now
        t = max(now, self._next.get(node, now))
        self._next[node] = t + SEND_EVERY
        if t == now:
            self._spread(node, (dispute, message))
        else:
            self.processes.when(node, t, lambda: self._spread(node, (dispute, message)))

    def _spread(self, source: int, message: DisputeMessage) -> None:
        for t, receivers in together(self.transport.spread(source, _SIZE, _HOP), besides=source):
            self.processes.receive(receivers, t, lambda nodes: self._came(source, nodes, message))

    def _came(self, source: int, nodes: NDArray[np.int64], message: DisputeMessage) -> None:
        for node in nodes.tolist():
            here = self._receivers[node]
            here.queues.setdefault(source, deque()).append(message)
            if not here.waits:
                here.waits = True
                self._row_at(node, here, self.processes.clock.now + RECEIVE_EVERY)

    def _row_at(self, node: int, here: _Receiver, t: int) -> None:
        self.processes.when(node, t, lambda: self._row(node, here))

    def _row(self, node: int, here: _Receiver) -> None:
        """Takes a message of each sender, and checks both signatures of each."""
        now = self.processes.clock.now
        row = [queue.popleft() for queue in here.queues.values()]
        here.queues = {source: queue for source, queue in here.queues.items() if queue}

        def checked() -> None:
            here.waits = bool(here.queues)
            if here.waits:
                self._row_at(node, here, max(self.processes.clock.now, now + RECEIVE_EVERY))
            for dispute, votes in row:
                self._take(node, here, dispute, votes)

        self.processes.work(node, now, sum(len(votes) for _, votes in row) * SIGNATURE, checked)

    def _take(self, node: int, here: _Receiver, dispute: DisputedCandidate, votes: Sequence[Statement]) -> None:
        """The first votes on a candidate are taken in at once, what follows is collected."""
        now, hash_ = self.processes.clock.now, dispute.candidate.hash
        batch = here.batches.get(hash_)
        if batch is None:
            here.batches[hash_] = batch = _Batch(now + COLLECTED_AT_MOST)
            self._look_at(node, here, dispute, batch)
            self.take(node, dispute, votes)
            return
        for vote in votes:
            key = vote.validator, vote.valid
            batch.fresh += key not in batch.votes
            batch.votes.setdefault(key, vote)

    def _look_at(self, node: int, here: _Receiver, dispute: DisputedCandidate, batch: _Batch) -> None:
        t = min(self.processes.clock.now + COLLECTED_FOR, batch.until)
        self.processes.when(node, t, lambda: self._look(node, here, dispute, batch))

    def _look(self, node: int, here: _Receiver, dispute: DisputedCandidate, batch: _Batch) -> None:
        """Collecting goes on while much comes; else what was collected is taken in."""
        if batch.fresh >= GOES_ON_WITH and self.processes.clock.now < batch.until:
            batch.fresh = 0
            self._look_at(node, here, dispute, batch)
            return
        del here.batches[dispute.candidate.hash]
        if batch.votes:
            self.take(node, dispute, list(batch.votes.values()))
