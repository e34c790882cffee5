"""When a node's process was down or frozen: one time after the other, whatever order things happened in."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from simnet.journal import Evidence, Journal
from simnet.journal.records import NodeDown, NodePaused, NodeReady, NodeResumed, NodeUp, RecordData

UP = NodeUp(image="", flags=[], reason="")
DOWN = NodeDown(intended=True, exit_code=0, oom_killed=False, log_tail=[])
HAPPENS = (UP, DOWN, NodePaused(), NodeResumed())


def told(*happened: RecordData) -> Evidence:
    """A record of each about one node, a second apart, the first at 0 s."""
    ticks = iter(range(len(happened)))
    journal = Journal(lambda: float(next(ticks)))
    for data in happened:
        journal.append(data, observer="alice")
    return journal.evidence


def test_a_frozen_process_that_is_killed_and_starts_again_is_there_again() -> None:
    """Its freezing never ended, so that every check excused it for the rest of the run."""
    seen = told(UP, NodePaused(), DOWN, UP, NodeReady())
    assert [(down.start, down.end) for down in seen.downs["alice"]] == [(1, 2), (2, 3)]
    assert not seen.was_down("alice", 3, 5)


@given(st.lists(st.sampled_from(HAPPENS), max_size=12))
def test_only_the_last_time_is_open_and_only_if_the_process_is_not_there(happened: list[RecordData]) -> None:
    downs = told(*happened).downs["alice"]
    assert all(one.end is not None and one.end <= two.start for one, two in pairwise(downs))
    there = not happened or not isinstance(happened[-1], NodeDown | NodePaused)
    assert not (downs and there) or downs[-1].end is not None
