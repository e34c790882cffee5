from __future__ import annotations

import pytest

from simnet.providers.simulated.clock import SECOND
from simnet.providers.simulated.consensus.set_changes import SetChange, announced
from simnet.providers.simulated.ledger import ExecutedBlock
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


# -- forced changes ---------------------------------------------------------------------------------------------------


def stalled(count: int = 5) -> Lab:
    """Two of four are gone: nothing is finalized any more."""
    lab = Lab(4)
    lab.slots(5)
    lab.down |= {2, 3}
    lab.slots(count)
    return lab


def force(lab: Lab, *, keys: int = 2, delay: int = 2, median: int = 4) -> ExecutedBlock:
    """A block that forces the first so many voters to be the set."""
    (block,) = grow(lab.views[0].best, 1, "forced")
    block.facts[announced] = SetChange(block, tuple(b"key %d" % node for node in range(keys)), delay, median)
    return block


def test_a_forced_change_brings_finality_back_without_those_who_are_gone() -> None:
    lab = stalled()
    before = lab.heights()[0]
    block = force(lab)
    lab.give([0, 1], block)
    lab.slots(8)
    assert [voter.set.id for voter in lab.grandpa.voters] == [1, 1, 0, 0]
    assert min(lab.heights()[:2]) > block.number > before


def test_one_that_begins_below_what_is_final_brings_nothing_back() -> None:
    """Seen on real nodes of release 1.25.1: they vote for the block that they were to begin from, and no other."""
    lab = stalled()
    before = lab.heights()[0]
    lab.give([0, 1], force(lab, median=before - 1))
    lab.slots(10)
    assert lab.grandpa.voters[0].set.id == 1
    assert lab.grandpa.voters[0].round > 2
    assert lab.heights()[:2] == [before, before]


def test_nobody_votes_between_its_announcement_and_its_taking_hold() -> None:
    lab = Lab(4)
    lab.slots(5)
    block = force(lab, keys=4, delay=4)
    lab.give(range(4), block)
    assert all(voter.paused for voter in lab.grandpa.voters)
    lab.wait(SECOND)
    before = lab.heights()
    lab.slots(3)
    assert lab.heights() == before
    lab.slots(6)
    assert min(lab.heights()) > block.number + 4


def test_a_voter_that_stopped_for_a_change_still_waits_for_it_after_a_restart() -> None:
    lab = stalled()
    lab.give([0, 1], force(lab, delay=4))
    for node in (0, 1):
        lab.grandpa.started(node)
    assert lab.grandpa.voters[0].paused
    lab.slots(8)
    assert lab.grandpa.voters[0].set.id == 1


def test_new_authorities_begin_where_most_were_or_lower_where_a_node_is_behind() -> None:
    lab = stalled()
    final = lab.views[0].finalized
    lab.give([0, 1], force(lab, delay=0, median=2))
    assert lab.grandpa.voters[0].base.number == 2
    other = stalled()
    other.give([0, 1], force(other, delay=0, median=50))
    assert other.grandpa.voters[0].base.number == final.number


def test_who_comes_back_late_follows_the_forced_set_once_it_has_the_block() -> None:
    lab = stalled()
    lab.give([0, 1], force(lab))
    lab.slots(8)
    lab.down.clear()
    for node in (2, 3):
        lab.grandpa.started(node)
    lab.grandpa.exchange(0, 2)
    assert lab.heights()[2] < lab.heights()[0], "the justification is of a set that it does not know"
    lab.meet()
    lab.slots(4)
    assert {voter.set.id for voter in lab.grandpa.voters} == {1}
    assert lab.grandpa.voters[2].index is None
    assert min(lab.heights()) >= lab.views[0].best.number - 3


def test_justifications_of_the_old_set_prove_nothing_to_the_forced_one() -> None:
    lab = stalled()
    lab.give([0, 1], force(lab, delay=0))
    voter = lab.grandpa.voters[0]
    before, old = lab.heights()[0], lab.grandpa.voters[3].set
    lab.grandpa._accept_commit(voter, lab.views[0].best, old)
    assert lab.heights()[0] == before


def test_a_block_with_which_a_change_would_take_hold_is_refused_while_an_earlier_one_is_not_final() -> None:
    lab = stalled()
    (standard,) = grow(lab.views[0].best, 1, "standard")
    standard.facts[announced] = SetChange(standard, (b"key 0", b"key 1"), 0)
    lab.give([0, 1], standard)
    block = force(lab, delay=2, median=standard.number)
    lab.give([0, 1], block)
    lab.slots(4)
    assert lab.views[0].best.number == block.number + 1, "nobody goes beyond"
    (last,) = grow(lab.views[0].best, 1, "refused")
    assert lab.grandpa.refused(0, last) == (
        f"the change of authorities forced at {block.number} presupposes that of {standard.number}"
    )
    assert lab.grandpa.voters[0].set.id == 0
