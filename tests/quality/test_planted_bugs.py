"""A search finds each planted bug and shrinks it to exactly this schedule in few cases; without it, it finds nothing.

The schedules follow from the seeds and from the simulation: a change of either moves them, and then
``python -m benchmarks.search_quality`` prints the new ones, which must be as small.
"""

from __future__ import annotations

import pytest

from simnet.faults import Fault, Stop
from simnet.search.schedule import Placed, placed
from tests.quality.planted import FORGETFUL, HUNTS, LOST_PAGE, NO_CATCH_UP, Hunt

MOST_TO_FIND = 100
MOST_TO_SHRINK = 150


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("hunt", "fault", "at", "length", "why"),
    [
        (FORGETFUL, Stop(targets=("alice", "bob")), 0, 1, "no offence"),
        (NO_CATCH_UP, Stop(targets=("alice",)), 110, 1, "finality_advances during=settle within=40"),
        (LOST_PAGE, Stop(targets=("collator-2001",)), 60, 15, "no message lost"),
    ],
    ids=lambda value: value.defect if isinstance(value, Hunt) else "",
)
def test_the_bug_is_found_and_shrunk(hunt: Hunt, fault: Fault, at: float, length: float, why: str) -> None:
    found = hunt.run()
    assert found.failure is not None
    assert placed(found.failure.schedule) == (Placed(fault, at, length),)
    assert why in found.why
    assert found.searched.trials <= MOST_TO_FIND
    assert found.shrunk.trials <= MOST_TO_SHRINK


@pytest.mark.timeout(600)
@pytest.mark.parametrize("hunt", HUNTS, ids=lambda hunt: hunt.defect)
def test_nothing_is_found_without_the_bug(hunt: Hunt) -> None:
    found = hunt.run(planted=False, examples=20)
    assert found.failure is None
    assert found.searched.trials >= 8
