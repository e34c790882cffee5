"""When a node's process was down or frozen: one time after the other, whatever order things happened in."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from simnet.journal import Evidence, Journal, Kind

HAPPENS = (Kind.NODE_UP, Kind.NODE_DOWN, Kind.NODE_PAUSED, Kind.NODE_RESUMED)


def told(*kinds: Kind) -> Evidence:
    """A record of each kind about one node, a second apart, the first at 0 s."""
    ticks = iter(range(len(kinds)))
    journal = Journal(lambda: float(next(ticks)))
    for kind in kinds:
        journal.append(kind, observer="alice")
    return journal.evidence


def test_a_frozen_process_that_is_killed_and_starts_again_is_there_again() -> None:
    """Its freezing never ended, so that every check excused it for the rest of the run."""
    seen = told(Kind.NODE_UP, Kind.NODE_PAUSED, Kind.NODE_DOWN, Kind.NODE_UP, Kind.NODE_READY)
    assert [(down.start, down.end) for down in seen.downs["alice"]] == [(1, 2), (2, 3)]
    assert not seen.was_down("alice", 3, 5)


@given(st.lists(st.sampled_from(HAPPENS), max_size=12))
def test_only_the_last_time_is_open_and_only_if_the_process_is_not_there(kinds: list[Kind]) -> None:
    downs = told(*kinds).downs["alice"]
    assert all(one.end is not None and one.end <= two.start for one, two in pairwise(downs))
    there = not kinds or kinds[-1] not in (Kind.NODE_DOWN, Kind.NODE_PAUSED)
    assert not (downs and there) or downs[-1].end is not None
