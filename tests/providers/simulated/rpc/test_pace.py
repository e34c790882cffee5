"""Virtual time follows real time; requests are served in between; being late is caught up with, and said."""

from __future__ import annotations

import threading
import time

from simnet.providers.simulated.clock import NEVER, SECOND, Clock
from simnet.providers.simulated.serving._pace import Pace, RequestQueue


class Reality:
    """Real time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def paced(clock: Clock, requests: RequestQueue, reality: Reality, speed: float = 2.0) -> tuple[Pace, list[str]]:
    said: list[str] = []
    return Pace(clock, requests, speed, say=said.append, after=lambda: None, real=reality), said


def test_an_action_is_done_when_its_time_has_come_in_reality() -> None:
    clock, done = Clock(), []
    clock.at(SECOND // 5, lambda: done.append(time.monotonic()))
    began = time.monotonic()
    pace = Pace(clock, RequestQueue(), 2.0, say=print, after=lambda: None)
    pace.advance(10 * SECOND)
    assert clock.now == SECOND // 5
    assert done[0] - began >= 0.1


def test_idling_costs_no_cpu() -> None:
    used = time.process_time()
    Pace(Clock(), RequestQueue(), 1.0, say=print, after=lambda: None).advance(SECOND // 2)
    assert time.process_time() - used < 0.1


def test_what_is_late_is_done_at_once() -> None:
    clock, reality, done = Clock(), Reality(), []
    for t in (1, 2, 3):
        clock.at(t * SECOND, lambda t=t: done.append(t))  # type: ignore[misc]
    pace, _ = paced(clock, RequestQueue(), reality)
    reality.now += 1.0
    pace.advance(10 * SECOND)
    pace.advance(10 * SECOND)
    assert done == [1, 2]


def test_a_request_wakes_the_driver_and_sees_the_time_that_passed() -> None:
    clock, requests, seen = Clock(), RequestQueue(), []
    clock.at(60 * SECOND, lambda: seen.append(-1))
    pace = Pace(clock, requests, 1.0, say=print, after=lambda: None)
    threading.Timer(0.1, lambda: requests.put(lambda: seen.append(clock.now))).start()
    pace.advance(120 * SECOND)
    (now,) = seen
    assert SECOND // 10 <= now < 60 * SECOND


def test_requests_are_served_also_while_it_is_behind() -> None:
    clock, requests, reality, seen = Clock(), RequestQueue(), Reality(), []
    for t in range(1, 4):
        clock.at(t * SECOND, lambda t=t: seen.append(f"action {t}"))  # type: ignore[misc]
    pace, _ = paced(clock, requests, reality)
    reality.now += 100
    requests.put(lambda: seen.append("request"))
    pace.advance(10 * SECOND)
    requests.put(lambda: seen.append("request"))
    pace.advance(10 * SECOND)
    assert seen == ["request", "action 1", "request", "action 2"]


def test_requests_get_no_more_time_than_a_clock_that_is_behind() -> None:
    clock, requests, reality, seen = Clock(), RequestQueue(), Reality(), []

    def takes(what: str, seconds: float) -> None:
        seen.append(what)
        reality.now += seconds

    for t in range(1, 9):
        clock.at(t * SECOND, lambda: takes("action", 0.25))
    pace, _ = paced(clock, requests, reality)
    reality.now += 100
    for _ in range(3):
        requests.put(lambda: takes("request", 1.0))
    for _ in range(8):
        pace.advance(10 * SECOND)
    assert seen == ["request", *["action"] * 4] * 2


def test_changes_wait_for_one_another_and_questions_do_not() -> None:
    clock, requests, reality, seen = Clock(), RequestQueue(), Reality(), []
    pace, _ = paced(clock, requests, reality)

    def change() -> None:
        seen.append("first begins")
        requests.put(lambda: seen.append("second"), alone=True)
        requests.put(lambda: seen.append("question"))
        reality.now += 10
        pace.advance(SECOND)  # as a change does that takes virtual time
        seen.append("first ends")

    requests.put(change, alone=True)
    for t in (2, 3):
        pace.advance(t * SECOND)
    assert seen == ["first begins", "question", "first ends", "second"]


def test_it_says_when_it_cannot_keep_up_and_when_it_can_again() -> None:
    clock, reality = Clock(), Reality()
    pace, said = paced(clock, RequestQueue(), reality)
    for t in range(1, 9):  # each second of the network takes one here, where half of one was asked
        clock.at(t * SECOND, lambda: setattr(reality, "now", reality.now + 1.0))
    while clock.next() < NEVER:
        pace.advance(20 * SECOND)
    assert said == []
    reality.now += 4.5
    clock.at(9 * SECOND, lambda: None)
    pace.advance(20 * SECOND)
    assert said == [
        "the network is 8 s behind: of late it went 0.72 times as fast as reality, and 2 was asked; lower --speed, or"
        " make it smaller"
    ]
    clock.at(25 * SECOND, lambda: None)
    pace.advance(30 * SECOND)
    assert said[1:] == ["the network keeps up again"]
