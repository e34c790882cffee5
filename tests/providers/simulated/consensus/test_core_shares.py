"""How many blocks each core gets in a relay slot, and which of them are waited for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.providers.simulated.consensus.core_shares import PlaceInCore, core_shares


@given(cores=st.integers(1, 12), more=st.integers(0, 12))
def test_every_block_has_a_core_and_every_core_a_block(cores: int, more: int) -> None:
    shares = core_shares(cores + more, cores)
    assert sum(shares) == cores + more
    assert len(shares) == cores
    assert shares[0] >= shares[-1] >= shares[0] - 1 >= 0


def test_the_first_cores_have_what_is_left_over() -> None:
    assert [core_shares(3, cores) for cores in (1, 2, 3)] == [(3,), (2, 1), (1, 1, 1)]


def places(of: int, rate: int, *, hands_over: bool) -> list[PlaceInCore]:
    return [PlaceInCore(index, of, rate, hands_over) for index in range(of)]


@pytest.mark.parametrize("hands_over", [True, False])
@pytest.mark.parametrize(("of", "rate"), [(1, 1), (1, 2), (2, 2), (1, 3), (3, 3)])
def test_up_to_three_blocks_in_a_relay_slot_are_all_made(of: int, rate: int, hands_over: bool) -> None:
    found = places(of, rate, hands_over=hands_over)
    assert [one.left_out for one in found] == [False] * of
    assert [one.last for one in found] == [False] * (of - 1) + [True]


@pytest.mark.parametrize(("of", "rate"), [(2, 3), (2, 4), (6, 12)])
def test_the_last_of_more_blocks_is_left_out_before_another_collator_may_follow(of: int, rate: int) -> None:
    found = places(of, rate, hands_over=True)
    assert [one.left_out for one in found] == [False] * (of - 1) + [True]
    assert [one.last for one in found] == [False] * (of - 2) + [True, True]
    assert not any(one.left_out for one in places(of, rate, hands_over=False))


def test_a_core_of_one_such_block_has_none() -> None:
    (only,) = places(1, 4, hands_over=True)
    assert only.left_out


def test_the_last_block_of_a_core_follows_at_once() -> None:
    assert [one.hurries for one in places(4, 12, hands_over=False)] == [False, False, True, True]
