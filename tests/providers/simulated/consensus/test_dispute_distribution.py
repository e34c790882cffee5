"""Votes in disputes are spaced by who sends them, and collected by who gets them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from simnet.providers.simulated.clock import MILLISECOND, NEVER, Clock
from simnet.providers.simulated.consensus.dispute_distribution import DisputeDistribution
from simnet.providers.simulated.consensus.dispute_votes import Statement

COUNT = 40


class Lab:
    """Forty nodes without links between them, whose cores are quick; times are milliseconds."""

    def __init__(self, *, checking: float = 0.0) -> None:
        self.clock = Clock()
        self.taken: list[tuple[float, int, str, int]] = []
        """When a node took in votes on a candidate, and how many."""
        self.checking = checking
        parts: Any = self
        self.distribution = DisputeDistribution(parts, parts, self._take)

    def _take(self, node: int, dispute: Any, votes: Sequence[Statement]) -> None:
        self.taken.append((self.clock.now / MILLISECOND, node, dispute.name, len(votes)))

    # -- what distribution asks of the network ------------------------------------------------------------------------

    def spread(self, source: int, size: int, hop: int) -> NDArray[np.int64]:
        return np.full(COUNT, self.clock.now, dtype=np.int64)

    def when(self, node: int, t: int, act: Callable[[], None]) -> None:
        self.clock.at(t, act)

    def work(self, node: int, begin: int, takes: int, act: Callable[[], None]) -> None:
        self.clock.at(begin + int(self.checking * MILLISECOND), act)

    def receive(self, receivers: NDArray[np.int64], t: int, act: Callable[[NDArray[np.int64]], None]) -> None:
        self.clock.at(t, lambda: act(receivers))

    # -- what a test does ---------------------------------------------------------------------------------------------

    def send(self, node: int, name: str, validator: int | None = None) -> None:
        who = node if validator is None else validator
        votes = (Statement(who, False, b"", b""), Statement(COUNT, True, b"", b""))
        dispute: Any = self.disputed(name)
        self.distribution.send(node, dispute, votes)

    def disputed(self, name: str) -> Any:
        return SimpleNamespace(name=name, candidate=SimpleNamespace(hash=name.encode()))

    def later(self, milliseconds: float, act: Callable[[], None]) -> None:
        self.clock.at(int(milliseconds * MILLISECOND), act)

    def run(self) -> None:
        while self.clock.next() < NEVER:
            self.clock.advance(NEVER)

    def at(self, node: int) -> list[tuple[float, str, int]]:
        """What one node took in."""
        return [(t, name, count) for t, who, name, count in self.taken if who == node]


def test_a_vote_is_taken_in_a_tenth_of_a_second_after_it_came() -> None:
    lab = Lab()
    lab.send(1, "one")
    lab.run()
    assert lab.at(0) == [(100, "one", 2)]
    assert lab.at(1) == [], "nobody sends to itself"


def test_votes_of_one_sender_on_many_candidates_are_spaced() -> None:
    lab = Lab()
    for number in range(4):
        lab.send(1, str(number))
    lab.run()
    assert [t for t, _, _ in lab.at(0)] == [100, 250, 400, 550]


def test_who_has_not_sent_for_a_while_sends_at_once() -> None:
    lab = Lab()
    lab.send(1, "one")
    lab.later(1000, lambda: lab.send(1, "two"))
    lab.run()
    assert [t for t, _, _ in lab.at(0)] == [100, 1100]


def test_what_follows_the_first_votes_on_a_candidate_is_taken_in_together() -> None:
    lab = Lab()
    lab.send(1, "one")
    for sender in (2, 3, 4):
        lab.later(50 + 10 * sender, lambda sender=sender: lab.send(sender, "one"))  # type: ignore[misc]
    lab.run()
    assert lab.at(0) == [(100, "one", 2), (600, "one", 4)], "the vote of the other side is in each message"


def test_collecting_goes_on_while_ten_votes_come_in_half_a_second() -> None:
    lab = Lab()
    lab.send(1, "one")
    for sender in range(2, 12):
        lab.later(150, lambda sender=sender: lab.send(sender, "one"))  # type: ignore[misc]
    lab.later(900, lambda: lab.send(30, "one"))
    lab.run()
    assert lab.at(0) == [(100, "one", 2), (1100, "one", 12)]


def test_collecting_ends_after_ten_seconds_whatever_comes() -> None:
    lab = Lab()
    lab.send(1, "one", 1000)
    for number in range(400):
        lab.later(110 + 30 * number, lambda n=number: lab.send(2 + n % 30, "one", n))  # type: ignore[misc]
    lab.run()
    assert [t for t, _, _ in lab.at(0)][1] == pytest.approx(10_100)


def test_a_row_has_one_message_of_each_sender() -> None:
    lab = Lab()
    for sender in (1, 2):
        for name in ("one", "two"):
            lab.distribution._spread(sender, (lab.disputed(f"{name} of {sender}"), ()))
    lab.run()
    first = {name for t, name, _ in lab.at(0) if t == 100}
    second = {name for t, name, _ in lab.at(0) if t == 200}
    assert first == {"one of 1", "one of 2"}
    assert second == {"two of 1", "two of 2"}


def test_the_next_row_waits_until_the_signatures_of_the_last_are_checked() -> None:
    lab = Lab(checking=300)
    for name in ("one", "two"):
        lab.distribution._spread(1, (lab.disputed(name), ()))
    lab.run()
    assert [t for t, _, _ in lab.at(0)] == [400, 700]


def test_a_process_that_starts_has_nothing_of_the_one_before() -> None:
    lab = Lab()
    lab.send(1, "one")
    lab.distribution.started(1)
    lab.send(1, "two")
    lab.run()
    assert [t for t, name, _ in lab.at(0) if name == "two"] == [200]
