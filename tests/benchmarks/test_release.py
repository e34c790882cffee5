"""The table beside the last release."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.beside import Figure, Measured
from benchmarks.reference import EDITION
from benchmarks.release import FILE, HEADER, Recorded, Release, aligned, middle, tools

RELEASE = Release(
    of="1.0",
    commit="abcdef0",
    how="5 rounds",
    machine="2 cores",
    tools=tools(),
    edition=EDITION,
    figures={"network": Recorded("times real time", 60.0, (10.0, 10.1, 9.9))},
)


def row(value: float, *, name: str = "network", release: Release = RELEASE) -> tuple[str, ...]:
    return release.row(Measured(Figure(name, value, "times real time"), EDITION, 6.0, 6.0))


@pytest.mark.parametrize(("value", "word"), [(60.0, "within noise"), (90.0, "faster"), (30.0, "slower")])
def test_a_ratio_is_judged_by_that_of_the_release(value: float, word: str) -> None:
    assert row(value)[-1] == word


def test_a_figure_that_the_release_lacks_is_told() -> None:
    assert row(60.0, name="another")[-1] == "not recorded"


def test_ratios_to_another_reference_are_not_compared() -> None:
    assert row(60.0, release=replace(RELEASE, edition="00000000"))[-1] == "another reference"


def test_another_reference_is_a_reservation() -> None:
    assert list(replace(RELEASE, edition="00000000").reservations())


def test_another_wasmtime_is_a_reservation() -> None:
    assert list(replace(RELEASE, tools="wasmtime 1").reservations())


def test_the_same_reference_and_tools_leave_none() -> None:
    assert not list(RELEASE.reservations())


def test_a_release_is_read_as_it_was_written() -> None:
    assert Release.decode(RELEASE.encode()) == RELEASE


def test_the_stored_release_can_be_compared_with() -> None:
    """It was measured with this reference, each figure in rounds enough to tell noise."""
    stored = Release.decode(FILE.read_text())
    assert stored.edition == EDITION
    assert all(len(figure.ratios) >= 2 for figure in stored.figures.values())


def test_columns_are_aligned() -> None:
    first, second = list(aligned([row(60.0)]))
    assert first.index("verdict") == second.index("within noise")
    assert len(HEADER) == len(row(60.0))


def test_the_middle_of_two_is_the_lower_one() -> None:
    assert middle([2.0, 1.0]) == 1.0
