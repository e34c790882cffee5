from __future__ import annotations

import pytest

from simnet.providers.simulated.clock import SECOND
from simnet.providers.simulated.consensus.set_changes import SetChange, announced
from tests.providers.simulated.blocks import grow
from tests.providers.simulated.consensus.grandpa_lab import Lab


def test_finality_follows_the_best_block_at_two_or_three_blocks() -> None:
    lab = Lab(4)
    lab.slots(20)
    best = lab.views[0].best.number
    assert best == 20
    assert set(lab.heights()) <= {17, 18, 19}


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_smallest_sets_finalize_too(count: int) -> None:
    lab = Lab(count)
    lab.slots(10)
    assert min(lab.heights()) >= 7


def test_followers_finalize_without_a_vote() -> None:
    lab = Lab(6, followers=2)
    lab.slots(10)
    assert min(lab.heights()) >= 7
    assert all(other.index is None for other in lab.grandpa.voters[4:])


@pytest.mark.parametrize(("count", "down", "goes_on"), [(4, 1, True), (4, 2, False), (7, 2, True), (7, 3, False)])
def test_finality_needs_n_minus_f_voters(count: int, down: int, *, goes_on: bool) -> None:
    lab = Lab(count)
    lab.slots(10)
    before = lab.heights()[0]
    lab.down |= set(range(count - down, count))
    lab.slots(10)
    grown = lab.heights()[0] - before
    assert grown >= 9 if goes_on else grown <= 2


def test_halves_of_a_partition_finalize_nothing_and_one_chain_once_they_meet() -> None:
    lab = Lab(4)
    lab.slots(10)
    lab.groups = [[0, 1], [2, 3]]
    lab.slots(2)
    stalled = lab.heights()
    lab.slots(8)
    assert lab.heights() == stalled
    lab.give([0, 1], *grow(lab.views[0].best, 1, "heavier", weight=1))
    lab.meet()
    lab.slots(6)
    assert min(lab.heights()) >= 17
    assert len({view.finalized for view in lab.views}) == 1


def test_a_voter_that_was_away_for_rounds_catches_up_and_is_needed() -> None:
    lab = Lab(4)
    lab.slots(6)
    lab.down.add(3)
    lab.slots(10)
    away = lab.grandpa.voters[3].round
    assert lab.grandpa.voters[0].round >= away + 2
    lab.down.discard(3)
    lab.grandpa.started(3)
    lab.meet()
    lab.down.add(0)
    lab.slots(8)
    assert lab.grandpa.voters[3].round == lab.grandpa.voters[1].round
    assert lab.heights()[3] >= 20


def test_a_change_of_the_set_is_finalized_by_the_old_one_and_starts_rounds_anew() -> None:
    lab = Lab(4)
    lab.slots(5)
    (block,) = grow(lab.views[0].best, 1, "change")
    block.facts[announced] = SetChange(block, tuple(b"key %d" % node for node in range(1, 4)), delay=0)
    lab.give(range(4), block)
    lab.wait(6 * SECOND)
    lab.slots(8)
    assert [voter.set.id for voter in lab.grandpa.voters] == [1] * 4
    assert lab.grandpa.voters[0].index is None
    assert len(lab.grandpa.voters[0].set.keys) == 3
    assert min(lab.heights()) >= 10
    finalized = [height for _, node, height in lab.finality if node == 1]
    assert block.number in finalized, "no vote jumps over the change"


def test_nothing_is_finalized_twice_or_downwards() -> None:
    lab = Lab(5)
    lab.slots(12)
    for node in range(5):
        heights = [height for _, who, height in lab.finality if who == node]
        assert heights == sorted(set(heights))


def test_a_restarted_voter_does_not_vote_twice_in_its_round() -> None:
    lab = Lab(4)
    lab.slots(5)
    lab.wait(5 * SECOND)
    voter = lab.grandpa.voters[2]
    votes = voter.set.rounds[voter.round]
    cast = (votes.prevotes.cast[2], votes.precommits.cast[2])
    lab.down.add(2)
    lab.wait(SECOND // 2)
    lab.down.discard(2)
    lab.grandpa.started(2)
    assert (votes.prevotes.cast[2], votes.precommits.cast[2]) == cast
    assert cast[0] >= 0
    assert voter.prevoted


def test_many_nodes_reach_the_same_finality() -> None:
    lab = Lab(60)
    lab.slots(6)
    assert min(lab.heights()) >= 3
