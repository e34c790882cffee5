from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.providers.simulated.consensus.ballots import VoteCount
from simnet.providers.simulated.consensus.rounds import NOTHING, evaluate, threshold
from simnet.providers.simulated.ledger import ExecutedBlock
from tests.providers.simulated.blocks import genesis, grow


@pytest.mark.parametrize(("voters", "needed"), [(1, 1), (2, 2), (3, 3), (4, 3), (6, 5), (7, 5), (10, 7), (1000, 667)])
def test_the_threshold_is_n_minus_f(voters: int, needed: int) -> None:
    assert threshold(voters) == needed


def test_without_a_supermajority_of_prevotes_nothing_is_known() -> None:
    base = genesis()
    (block,) = grow(base)
    assert evaluate(4, base, VoteCount({block: 2}), VoteCount({})) is NOTHING


def test_the_ghost_is_where_enough_votes_meet() -> None:
    base = genesis()
    trunk = grow(base, 3)
    left, right = grow(trunk[-1], 2, "l"), grow(trunk[-1], 2, "r")
    state = evaluate(4, base, VoteCount({left[1]: 2, right[0]: 1}), VoteCount({}))
    assert state.ghost is trunk[-1]
    assert state.estimate is trunk[-1]
    assert not state.completable


def test_three_of_four_precommits_finalize_and_complete() -> None:
    base = genesis()
    blocks = grow(base, 3)
    state = evaluate(4, base, VoteCount({blocks[2]: 4}), VoteCount({blocks[2]: 3}))
    assert state.finalized is blocks[2]
    assert state.estimate is blocks[2]
    assert state.completable


def test_a_precommit_for_a_descendant_counts_for_its_ancestors() -> None:
    base = genesis()
    blocks = grow(base, 3)
    state = evaluate(4, base, VoteCount({blocks[2]: 4}), VoteCount({blocks[2]: 2, blocks[0]: 1}))
    assert state.finalized is blocks[0]
    assert state.estimate is blocks[2], "the last vote may still come for it"


def test_a_round_stays_open_while_the_last_vote_decides_between_forks() -> None:
    base = genesis()
    (trunk,) = grow(base)
    left, right = grow(trunk, 1, "l")[0], grow(trunk, 1, "r")[0]
    state = evaluate(4, base, VoteCount({left: 2, right: 2}), VoteCount({left: 1, right: 1, trunk: 1}))
    assert state.ghost is trunk
    assert state.finalized is trunk
    assert not state.completable


@st.composite
def rounds(draw: st.DrawFn) -> tuple[int, ExecutedBlock, list[ExecutedBlock], list[ExecutedBlock], list[ExecutedBlock]]:
    """A round of honest voters: n, base, all blocks, prevotes and precommits (each at the ghost that it may have
    seen)."""
    voters = draw(st.integers(1, 9))
    base = genesis()
    blocks = [base]
    for index in range(draw(st.integers(1, 7))):
        blocks += grow(draw(st.sampled_from(blocks)), 1, f"{index}-")
    prevotes = draw(st.lists(st.sampled_from(blocks), min_size=threshold(voters), max_size=voters))
    possible = []
    for size in range(threshold(voters), len(prevotes) + 1):
        ghost = evaluate(voters, base, _counts(prevotes[:size]), VoteCount({})).ghost
        if ghost is not None:
            possible.append(ghost)
    precommits = draw(st.lists(st.sampled_from(possible), max_size=voters)) if possible else []
    return voters, base, blocks, prevotes, precommits


def _counts(votes: list[ExecutedBlock]) -> VoteCount:
    return VoteCount({block: votes.count(block) for block in {id(vote): vote for vote in votes}.values()})


@given(rounds())
def test_what_is_finalized_is_in_the_estimates_chain_and_both_in_the_ghosts(
    found: tuple[int, ExecutedBlock, list[ExecutedBlock], list[ExecutedBlock], list[ExecutedBlock]],
) -> None:
    voters, base, _, prevotes, precommits = found
    state = evaluate(voters, base, _counts(prevotes), _counts(precommits))
    assert state.ghost is not None, "the base always has the votes of all"
    if state.estimate is not None:
        assert state.ghost.descends_from(state.estimate)
    if state.finalized is not None:
        assert state.estimate is not None
        assert state.estimate.descends_from(state.finalized)


@given(rounds())
def test_a_completable_round_finalizes_nothing_above_its_estimate_whatever_votes_follow(
    found: tuple[int, ExecutedBlock, list[ExecutedBlock], list[ExecutedBlock], list[ExecutedBlock]],
) -> None:
    voters, base, blocks, prevotes, precommits = found
    before = evaluate(voters, base, _counts(prevotes), _counts(precommits))
    if not before.completable:
        return
    for block in blocks:
        later = precommits + [block] * (voters - len(precommits))
        after = evaluate(voters, base, _counts(prevotes), _counts(later))
        if after.finalized is not None:
            assert before.estimate is not None
            assert before.estimate.descends_from(after.finalized)
