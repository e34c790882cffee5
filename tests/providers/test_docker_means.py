"""By which means a fault is done on Docker follows from what it asks for, whoever wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from simnet.faults import (
    CUT,
    Byzantine,
    Degrade,
    Fault,
    Isolate,
    Kill,
    LinkState,
    OnTargets,
    Outage,
    Pair,
    Pause,
    Process,
    Restart,
    Restore,
    Snapshot,
    Stop,
    Wipe,
)
from simnet.network.topology import Topology
from simnet.providers.docker.doctor import means_of
from simnet.testing import TWO_REGIONS

ALICE = ("alice",)


@dataclass(frozen=True, kw_only=True)
class Freeze(OnTargets):
    """A fault that Docker never heard of: a node freezes, and the way back from it is cut, the way there slow."""

    kind: ClassVar[str] = "freeze"

    def process(self) -> Process:
        return "paused"

    def links(self, topology: Topology) -> dict[Pair, LinkState]:
        return {("alice", "bob"): CUT, ("bob", "alice"): LinkState(delay=1.0)}


@pytest.mark.parametrize(
    ("fault", "means"),
    [
        (Stop(targets=ALICE), {"kill"}),
        (Outage(region="eu"), {"kill"}),
        (Kill(targets=ALICE), {"kill"}),
        (Pause(targets=ALICE), {"pause"}),
        (Isolate(targets=ALICE), {"partition"}),
        (Degrade(source=ALICE, target=("all",), delay=1.0), {"degrade"}),
        (Byzantine(targets=ALICE, acts=("back_invalid",)), {"byzantine"}),
        (Restart(targets=ALICE), {"restart"}),
        (Wipe(targets=ALICE), {"wipe"}),
        (Snapshot(targets=ALICE), {"snapshot"}),
        (Restore(targets=ALICE), {"restore"}),
        (Freeze(targets=ALICE), {"pause", "partition", "degrade"}),
    ],
)
def test_the_means_of_a_fault_are_those_that_it_asks_for(fault: Fault, means: set[str]) -> None:
    assert set(means_of(fault, TWO_REGIONS.topology())) == means
