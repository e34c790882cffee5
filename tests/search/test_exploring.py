"""Exploring draws the same cases from a seed, follows one failure, and counts what it did."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from simnet.checks import Status
from simnet.errors import HostError
from simnet.scenario import Scenario, WindowSpec
from simnet.search import Trial, explore
from simnet.search.schedule import placed
from tests.search.spaces import judged, space, trial_of

Windows = tuple[WindowSpec, ...]


def long_cut(schedule: Windows) -> str | None:
    """A bug of long partitions, and one of nodes that are stopped."""
    if any(one.fault.kind == "partition" and one.length > 60 for one in placed(schedule)):
        return "messages"
    return "finality" if any(window.stop for window in schedule) else None


def cuts_only(schedule: Windows) -> str | None:
    return "messages" if long_cut(schedule) == "messages" else None


def ran(seed: int, trial: Callable[[Scenario], Trial], examples: int) -> list[Windows]:
    """The schedules that an exploration runs."""
    told: list[Windows] = []
    explore(space(), seed=seed, examples=examples, trial=trial, on_trial=lambda one: told.append(one.scenario.schedule))
    return told


def test_the_same_seed_draws_the_same_cases() -> None:
    holds = trial_of(lambda _: None)
    once, again, other = (ran(seed, holds, 20) for seed in (1, 1, 2))
    assert once == again != other
    assert all(once)


def test_numbers_in_modules_that_are_loaded_do_not_change_what_a_seed_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hypothesis mixes them into what it draws for tests."""
    holds = trial_of(lambda _: None)
    before = ran(1, holds, 400)
    (tmp_path / "numbers_beside_simnet.py").write_text(f"NUMBERS = {list(range(100, 600))}")
    monkeypatch.syspath_prepend(tmp_path)
    import_module("numbers_beside_simnet")
    assert ran(1, holds, 400) == before


def test_nothing_found_says_how_much_was_tried() -> None:
    found = explore(space(), seed=0, examples=20, trial=trial_of(lambda _: None))
    assert (found.failure, found.first, found.why, found.shrunk.trials) == (None, None, (), 0)
    assert 10 < found.searched.trials <= 20


@pytest.mark.parametrize("seed", range(4))
def test_a_failure_shrinks_to_the_same_case_from_any_seed(seed: int) -> None:
    found = explore(space(), seed=seed, examples=1500, trial=trial_of(cuts_only))
    assert found.failure is not None
    assert found.first is not None
    assert cuts_only(found.first.schedule) == "messages"
    (window,) = found.failure.schedule
    assert (str(window.fault), str(window.at), str(window.for_)) == ("partition groups=alice|bob", "0s", "70s")
    assert found.why == ("messages",)
    assert found.shrunk.trials < 130


def test_shrinking_follows_the_failure_that_was_found() -> None:
    """A stopped node, which is simpler, fails as well, but fails something else."""
    found = explore(space(kinds=("stop", "partition")), seed=3, examples=1500, trial=trial_of(long_cut))
    assert found.failure is not None
    assert found.first is not None
    assert long_cut(found.failure.schedule) == long_cut(found.first.schedule) == found.why[0]


def test_without_shrinking_the_failure_is_the_case_that_was_found() -> None:
    found = explore(space(), seed=1, examples=1500, trial=trial_of(cuts_only), shrink=False)
    assert found.failure == found.first
    assert found.shrunk.trials == 0


def test_inconclusive_is_no_failure() -> None:
    def unsure(scenario: Scenario) -> Trial:
        return judged(scenario, {"messages": Status.INCONCLUSIVE})

    assert explore(space(), seed=1, examples=10, trial=unsure).failure is None


def test_no_case_is_run_twice() -> None:
    told = ran(2, trial_of(cuts_only), 300)
    assert len({str(one) for one in told}) == len(told)


def test_what_a_trial_raises_comes_through() -> None:
    def broken(scenario: Scenario) -> Trial:
        raise HostError("no such state")

    with pytest.raises(HostError, match="no such state"):
        explore(space(), seed=1, examples=5, trial=broken)
