"""The property in tests of users: what a failing case reports, and Hypothesis's own database, seeds and examples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simnet.checks import Status
from simnet.errors import SimnetError
from simnet.faults import Partition
from simnet.scenario import Scenario
from simnet.scenario.loader import load_scenario
from simnet.search import CaseFailed, assert_held
from simnet.search.schedule import Placed, written
from simnet.search.strategies import case
from tests.search.spaces import judged, space

Suite = Callable[..., tuple[str, list[str]]]

SUITE = """
    from hypothesis import Phase, example, given, seed, settings
    from simnet.scenario import Scenario
    from simnet.search import assert_held, cases
    from simnet.search.schedule import placed
    from tests.search.spaces import space, trial_of

    def long_cut(schedule):
        return "messages" if any(w.partition and w.for_.seconds > 60 for w in schedule) else None

    trial = trial_of(long_cut)
    SPACE = space(kinds=("partition",), max_windows=1)
    ran = open("ran.txt", "a")

    {decorators}
    @given(cases(SPACE))
    @settings(max_examples={examples}, deadline=None)
    def test_holds(case):
        print(placed(case.schedule), file=ran, flush=True)
        assert_held(trial(case))
"""

FAILING = case(space(), written([Placed(Partition(groups=(("alice",), ("bob",))), 60, 90)]))


def test_what_held_passes() -> None:
    assert_held(judged(FAILING, {"messages": Status.HELD}))


def test_a_failure_quotes_the_findings_the_schedule_and_the_command(tmp_path: Path) -> None:
    with pytest.raises(CaseFailed) as caught:
        assert_held(judged(FAILING, {"messages": Status.FAILED, "forks": Status.HELD}), tmp_path)
    assert str(caught.value).splitlines() == [
        "messages failed: expected peace; seen: none",
        "schedule:",
        "- partition:",
        "    groups: [alice, bob]",
        "  at: 60s",
        "  for: 90s",
        f"again: simnet run {tmp_path}/drawn.yaml",
    ]
    assert load_scenario(tmp_path / "drawn.yaml") == FAILING


def test_each_finding_is_a_bug_of_its_own(tmp_path: Path) -> None:
    classes = []
    for name in ("messages", "messages", "queues agree"):
        with pytest.raises(CaseFailed) as caught:
            assert_held(judged(FAILING, {name: Status.FAILED}), tmp_path)
        classes.append(caught.type)
    assert classes[0] is classes[1] is not classes[2]


def test_what_is_inconclusive_does_not_pass_outside_of_hypothesis(tmp_path: Path) -> None:
    with pytest.raises(CaseFailed, match="messages inconclusive"):
        assert_held(judged(FAILING, {"messages": Status.INCONCLUSIVE}), tmp_path)


def test_a_harness_that_failed_is_no_finding() -> None:
    with pytest.raises(SimnetError, match="no network"):
        assert_held(judged(FAILING, {}, error="no network"))


def test_a_scenario_reads_back_from_its_repr() -> None:
    assert eval(repr(FAILING)) == FAILING
    assert isinstance(FAILING, Scenario)


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """Runs the suite of a user and gives its output and the schedules that it ran.

    With Hypothesis's profile for desks, since the one that it takes by itself in CI keeps no database.
    """
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))

    def run(*, decorators: str = "", examples: int = 60) -> tuple[str, list[str]]:
        pytester.makepyfile(test_cases=SUITE.format(decorators=decorators, examples=examples))
        ran = pytester.path / "ran.txt"
        ran.unlink(missing_ok=True)
        out = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--hypothesis-profile=default").stdout.str()
        return out, ran.read_text().splitlines()

    return run


def test_a_failing_test_shows_the_smallest_case_and_replays_it_first(suite: Suite) -> None:
    out, first = suite()
    assert "groups: [alice, bob]" in out
    assert "again: simnet run .hypothesis/simnet/drawn.yaml" in out
    assert "case=Scenario.model_validate({" in out
    smallest = first[-1]
    assert "length=70.0" in smallest
    _, second = suite()
    assert second[0] == smallest != first[0]


def test_a_seed_repeats_what_is_drawn(suite: Suite) -> None:
    """The database is left out, which would replay what failed first."""
    decorators = "@settings(database=None, phases=[Phase.generate])\n    @seed(3)"
    once, again = (suite(decorators=decorators, examples=10)[1] for _ in range(2))
    assert once == again


def test_examples_of_the_user_are_run(suite: Suite) -> None:
    out, ran = suite(decorators=f"@example({FAILING!r})", examples=1)
    assert "CaseFailed[messages]" in out
    assert "length=90.0" in ran[0]
