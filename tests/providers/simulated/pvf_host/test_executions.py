"""Executions wait for four workers, the most urgent first but for shares, and end by their time alone."""

from __future__ import annotations

import pytest

from simnet.providers.simulated.pvf_host import WALL_CLOCK_FACTOR, WORKERS, ExecutionKind
from tests.providers.simulated.pvf_host.host_lab import HostLab


def test_four_are_executed_at_a_time() -> None:
    lab = HostLab().compiled()
    for number in range(WORKERS + 1):
        lab.execute(str(number))
    lab.run()
    assert [t for t, _ in lab.ends.values()] == [1, 1, 1, 1, 2]


def begun_after_a_full_house(waiting: list[tuple[ExecutionKind, int]], busy: ExecutionKind = "backing") -> list[str]:
    """The kinds of executions in the order in which one worker takes them, the other three being busy for long. The
    four that were begun before them are of the kind ``busy``."""
    lab = HostLab().compiled()
    for number in range(WORKERS - 1):
        lab.execute(f"long {number}", busy, 11.9)
    lab.execute("first", busy, 0.01)
    for kind, count in waiting:
        for number in range(count):
            lab.execute(f"{kind} {number}", kind, 0.01)
    lab.run(11)
    return [name.rpartition(" ")[0] for name in lab.order if not name.startswith(("long", "first"))]


def test_disputes_go_first_whatever_came_before() -> None:
    order = begun_after_a_full_house([("backing", 1), ("approval", 1), ("dispute", 2)])
    assert order == ["dispute", "dispute", "approval", "backing"]


def test_disputes_leave_a_share_to_approvals_and_those_one_to_backing() -> None:
    """Of twelve: disputes up to seven tenths of all, approvals up to four fifths of what is left; system parachains
    before others. Four disputes were begun before these, with which the window begins."""
    order = begun_after_a_full_house(
        [("dispute", 12), ("approval", 12), ("backing of a system parachain", 2), ("backing", 2)], busy="dispute"
    )
    window = ["dispute"] * 4 + order[:8]
    assert window.count("dispute") == 8
    assert window.count("approval") == 3
    assert window.count("backing of a system parachain") == 1
    assert order[8:20].count("dispute") == 8, "and the next window is like it"


@pytest.mark.parametrize("kind", ["backing", "backing of a system parachain"])
def test_backing_alone_has_all_workers(kind: ExecutionKind) -> None:
    lab = HostLab().compiled()
    for number in range(20):
        lab.execute(str(number), kind, 1.0)
    lab.run()
    assert max(t for t, _ in lab.ends.values()) == 5


def test_what_takes_more_of_a_core_than_it_may_has_timed_out() -> None:
    lab = HostLab().compiled()
    lab.execute("slow", takes=12.1)
    lab.execute("just", takes=12.0)
    lab.run()
    assert lab.ends == {"slow": (12, "timed out"), "just": (12, "executed")}


def test_waiting_for_a_core_does_not_count_for_that() -> None:
    lab = HostLab(0.5).compiled()
    lab.execute("one", takes=11.0)
    lab.run()
    assert lab.ends == {"one": (22, "executed")}


def test_a_worker_that_gives_no_answer_for_four_times_as_long_is_killed() -> None:
    lab = HostLab(0.1).compiled()
    lab.execute("one", takes=2.0, limit=4.0)
    lab.run()
    assert lab.ends == {"one": (4.0 * WALL_CLOCK_FACTOR, "timed out")}


def test_what_a_killed_worker_held_goes_to_the_others() -> None:
    lab = HostLab(0.25).compiled()
    lab.execute("one", takes=2.0, limit=2.0)
    lab.execute("two", takes=2.0, limit=12.0)
    lab.run()
    assert lab.ends == {"one": (8, "timed out"), "two": (12, "executed")}


def test_waiting_for_a_worker_counts_for_nothing() -> None:
    lab = HostLab().compiled()
    for number in range(2 * WORKERS):
        lab.execute(str(number), takes=1.5, limit=2.0)
    lab.run()
    assert {ending for _, ending in lab.ends.values()} == {"executed"}


def test_what_nobody_wants_any_more_is_dropped_and_takes_no_worker() -> None:
    lab = HostLab().compiled()
    for number in range(WORKERS):
        lab.execute(f"busy {number}", takes=5.0)
    lab.execute("stale", "backing", wanted=lambda: lab.now < 3)
    lab.execute("fresh", "backing")
    lab.run()
    assert lab.ends["stale"] == (5, "dropped")
    assert lab.ends["fresh"] == (6, "executed")
