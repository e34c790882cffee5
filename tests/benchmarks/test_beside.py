"""Figures beside the reference: what is printed, and that it is read back."""

from __future__ import annotations

import pytest

from benchmarks.beside import Figure, Measured, beside, read, significant
from benchmarks.reference import Speed


def speed(rate: float, *, error: float = 0.001) -> Speed:
    return Speed("0b265ef9", 20, rate, 2 * rate, error, 0.5, 0.1, 0.2)


def measured(figure: Figure, before: float = 6.0, after: float = 6.0) -> Measured:
    return beside([figure], speed(before), speed(after))[0]


def test_a_speed_is_divided_by_that_of_the_reference() -> None:
    assert measured(Figure("campaign", 78.0, "schedules/min"), 6.0, 7.0).ratio == pytest.approx(12.0)


def test_a_time_is_told_in_passes_of_the_reference() -> None:
    assert measured(Figure("teardown", 2.0, "s"), 6.0, 7.0).ratio == pytest.approx(13.0)


def test_a_figure_in_cpu_time_stands_beside_the_references_cpu_time() -> None:
    assert measured(Figure("campaign", 78.0, "schedules/CPU-min"), 6.0, 7.0).ratio == pytest.approx(6.0)


def test_a_faster_machine_gives_the_same_ratio() -> None:
    slow, fast = (measured(Figure("network", 10.0 * times, "times real time"), times, times) for times in (1.0, 2.5))
    assert slow.ratio == pytest.approx(fast.ratio)


def test_a_machine_that_changed_is_told() -> None:
    assert "the machine became slower by 17% meanwhile" in str(measured(Figure("network", 10.0, "s"), 6.0, 5.0))


def test_a_machine_that_stayed_is_not_told() -> None:
    assert "machine" not in str(measured(Figure("network", 10.0, "s"), 6.0, 6.1))


def test_a_change_within_the_references_own_noise_is_not_told() -> None:
    wide = beside([Figure("network", 10.0, "s")], speed(6.0, error=0.1), speed(5.0, error=0.1))[0]
    assert "machine" not in str(wide)


@pytest.mark.parametrize(
    "figure",
    [
        Figure("docker: start: images", 0.8765, "s"),
        Figure("campaign, jobs 1", 77.31, "schedules/min"),
        Figure("relay simnet, decoding", 166_000, "events/CPU-s"),
    ],
)
def test_what_is_printed_is_read_back(figure: Figure) -> None:
    printed = str(measured(figure, 6.125, 5.5))
    (found,) = read(f"another line\n{printed}\njobs 1: 60 schedules in 47 s")
    assert (found.figure, str(found)) == (figure, printed)


def test_numbers_have_four_digits_and_no_exponent() -> None:
    assert [significant(one) for one in (166_041.2, 77.314, 0.00420712, 0)] == ["166,000", "77.31", "0.004207", "0"]
