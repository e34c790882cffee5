"""What is called faster, slower and noise."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.noise import LEAST, Difference, against, paired, spread

SOME = [10.0, 10.2, 9.9, 10.1]
RATIOS = st.lists(st.floats(0.1, 1000), min_size=2, max_size=20)


def test_equal_versions_differ_within_noise() -> None:
    assert paired(SOME, SOME, is_time=False).word == "within noise"


def test_a_speed_that_grew_in_every_round_is_faster() -> None:
    assert paired(SOME, [1.2 * one for one in SOME], is_time=False).word == "faster"


def test_a_time_that_grew_in_every_round_is_slower() -> None:
    assert paired(SOME, [1.2 * one for one in SOME], is_time=True).word == "slower"


def test_rounds_that_contradict_each_other_are_noise() -> None:
    assert paired([10.0, 10.0], [12.0, 9.0], is_time=False).word == "within noise"


def test_a_drift_of_the_machine_that_both_versions_share_is_no_noise() -> None:
    drifting = [10.0, 20.0, 5.0]
    assert paired(drifting, [1.05 * one for one in drifting], is_time=False).noise == LEAST


def test_the_change_of_two_rounds_is_their_geometric_mean() -> None:
    assert paired([1.0, 1.0], [2.0, 8.0], is_time=False).change == pytest.approx(3.0)


def test_the_noise_of_two_rounds_is_students() -> None:
    """Two logarithms 0.1 apart: a standard error of 0.05, of which 12.71 are 95 %."""
    found = paired([1.0, 1.0], [math.exp(0.1), math.exp(0.2)], is_time=False)
    assert found.noise == pytest.approx(math.expm1(12.71 * 0.05))


def test_one_round_cannot_tell_noise() -> None:
    with pytest.raises(ValueError, match="two rounds"):
        paired([1.0], [1.0], is_time=False)


def test_one_recorded_ratio_cannot_tell_noise() -> None:
    with pytest.raises(ValueError, match="two rounds"):
        against([1.0], 1.0, is_time=False)


def test_a_ratio_among_the_recorded_ones_is_within_their_noise() -> None:
    assert against(SOME, 10.15, is_time=False).word == "within noise"


def test_a_ratio_far_from_the_recorded_ones_is_not() -> None:
    assert against(SOME, 12.0, is_time=False).word == "faster"


def test_a_machine_that_changed_its_speed_meanwhile_adds_noise() -> None:
    still, drifting = (against(SOME, 10.6, is_time=False, drift=drift).noise for drift in (0.0, 0.2))
    assert drifting == pytest.approx(still + 0.1)


def test_half_and_double_are_equally_far() -> None:
    assert Difference(1.0, 0.99).word == "faster"
    assert Difference(-0.5, 0.99).word == "slower"
    assert Difference(-0.5, 1.01).word == "within noise"


def test_one_ratio_has_no_spread() -> None:
    assert spread([5.0]) == 0


@given(RATIOS, st.floats(0.5, 2))
def test_a_machine_twice_as_fast_changes_no_verdict(ratios: list[float], factor: float) -> None:
    """Ratios that were all multiplied by the same number are compared as before."""
    after = [factor * one for one in ratios]
    one = paired(ratios, after, is_time=False)
    other = paired([2 * ratio for ratio in ratios], [2 * ratio for ratio in after], is_time=False)
    assert one.change == pytest.approx(other.change)


def test_one_new_ratio_gets_more_room_than_equal_recorded_ones_leave() -> None:
    assert against([10.0, 10.0, 10.0], 10.4, is_time=False).word == "within noise"
