import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.errors import InputError
from simnet.units import (
    Moment,
    Span,
    format_duration,
    parse_duration,
    parse_moment,
    parse_rate,
    parse_share,
    parse_size,
    parse_span,
)


@pytest.mark.parametrize(
    ("text", "seconds"), [("60s", 60), ("150 ms", 0.15), ("2min", 120), ("1.5 h", 5400), ("0s", 0)]
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["60", "s", "", "60 sec", "-3s", "1m", "1:30", "60s60s"])
def test_a_duration_without_a_known_unit_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"60s|unit"):
        parse_duration(text)


def test_sizes_rates_and_shares() -> None:
    assert parse_size("4 KiB") == 4096
    assert parse_size("4kB") == 4000
    assert parse_rate("5 Mbit/s") == 5e6
    assert parse_share("2 %") == 0.02
    with pytest.raises(InputError):
        parse_share("120 %")
    with pytest.raises(InputError):
        parse_share("0.02")


def test_moments() -> None:
    assert parse_moment("30s") == Moment(span=Span(seconds=30))
    assert parse_moment("12 blocks") == Moment(span=Span(blocks=12))
    assert parse_moment("session") == Moment(session=0)
    assert parse_moment("session + 3 blocks") == Moment(span=Span(blocks=3), session=0)
    assert parse_moment("session 4 + 6s") == Moment(span=Span(seconds=6), session=4)


@given(st.integers(0, 10**6))
def test_a_span_of_blocks_reads_back(count: int) -> None:
    span = Span(blocks=count)
    assert parse_span(str(span)) == span


@given(st.one_of(st.none(), st.integers(0, 99)), st.integers(0, 500))
def test_a_moment_reads_back(session: int | None, blocks: int) -> None:
    moment = Moment(span=Span(blocks=blocks), session=session)
    assert parse_moment(str(moment)) == moment


@pytest.mark.parametrize(("seconds", "text"), [(0.85, "850 ms"), (61.24, "61.2 s"), (725, "12 min 05 s")])
def test_durations_for_people(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
