"""When votes are a dispute and how it stands, by the rules of the dispute coordinator."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from simnet.providers.simulated.consensus.dispute_votes import (
    NONE,
    CandidateVoteState,
    Losers,
    Statement,
    Votes,
    byzantine,
    disabled_for,
    vote_state,
)

NOBODY: frozenset[int] = frozenset()


def votes(valid: str, invalid: str, kind: bytes = b"\x00\x00") -> Votes:
    """Votes of validators named by digits."""
    found = Votes()
    for names, side in ((valid, True), (invalid, False)):
        for name in names:
            found.add(Statement(int(name), side, kind, b""))
    return found


def test_votes_of_one_side_are_no_dispute() -> None:
    assert vote_state(votes("0123456", ""), NOBODY, 10) is NONE
    assert vote_state(votes("", "0123456"), NOBODY, 10) is NONE


def test_one_vote_against_raises_it_and_more_than_f_voters_confirm_it() -> None:
    assert vote_state(votes("01", "2"), NOBODY, 10) == CandidateVoteState("raised")
    assert vote_state(votes("012", "3"), NOBODY, 10) == CandidateVoteState("confirmed")


def test_what_only_disabled_validators_raise_is_none_until_more_than_f_have_voted() -> None:
    assert vote_state(votes("01", "2"), frozenset({2}), 10) is NONE
    assert vote_state(votes("0", "23"), frozenset({2}), 10) == CandidateVoteState("raised"), (
        "one of two is not disabled"
    )
    assert vote_state(votes("012", "3"), frozenset({3}), 10) == CandidateVoteState("confirmed")


def test_who_votes_twice_counts_once_among_the_voters() -> None:
    assert vote_state(votes("012", "2"), NOBODY, 10) == CandidateVoteState("raised")


def test_a_supermajority_concludes_it_and_more_than_f_against_revert() -> None:
    assert vote_state(votes("012345", "6"), NOBODY, 10) == CandidateVoteState("confirmed")
    assert vote_state(votes("0123456", "7"), NOBODY, 10) == CandidateVoteState("valid")
    assert vote_state(votes("0", "1234"), NOBODY, 10) == CandidateVoteState("confirmed", reverts=True)
    assert vote_state(votes("0", "123456"), NOBODY, 10) == CandidateVoteState("confirmed", reverts=True)
    assert vote_state(votes("0", "1234567"), NOBODY, 10) == CandidateVoteState("invalid", reverts=True)


@given(st.integers(1, 10), st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_disabled_validators_change_only_whether_it_is_raised(
    validators: int, valid: set[int], invalid: set[int], disabled: set[int]
) -> None:
    found = Votes()
    for side, voters in ((True, valid), (False, invalid)):
        for who in sorted(voters):
            found.add(Statement(who, side, b"", b""))
    with_all, without = vote_state(found, NOBODY, validators), vote_state(found, frozenset(disabled), validators)
    assert without == with_all or (without is NONE and with_all.state == "raised")
    assert not with_all.reverts or len(invalid) > byzantine(validators)


def test_disabled_are_the_chains_first_then_losers_and_f_at_most() -> None:
    assert disabled_for([1], [2, 3, 4], 10) == {1, 2, 3}
    assert disabled_for([1, 1], [1, 2], 7) == {1, 2}
    assert disabled_for([1], [2], 3) == NOBODY


def test_losers_come_worst_first_and_newest_first() -> None:
    losers = Losers()
    losers.note(votes("", "12"), "valid")
    losers.note(votes("3", "", kind=b"\x00\x03"), "invalid")
    losers.note(votes("4", "", kind=b"\x00\x02"), "invalid")
    losers.note(votes("5", "", kind=b"\x00\x01"), "invalid")
    losers.note(votes("", "1"), "valid")
    assert losers.in_order == [5, 4, 3, 1, 2]
    assert 3 in losers.in_order
    assert 6 not in losers.in_order


def test_a_dropped_vote_is_none() -> None:
    found = votes("0", "1")
    found.drop(found.invalid[1])
    assert not found.by(1)
    assert vote_state(found, NOBODY, 4) is NONE
