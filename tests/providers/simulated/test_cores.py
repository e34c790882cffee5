"""Tasks share a node's cores: no time is lost, none is faster than it may be, and who asked first does not matter."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simnet.providers.simulated.clock import MILLISECOND, Clock
from simnet.providers.simulated.cores import Cores, Task

Arrival = tuple[int, int]
"""When a task begins, and how long it needs a core."""

arrivals = st.lists(st.tuples(st.integers(0, 50_000), st.integers(1, 20_000)), min_size=1, max_size=12)
limits = st.sampled_from([0.05, 0.5, 1.0, 1.5, 2.0, 3.25, 8.0])


def run(tasks: list[Arrival], limit: float | None) -> list[int]:
    """When each task ends."""
    clock = Clock()
    cores = Cores(clock.at, lambda: clock.now, limit)
    ends: dict[int, int] = {}

    def begin(index: int, takes: int) -> None:
        cores.run(takes, lambda: ends.__setitem__(index, clock.now))

    for index, (t, takes) in enumerate(tasks):
        clock.at(t, lambda index=index, takes=takes: begin(index, takes))  # type: ignore[misc]
    finish(clock)
    return [ends[index] for index in range(len(tasks))]


def finish(clock: Clock) -> None:
    while clock.next() < 1 << 62:
        clock.advance(clock.next())


def fluid(tasks: list[Arrival], limit: float) -> list[Fraction]:
    """The same in exact fractions, step by step from one begin or end to the next."""
    cores = Fraction(round(limit * 1000), 1000)
    waiting = sorted(range(len(tasks)), key=lambda index: tasks[index][0])
    left: dict[int, Fraction] = {}
    ends: dict[int, Fraction] = {}
    now = Fraction(0)
    while waiting or left:
        rate = min(Fraction(1), cores / len(left)) if left else Fraction(0)
        begin = Fraction(tasks[waiting[0]][0]) if waiting else None
        end = now + min(left.values()) / rate if left else None
        then = min(t for t in (begin, end) if t is not None)
        left = {index: rest - (then - now) * rate for index, rest in left.items()}
        now = then
        ends |= {index: now for index, rest in left.items() if rest <= 0}
        left = {index: rest for index, rest in left.items() if rest > 0}
        while waiting and tasks[waiting[0]][0] == now:
            index = waiting.pop(0)
            left[index] = Fraction(tasks[index][1])
    return [ends[index] for index in range(len(tasks))]


@given(arrivals)
def test_tasks_with_a_core_each_take_what_they_need(tasks: list[Arrival]) -> None:
    assert run(tasks, None) == [t + takes for t, takes in tasks]


@given(arrivals, limits)
def test_each_ends_when_equal_shares_have_served_it(tasks: list[Arrival], limit: float) -> None:
    """But for whole nanoseconds: a task that ends late by a part of one keeps the others waiting for that."""
    for seen, exact in zip(run(tasks, limit), fluid(tasks, limit), strict=True):
        assert exact <= seen <= exact + 2 * len(tasks)


@given(arrivals, limits)
def test_no_task_is_faster_than_on_a_core_of_its_own(tasks: list[Arrival], limit: float) -> None:
    assert all(end >= t + takes for end, (t, takes) in zip(run(tasks, limit), tasks, strict=True))


@given(arrivals, limits)
def test_never_more_is_done_than_the_cores_can(tasks: list[Arrival], limit: float) -> None:
    ends = run(tasks, limit)
    for since in {t for t, _ in tasks}:
        for until in set(ends):
            inside = sum(takes for end, (t, takes) in zip(ends, tasks, strict=True) if since <= t and end <= until)
            assert until < since or inside <= (until - since) * limit + 1


@given(arrivals, limits)
def test_cores_never_idle_while_there_is_something_to_do(tasks: list[Arrival], limit: float) -> None:
    """All that begins together is over when the cores, or one of them for the longest task, have had the time."""
    together = [(0, takes) for _, takes in tasks]
    alone = max(takes for _, takes in tasks) / min(1.0, limit)
    shared = sum(takes for _, takes in tasks) / limit
    assert max(run(together, limit)) <= alone + shared + 2


@settings(max_examples=300)
@example([(0, 2), (0, 3), (0, 1)], 0.05, Random(1))
@example([(0, 3), (0, 2), (0, 1)], 0.05, Random(2))
@given(arrivals, limits, st.randoms(use_true_random=False))
def test_the_order_in_which_tasks_of_one_moment_ask_changes_nothing(
    tasks: list[Arrival], limit: float, random: Random
) -> None:
    order = list(range(len(tasks)))
    random.shuffle(order)
    again = run([tasks[index] for index in order], limit)
    straight = run(tasks, limit)
    assert [straight[index] for index in order] == again


def lab(limit: float) -> tuple[Clock, Cores, list[str]]:
    clock = Clock()
    return clock, Cores(clock.at, lambda: clock.now, limit), []


def void(_: object) -> None: ...


def begin(cores: Cores, seen: list[str], name: str, takes: int) -> Task:
    return cores.run(takes, lambda: seen.append(name))


def test_half_a_core_takes_twice_as_long() -> None:
    clock, cores, seen = lab(0.5)
    begin(cores, seen, "one", 100 * MILLISECOND)
    clock.advance(clock.next())
    assert (clock.now, seen) == (200 * MILLISECOND, ["one"])


def test_who_comes_slows_down_who_is_there() -> None:
    assert run([(0, 100), (50, 100)], 1) == [150, 200]


def test_a_stopped_task_is_never_done_and_leaves_its_share() -> None:
    clock, cores, seen = lab(1)
    stopped = begin(cores, seen, "stopped", 100)
    begin(cores, seen, "other", 100)
    clock.at(100, lambda: cores.stop(stopped))
    finish(clock)
    assert (clock.now, seen) == (200, ["other"])
    assert clock.next() > 1 << 62


def test_nothing_of_a_process_that_is_gone_is_done() -> None:
    clock, cores, seen = lab(1)
    begin(cores, seen, "old", 100)
    cores.clear()
    clock.at(50, lambda: void(begin(cores, seen, "new", 100)))
    finish(clock)
    assert (clock.now, seen) == (150, ["new"])


def test_a_task_that_begins_when_another_ends_has_its_core() -> None:
    clock, cores, seen = lab(1)
    cores.run(100, lambda: void(begin(cores, seen, "next", 100)))
    finish(clock)
    assert (clock.now, seen) == (200, ["next"])


@pytest.mark.parametrize("limit", [None, 8.0])
def test_tasks_that_need_not_share_cost_one_action_each(limit: float | None) -> None:
    actions: list[int] = []
    clock = Clock()

    def at(t: int, act: Callable[[], None]) -> None:
        actions.append(t)
        clock.at(t, act)

    cores = Cores(at, lambda: clock.now, limit)
    for takes in (10, 20, 30, 40):
        cores.run(takes, lambda: None)
    finish(clock)
    assert sorted(actions) == [10, 20, 30, 40]
