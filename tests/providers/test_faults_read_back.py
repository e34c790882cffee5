"""A fault changes something and is read back, or injecting it is an error. Toy networks do as they are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from simnet.checks import FinalityAdvances, Status
from simnet.checks.invariants import faults_took_hold
from simnet.errors import FaultError, InputError
from simnet.faults import (
    KINDS,
    Byzantine,
    Fault,
    Isolate,
    Kill,
    Partition,
    Pause,
    Restart,
    Restore,
    Snapshot,
    Stop,
    Wipe,
    fault_from,
)
from simnet.journal import Journal
from simnet.journal.records import Barrier, NodeDown
from simnet.network.topology import Topology
from simnet.providers.base import Launch, Plan
from simnet.providers.injection import Observation
from simnet.scenario import NetworkSpec, NodeSpec, ParachainSpec, RelaySpec
from simnet.testing import ToyNetwork, ToyProvider
from tests.runs import started

SPEC = NetworkSpec(
    relay=RelaySpec(nodes=(NodeSpec(name="late", joins_late=True),)), parachains=(ParachainSpec(id=2000),)
)


@pytest.fixture
def network() -> ToyNetwork:
    return launched(SPEC)


def launched(spec: NetworkSpec) -> ToyNetwork:
    journal = Journal(lambda: 0.0)
    journal.begin(None, started(provider="toy"))
    plan = Plan(topology=spec.topology())
    network = ToyProvider().launch(plan, Launch(run="test", run_dir=Path(), journal=journal), 60)
    network.wait(30)
    network.journal.append(Barrier())
    return network


@dataclass(frozen=True, kw_only=True)
class Nothing(Fault):
    """A fault that a user wrote, which changes nothing."""

    kind: ClassVar[str] = "nothing"
    nodes: tuple[str, ...] = ("alice",)

    def affected(self, topology: Topology) -> tuple[str, ...]:
        return self.nodes


@dataclass(frozen=True, kw_only=True)
class StopsAll(Stop):
    """One that does something, but of which the journal could not tell."""

    kind: ClassVar[str] = "stops_all"


@dataclass(frozen=True, kw_only=True)
class Halfway(Stop):
    """An instant that says nothing of what its nodes go through."""

    kind: ClassVar[str] = "halfway"
    instant: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class Invented(Stop):
    """A misdeed that no node can be told to do."""

    kind: ClassVar[str] = "invented"

    def misdeeds(self) -> tuple[str, ...]:
        return ("bribe",)


@contextmanager
def registered(fault: type[Fault]) -> Iterator[None]:
    KINDS.brought[fault.kind] = fault
    try:
        yield
    finally:
        del KINDS.brought[fault.kind]


@pytest.mark.parametrize("nodes", [("alice",), ()])
def test_a_custom_fault_that_changes_nothing_is_refused(network: ToyNetwork, nodes: tuple[str, ...]) -> None:
    with registered(Nothing), pytest.raises(InputError, match="changes nothing"):
        network.inject(Nothing(nodes=nodes))
    assert not network.injections
    assert not network.evidence.windows


def test_a_fault_that_no_stored_run_could_tell_of_is_refused(network: ToyNetwork) -> None:
    with pytest.raises(InputError, match="stops_all"):
        network.inject(StopsAll(targets=("alice",)))
    assert network.state().nodes["alice"] == "running"


@pytest.mark.parametrize(
    ("fault", "told"),
    [(Halfway(targets=("alice",)), "an instant without a cycle"), (Invented(targets=("alice",)), "told to bribe")],
)
def test_a_fault_that_no_network_could_carry_out_is_refused(network: ToyNetwork, fault: Fault, told: str) -> None:
    with registered(type(fault)), pytest.raises(InputError, match=told):
        network.inject(fault)
    assert network.state().nodes["alice"] == "running"


def test_a_kind_that_nothing_here_brings_cannot_be_read_back() -> None:
    with pytest.raises(InputError, match="install the distribution that brings it"):
        fault_from({"kind": "stops_all", "targets": ["alice"]})


def test_an_isolation_without_a_link_is_refused_where_it_is_written() -> None:
    network = launched(NetworkSpec(relay=RelaySpec(validators=1)))
    with pytest.raises(InputError, match="changes nothing"):
        network.inject(Isolate(targets=("alice",)))


def test_a_node_that_was_not_started_cannot_be_stopped(network: ToyNetwork) -> None:
    for fault in (Stop(targets=("late",)), Restart(targets=("late", "alice"))):
        with pytest.raises(FaultError, match="late was not started yet"):
            network.inject(fault)
    assert faults_took_hold(network.evidence).status is Status.INCONCLUSIVE
    assert network.inject(Kill(targets=("late", "bob"))).last is not None


def test_nothing_read_is_not_as_asked() -> None:
    assert not Observation(0.0, ()).holds


CYCLES = [Restart(targets=("bob",), down_for=20), Wipe(targets=("bob",)), Snapshot(targets=("bob", "dave"))]


@pytest.mark.parametrize("fault", CYCLES, ids=lambda fault: fault.kind)
def test_an_instant_is_read_back(network: ToyNetwork, fault: Fault) -> None:
    injection = network.inject(fault)
    (window,) = network.evidence.windows.values()
    assert window.holds
    assert injection.last is not None
    assert len(window.readings) == len(injection.last.readings) >= 2
    assert injection.observe() is injection.last, "it is over: observing it measures nothing"


def test_a_restored_database_is_the_one_that_was_kept(network: ToyNetwork) -> None:
    network.inject(Snapshot(targets=("bob",)))
    network.wait(60)
    last = network.inject(Restore(targets=("bob",))).last
    assert last is not None
    assert last.holds
    assert "up to block 5, number 1" in last.readings[1].asked
    assert last.readings[1].seen == "number 1, up to block 5"


def test_a_database_that_was_never_kept_takes_no_node_down(network: ToyNetwork) -> None:
    network.inject(Snapshot(targets=("bob",)))
    downs = len(network.evidence.of(NodeDown))
    with pytest.raises(FaultError, match="no snapshot of dave"):
        network.inject(Restore(targets=("bob", "dave")))
    assert len(network.evidence.of(NodeDown)) == downs


def test_an_instant_that_nobody_read_back_is_inconclusive(network: ToyNetwork) -> None:
    network.inject(Wipe(targets=("bob",)), "gone")
    evidence = network.evidence
    (window,) = evidence.windows.values()
    assert faults_took_hold(evidence).status is Status.HELD
    evidence.windows[window.id] = type(window)(window.id, window.name, window.values, window.apply_end, 0.0, 0.0)
    found = faults_took_hold(evidence)
    assert found.status is Status.INCONCLUSIVE
    assert "gone: nothing was read back" in found.seen


# -- changes --------------------------------------------------------------------------------------------------------


def test_a_change_reads_back_what_went_and_what_came(network: ToyNetwork) -> None:
    injection = network.inject(Stop(targets=("alice",)), "away")
    injection.change(Stop(targets=("bob",)))
    assert injection.last is not None
    assert {(one.what, one.seen) for one in injection.last.readings} == {("alice", "running"), ("bob", "stopped")}
    assert network.evidence.window("away").nodes == ("bob",)


def test_a_change_into_nothing_or_an_instant_is_refused(network: ToyNetwork) -> None:
    injection = network.inject(Stop(targets=("alice",)), "away")
    with registered(Nothing), pytest.raises(InputError, match="changes nothing"):
        injection.change(Nothing())
    with pytest.raises(InputError, match="instant"):
        injection.change(Restart(targets=("alice",)))
    assert network.state().nodes["alice"] == "stopped"


def test_a_change_that_fails_leaves_the_old_value_and_no_verdict_on_the_fault(
    network: ToyNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    injection = network.inject(Pause(targets=("alice",)), "away")
    real = network.reconcile

    def stubborn(before: object, after: object) -> None:
        monkeypatch.setattr(network, "reconcile", real)
        raise FaultError("bob does not stop")

    monkeypatch.setattr(network, "reconcile", stubborn)
    with pytest.raises(FaultError):
        injection.change(Stop(targets=("bob",)))
    assert network.state().nodes == network.applied.nodes
    assert network.applied.nodes["alice"] == "paused"
    window = network.evidence.window("away")
    assert window is not None
    assert window.holds is False


def test_what_a_fault_was_at_a_time_is_told(network: ToyNetwork) -> None:
    injection = network.inject(Partition(groups=(("alice",), ("bob",))), "cut")
    start = network.now()
    network.wait(30)
    injection.change(Isolate(targets=("alice",)))
    network.wait(30)
    injection.heal()
    window = network.evidence.window("cut")
    assert window is not None
    kinds = [(fault or {}).get("kind") for fault in (window.at(start + t) for t in (-1, 1, 29, 31, 61))]
    assert kinds == [None, "partition", "partition", "isolate", None]


# -- acts -----------------------------------------------------------------------------------------------------------


def test_an_act_without_an_occasion_leaves_open_only_what_names_its_fault(network: ToyNetwork) -> None:
    with network.inject(Byzantine(targets=("dave",), acts=("back_invalid",)), "bad"):
        network.wait(60)
    network.wait(30)
    network.settle()
    evidence = network.evidence
    found = FinalityAdvances(during="bad", nodes=("dave",)).judge(evidence)
    assert found.status is Status.INCONCLUSIVE
    assert "back_invalid: dave had no occasion" in found.seen
    assert FinalityAdvances(after="bad", nodes=("dave",)).judge(evidence).status is Status.INCONCLUSIVE
    assert FinalityAdvances(nodes=("dave",)).judge(evidence).status is Status.HELD
    hold = faults_took_hold(evidence)
    assert hold.status is Status.HELD
    assert "bad did nothing" in hold.seen
