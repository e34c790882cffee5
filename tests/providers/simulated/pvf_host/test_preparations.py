"""Codes are compiled by one worker, or by two where something urgent waits, once for all that ask."""

from __future__ import annotations

from simnet.providers.simulated.clock import SECOND
from tests.providers.simulated.pvf_host.host_lab import CODE, OTHER, THIRD, HostLab


def test_candidates_wait_until_their_code_is_compiled() -> None:
    lab = HostLab()
    lab.execute("one")
    lab.at(3, lambda: lab.execute("two"))
    lab.at(20, lambda: lab.execute("three"))
    lab.run()
    assert lab.ends == {"one": (9, "executed"), "two": (9, "executed"), "three": (21, "executed")}


def test_codes_of_backing_are_compiled_one_after_the_other() -> None:
    lab = HostLab()
    lab.execute("one", "backing", code=CODE)
    lab.execute("two", "backing", code=OTHER)
    lab.run()
    assert lab.ends == {"one": (9, "executed"), "two": (17, "executed")}


def test_an_urgent_code_has_a_worker_of_its_own() -> None:
    lab = HostLab()
    lab.execute("backing", "backing", code=CODE)
    lab.execute("approval", "approval", code=OTHER)
    lab.execute("dispute", "dispute", code=THIRD)
    lab.run()
    assert [t for t, _ in lab.ends.values()] == [9, 9, 17]


def test_an_urgent_code_goes_before_those_that_wait() -> None:
    lab = HostLab()
    lab.execute("running", "backing", code=CODE)
    lab.execute("waiting", "backing", code=OTHER)
    lab.execute("urgent", "approval", code=THIRD)
    lab.run()
    assert lab.order == ["running", "urgent", "waiting"]


def test_a_check_waits_for_what_executions_asked_for() -> None:
    lab = HostLab()
    lab.execute("one", "backing")
    lab.at(2, lambda: lab.check(CODE))
    lab.run()
    assert lab.checks == {CODE: (8, True)}


def test_a_code_that_takes_too_long_fails_its_check_and_is_not_tried_again_for_one() -> None:
    lab = HostLab(compiling=70.0)
    lab.check(CODE)
    lab.run()
    assert lab.checks == {CODE: (60, False)}
    lab.at(2_000, lambda: lab.check(CODE))
    lab.run()
    assert lab.checks == {CODE: (2_000, False)}


def test_executions_try_again_a_quarter_of_an_hour_later() -> None:
    lab = HostLab(compiling=70.0)
    lab.check(CODE)
    lab.at(100, lambda: lab.execute("too soon"))
    lab.at(961, lambda: lab.execute("later"))
    lab.run()
    assert lab.ends == {"too soon": (100, "not prepared"), "later": (961 + 70 + 1, "executed")}


def test_six_failures_are_enough() -> None:
    lab = HostLab(compiling=400.0)
    for number in range(8):
        lab.at(2_000 * number, lambda number=number: lab.execute(str(number)))  # type: ignore[misc]
    lab.run()
    took = [t - 2_000 * number for number, (t, _) in enumerate(lab.ends.values())]
    assert took == [360] * 6 + [0] * 2
    assert {ending for _, ending in lab.ends.values()} == {"not prepared"}


def test_under_half_a_core_compiling_takes_twice_as_long() -> None:
    lab = HostLab(0.5)
    lab.check(CODE)
    lab.run(16)
    assert lab.checks == {CODE: (16, True)}


def test_a_worker_that_gives_no_answer_is_killed() -> None:
    lab = HostLab(0.02)
    lab.check(CODE, limit=10.0)
    lab.run()
    assert lab.checks == {CODE: (40, False)}


def test_after_a_failure_the_next_one_has_its_turn() -> None:
    lab = HostLab(compiling=70.0)
    lab.check(CODE, limit=10.0)
    lab.check(OTHER, limit=100.0)
    lab.run()
    assert lab.checks == {CODE: (10, False), OTHER: (80, True)}


def test_a_time_is_drawn_when_a_code_is_asked_for_first() -> None:
    lab = HostLab()
    drawn = []
    for seconds in (5, 6):
        lab.host.expect(CODE, lambda seconds=seconds: (drawn.append(seconds), seconds * SECOND)[1])  # type: ignore[misc]
    assert drawn == [5]
