"""The rules that anyone may run against their own, over what simnet has itself."""

from __future__ import annotations

from simnet.checks import Check
from simnet.faults import (
    KINDS,
    Byzantine,
    Degrade,
    Fault,
    Isolate,
    Kill,
    OneWayCut,
    Outage,
    Partition,
    Pause,
    Restart,
    Restore,
    Snapshot,
    Stop,
    Wipe,
)
from simnet.journal import AnyRecord
from simnet.providers.base import Provider
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.scenario import NetworkSpec, NodeSpec, RelaySpec
from simnet.testing import CheckConformance, FaultConformance, ProviderConformance, ToyProvider
from tests.checks.watched_run import CHECKS, journal

ALICE, EU = ("alice",), ("region:eu",)


class TestFaults(FaultConformance):
    faults: tuple[Fault, ...] = (
        Stop(targets=("alice", "dave")),
        Kill(targets=("collators",)),
        Pause(targets=ALICE),
        Outage(region="eu"),
        Outage(provider="two"),
        Restart(targets=("bob", "dave"), down_for=5.0, kill=True),
        Wipe(targets=ALICE),
        Snapshot(targets=ALICE),
        Restore(targets=ALICE),
        Partition(groups=(("alice", "bob"), ("dave",), ("charlie",))),
        Isolate(targets=EU),
        OneWayCut(source=ALICE, target=("all",)),
        Degrade(source=EU, target=("region:us",), delay=1.0, jitter=0.5, loss=0.2, rate=1e6, both_ways=False),
        Byzantine(targets=ALICE, acts=("back_invalid", "equivocate_votes")),
        Byzantine(targets=("collators",), acts=("stall",)),
    )

    def test_every_kind_is_here(self) -> None:
        assert {fault.kind for fault in self.faults} == set(KINDS.own)


class TestChecks(CheckConformance):
    checks: tuple[Check, ...] = tuple(check for check, _ in CHECKS)

    def records(self) -> tuple[AnyRecord, ...]:
        return tuple(journal())


class TestToys(ProviderConformance):
    def provider(self) -> Provider:
        return ToyProvider()


class TestSimulated(ProviderConformance):
    network = NetworkSpec(
        relay=RelaySpec(validators=tuple(NodeSpec(name=name) for name in ("alice", "bob", "charlie", "dave")))
    )

    def provider(self) -> Provider:
        return SimulatedProvider()
