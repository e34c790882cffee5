"""GRANDPA with voters that vote twice: what counts, who notices."""

from __future__ import annotations

import numpy as np

from simnet.providers.simulated.consensus.ballots import Ballot, VoteCount
from simnet.providers.simulated.consensus.rounds import evaluate
from simnet.providers.simulated.view import View
from tests.providers.simulated.blocks import genesis, grow
from tests.providers.simulated.consensus.grandpa_lab import Lab


def test_a_second_vote_for_another_block_makes_an_equivocator() -> None:
    base = genesis()
    left, right = grow(base, 1, "l")[0], grow(base, 1, "r")[0]
    view = View(base)
    for block in (left, right):
        view.add(block, 0)
    ballot = Ballot(3, 4)
    first = ballot.vote(0, 0, left)
    second = ballot.vote(0, 0, right)
    assert (first.second, second.second) == (False, True)
    assert ballot.counts(0, view) == VoteCount({}, 1)
    ballot.show(second, np.array([1]))
    assert ballot.counts(1, view) == VoteCount({right: 1}), "this node knows of no other vote"
    ballot.show(first, np.array([1]))
    assert ballot.counts(1, view) == VoteCount({}, 1)
    assert ballot.count.tolist() == [1, 1, 0], "two votes, one voter"
    assert ballot.caught(0).tolist() == [0, 1]
    assert ballot.both(0) == (left, right)


def test_the_same_vote_again_is_none() -> None:
    base = genesis()
    (block,) = grow(base)
    ballot = Ballot(2, 4)
    ballot.vote(1, 0, block)
    assert not ballot.vote(1, 1, block).second
    assert not ballot.seconds


def test_an_equivocators_votes_count_for_every_block() -> None:
    base = genesis()
    left, right = grow(base, 1, "l")[0], grow(base, 1, "r")[0]
    assert evaluate(4, base, VoteCount({left: 2, right: 1}), VoteCount({})).ghost is base
    assert evaluate(4, base, VoteCount({left: 2}, 1), VoteCount({})).ghost is left
    state = evaluate(4, base, VoteCount({left: 3}), VoteCount({left: 2}, 1))
    assert state.finalized is left


def test_a_byzantine_voter_is_caught_by_all_others_and_finality_goes_on() -> None:
    lab = Lab(4)
    lab.liars = {3}
    lab.slots(12)
    assert min(lab.heights()) >= 8
    caught = {node for node, _ in lab.twice}
    assert caught == {0, 1, 2}
    assert {votes.key for _, votes in lab.twice} == {b"key 3"}
    assert all(votes.first is not votes.second for _, votes in lab.twice)


def test_honest_voters_are_never_caught() -> None:
    lab = Lab(4)
    lab.slots(12)
    assert not lab.twice


def test_nothing_above_what_is_approved_is_finalized() -> None:
    lab = Lab(4)
    lab.held = 5
    lab.slots(12)
    assert lab.heights() == [5] * 4
    lab.held = None
    lab.slots(4)
    assert min(lab.heights()) >= 12
