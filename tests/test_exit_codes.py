"""Exit codes: which of several counts, and that each is said."""

from __future__ import annotations

from itertools import permutations

import pytest

from simnet.exit_codes import ExitCode, worst


@pytest.mark.parametrize("codes", list(permutations((0, 1, 2, 3, 4), 2)))
def test_the_order_of_exit_codes(codes: tuple[int, int]) -> None:
    order = [3, 2, 1, 4, 0]
    assert worst(codes) == min(codes, key=order.index)


def test_no_run_at_all_is_no_failure() -> None:
    assert worst([]) == 0


def test_what_scripts_rely_on() -> None:
    numbers = [code.value for code in ExitCode]
    assert numbers == [0, 1, 2, 3, 4, 129, 130, 141, 143]
    assert all(code.meaning.endswith(".") for code in ExitCode)
