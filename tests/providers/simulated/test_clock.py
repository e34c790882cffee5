from __future__ import annotations

from simnet.providers.simulated.clock import NEVER, SECOND, Clock


def test_actions_happen_in_time_and_equal_times_in_order() -> None:
    clock, seen = Clock(), []
    for name, t in (("c", 3), ("a", 1), ("b", 1), ("never", NEVER)):
        clock.at(t, lambda name=name: seen.append((clock.now, name)))  # type: ignore[misc]
    while clock.next() < NEVER:
        clock.advance(10)
    clock.advance(10)
    assert seen == [(1, "a"), (1, "b"), (3, "c")]
    assert clock.now == 10


def test_an_action_may_schedule_one_at_the_same_time() -> None:
    clock, seen = Clock(), []
    clock.at(SECOND, lambda: clock.at(0, lambda: seen.append(clock.now)))
    clock.advance(2 * SECOND)
    clock.advance(2 * SECOND)
    assert seen == [SECOND], "what is due in the past is done next, not before"


def test_time_passes_where_nothing_happens() -> None:
    clock = Clock()
    clock.at(5, lambda: None)
    clock.advance(4)
    assert clock.now == 4
    clock.advance(9)
    assert clock.now == 5
