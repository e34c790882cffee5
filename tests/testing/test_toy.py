"""Toy networks do what their page says: grow, finalize with a quorum, and repeat exactly."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.checks import Status
from simnet.checks.invariants import finality_monotone, no_conflicting_finality
from simnet.errors import NodeError, RpcError
from simnet.faults import Isolate, Kill, Partition, Restart, Wipe
from simnet.journal import Evidence, Journal, Kind
from simnet.journal.records import NodeReady, RunEnded
from simnet.network.topology import RELAY
from simnet.providers.base import Launch, Plan
from simnet.scenario import NetworkSpec, NodeSpec, ParachainSpec, RelaySpec
from simnet.testing import ToyNetwork, ToyProvider
from tests.runs import started

SPEC = NetworkSpec(parachains=(ParachainSpec(id=2000),))
HALVES = Partition(groups=(("alice", "bob"), ("charlie", "dave", "collator-2000")))


def launched(spec: NetworkSpec = SPEC, seed: int = 0) -> ToyNetwork:
    journal = Journal(lambda: 0.0)
    journal.begin(None, started(provider="toy"))
    return ToyProvider().launch(
        Plan(topology=spec.topology(), seed=seed), Launch(run="test", run_dir=Path(), journal=journal), 60
    )


def heights(evidence: Evidence, *nodes: str) -> list[tuple[int, int]]:
    """Best and finalized height of each node."""
    return [(evidence.best[node][-1].height, evidence.finalized[node][-1].height) for node in nodes]


def test_blocks_come_every_six_seconds_and_are_final_two_behind() -> None:
    network = launched()
    network.wait(60)
    assert heights(network.evidence, "alice", "dave") == [(10, 8), (10, 8)]
    assert network.evidence.best["collator-2000"][-1].height == 10
    assert [index for _, _, index in network.evidence.session_changes()] == [1]


def test_without_a_quorum_both_halves_go_on_and_nothing_is_final() -> None:
    network = launched()
    network.wait(60)
    with network.inject(HALVES):
        network.wait(60)
    assert heights(network.evidence, "alice", "charlie") == [(20, 8), (20, 8)]
    assert network.evidence.best["alice"][-1].hash != network.evidence.best["charlie"][-1].hash
    network.wait(30)
    assert heights(network.evidence, "alice", "charlie") == [(25, 23), (25, 23)]
    assert network.evidence.best["alice"][-1].hash == network.evidence.best["charlie"][-1].hash


def test_a_node_that_was_down_catches_up_and_one_that_was_wiped_is_another_incarnation() -> None:
    network = launched()
    with network.inject(Kill(targets=("alice",))):
        network.wait(60)
        with pytest.raises(RpcError, match="alice does not run"):
            network.rpc("alice")
    network.inject(Wipe(targets=("bob",)))
    network.inject(Restart(targets=("charlie",), down_for=12))
    network.wait(12)
    assert len(set(heights(network.evidence, "alice", "bob", "charlie", "dave"))) == 1
    assert network.evidence.best["bob"][-1].incarnation == 1


def test_a_crash_ends_a_wait_with_its_log() -> None:
    network = launched()
    network.at(30, lambda: network.crash("alice"))
    with pytest.raises(NodeError, match="alice ended by itself with exit code 139"):
        network.wait_until(lambda _: False, within=60, what="nothing")


def test_a_node_that_joins_late_is_absent_until_started() -> None:
    spec = NetworkSpec(relay=RelaySpec(nodes=(NodeSpec(name="late", joins_late=True),)))
    network = launched(spec)
    network.wait(12)
    assert not network.evidence.best["late"]
    network.start("late")
    network.wait(6)
    assert heights(network.evidence, "late") == heights(network.evidence, "alice")


def test_equal_seeds_give_equal_journals() -> None:
    def journal(seed: int) -> list[str]:
        network = launched(seed=seed)
        network.send("2000", RELAY, count=3, every=7)
        with network.inject(HALVES):
            network.wait(60)
        network.wait(60)
        return [record.to_json() for record in network.evidence.records[1:]]

    assert journal(1) == journal(1)
    assert journal(1) != journal(2)


node_sets = st.lists(st.sampled_from(["alice", "bob", "charlie", "dave"]), min_size=1, max_size=4, unique=True)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(node_sets, st.sampled_from([Isolate, Kill]), st.integers(1, 40)), max_size=6))
def test_no_order_of_faults_makes_finality_fall_or_fork(faults: list[tuple[list[str], type, int]]) -> None:
    network = launched()
    network.wait(12)
    for number, (targets, kind, seconds) in enumerate(faults):
        fault = network.inject(kind(targets=tuple(targets)), f"fault-{number}")
        network.wait(seconds)
        if number % 2:
            fault.heal()
    network.heal_all()
    network.wait(18)
    assert no_conflicting_finality(network.evidence).status is Status.HELD
    assert finality_monotone(network.evidence).status is Status.HELD
    assert len(set(heights(network.evidence, "alice", "bob", "charlie", "dave"))) == 1


def test_a_run_that_takes_over_sees_the_network_as_it_is() -> None:
    network = launched()
    network.wait(100)
    before = network.journal.end(outcome="finished")
    network.wait(10)
    network.journal.begin(None, started(run="next", provider="toy"))
    after = network.evidence
    assert before.outcome == RunEnded(outcome="finished", error=None)
    assert [record.kind for record in after.records[:2]] == [Kind.RUN_STARTED, Kind.NETWORK]
    assert {record.t for record in after.records} == {0.0}
    assert heights(after, "alice", "collator-2000") == [(18, 16), (18, 16)]
    for chain in after.chains():
        assert [block.height for block in after.canonical(chain)] == [16]
    assert after.of(NodeReady) != []
    network.wait(6)
    assert network.now() == pytest.approx(6)
    assert [block.height for block in after.canonical(RELAY)] == [16, 17]
