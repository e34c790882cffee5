"""What the passes make of failing schedules, judged by rules instead of by networks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simnet.faults import Degrade, Fault, Isolate, OneWayCut, Outage, Partition, Pause, Restart, Stop
from simnet.search.schedule import Placed, Schedule, allowed, placed, written
from simnet.search.shrinking import shrink, simplicity
from tests.search.spaces import NETWORK, space

TOPOLOGY = NETWORK.topology()
EVERYBODY = tuple(node.name for node in TOPOLOGY.nodes)
BIG: Schedule = (
    Placed(Restart(targets=("bob", "dave"), down_for=5.0, kill=True), 7, 0),
    Placed(Partition(groups=(("charlie", "dave"), ("bob", "alice", "collator-2001"))), 137, 110),
    Placed(Degrade(source=("bob",), target=EVERYBODY[2:], delay=5.0, loss=0.3), 301, 90),
)

Rule = Callable[[Schedule], bool]


def smallest(rule: Rule, schedule: Schedule = BIG, **how: object) -> Schedule:
    """The schedule that the passes end with; everything that they run is allowed."""
    asked = space(**how)

    def fails(one: Schedule) -> bool:
        assert allowed(asked, TOPOLOGY, one)
        return rule(one)

    assert rule(schedule)
    return shrink(asked, TOPOLOGY, schedule, fails)


def hits(name: str, kinds: tuple[str, ...]) -> Rule:
    return lambda schedule: any(one.fault.kind in kinds and name in one.fault.affected(TOPOLOGY) for one in schedule)


def covers(t: float) -> Rule:
    return lambda schedule: any(one.at <= t < one.at + one.length for one in schedule)


def test_what_fails_without_any_fault_shrinks_to_no_fault() -> None:
    assert smallest(lambda _: True) == ()


@pytest.mark.parametrize(
    ("rule", "fault", "at", "length"),
    [
        (lambda schedule: len(schedule) > 0, Stop(targets=("alice",)), 0, 1),
        (hits("dave", ("restart", "partition", "degrade")), Restart(targets=("dave",)), 0, 0),
        (hits("collator-2001", ("stop", "degrade")), Stop(targets=("collator-2001",)), 0, 1),
        (
            lambda schedule: any(one.fault.kind == "partition" and one.length > 60 for one in schedule),
            Partition(groups=(("alice",), ("bob",))), 0, 70,
        ),
        (covers(200.0), Stop(targets=("alice",)), 200, 1),
        (covers(301.5), Stop(targets=("alice",)), 301, 1),
        (
            lambda schedule: any(isinstance(one.fault, Degrade) and one.fault.loss >= 0.1 for one in schedule),
            Degrade(source=("alice",), target=("bob",), loss=0.1), 0, 1,
        ),
        (
            lambda schedule: any(isinstance(one.fault, Degrade) and one.fault.delay > 1 for one in schedule),
            Degrade(source=("alice",), target=("bob",), delay=2.0), 0, 1,
        ),
    ],
)  # fmt: skip
def test_one_window_is_left_as_simple_as_the_rule_lets_it_be(
    rule: Rule, fault: Fault, at: float, length: float
) -> None:
    assert smallest(rule) == (Placed(fault, at, length),)


def test_two_windows_stay_when_both_are_needed() -> None:
    def stop_then_pause(schedule: Schedule) -> bool:
        kinds = [one.fault.kind for one in schedule]
        return "restart" in kinds and "degrade" in kinds[kinds.index("restart") :]

    first, second = smallest(stop_then_pause)
    assert first == Placed(Restart(targets=("alice",)), 0, 0)
    assert second == Placed(Degrade(source=("alice",), target=("bob",), loss=0.01), 120, 1)


def test_windows_that_depend_on_each_other_move_together() -> None:
    def one_minute_apart(schedule: Schedule) -> bool:
        return len(schedule) == 2 and schedule[1].at - schedule[0].at == 60

    start = (Placed(Stop(targets=("bob",)), 185, 3), Placed(Pause(targets=("dave",)), 245, 4))
    assert [one.at for one in smallest(one_minute_apart, start)] == [5, 65]


def test_an_outage_names_its_nodes_when_fewer_will_do() -> None:
    start = (Placed(Outage(region="us"), 30, 40),)
    assert smallest(hits("dave", ("outage",)), start)[0].fault == Outage(region="us")
    assert smallest(hits("dave", ("outage", "stop")), start)[0].fault == Stop(targets=("dave",))


def test_a_cut_becomes_a_longer_stop_when_nodes_that_were_cut_take_longer_to_recover() -> None:
    def long_enough(schedule: Schedule) -> bool:
        return any(one.length >= (60 if isinstance(one.fault, Stop) else 30) for one in schedule)

    start = (Placed(Isolate(targets=("bob",)), 33, 30),)
    assert smallest(long_enough, start, kinds=("stop", "isolate")) == (Placed(Stop(targets=("alice",)), 0, 60),)


def test_only_kinds_of_the_space_are_tried() -> None:
    start = (Placed(OneWayCut(source=("bob",), target=("dave",)), 33, 30),)
    assert smallest(bool, start, kinds=("one_way_cut",))[0].fault == OneWayCut(source=("alice",), target=("bob",))


@pytest.mark.parametrize("needed", [0.1, 0.3])
def test_few_schedules_are_tried(needed: float) -> None:
    tried = []

    def rule(schedule: Schedule) -> bool:
        tried.append(schedule)
        return any(isinstance(one.fault, Degrade) and one.fault.loss >= needed for one in schedule)

    smallest(rule)
    assert len(tried) < 100


def test_each_step_makes_the_schedule_simpler() -> None:
    last = [simplicity(BIG, TOPOLOGY)]

    def rule(schedule: Schedule) -> bool:
        fails = covers(200.0)(schedule)
        if fails and schedule != BIG:
            assert simplicity(schedule, TOPOLOGY) < last[-1]
            last.append(simplicity(schedule, TOPOLOGY))
        return fails

    smallest(rule)
    assert len(last) > 5


def test_windows_are_written_and_read_back() -> None:
    twice = (*BIG[:1], Placed(Restart(targets=("bob",)), 200, 0))
    assert placed(written(twice)) == twice
    assert [window.name for window in written(twice)] == [None, "restart-2"]
