"""Faults take hold on simulated nodes and leave the marks that they leave on real ones."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from simnet.checks.watched import coverage
from simnet.errors import FaultError, RpcError, SimnetError
from simnet.faults import (
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
from simnet.journal.records import FaultObserved, NodeReady, NodeUp
from simnet.providers.base import Plan
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.scenario.network_spec import NetworkSpec
from tests.providers.simulated.networks import FOUR, launch

EU, US = ("region:eu",), ("region:us",)

LASTING: list[Fault] = [
    Stop(targets=("bob",)),
    Kill(targets=("bob", "dave")),
    Pause(targets=("charlie",)),
    Outage(region="us"),
    Partition(groups=(EU, US)),
    Isolate(targets=("alice",)),
    OneWayCut(source=EU, target=US),
    Degrade(source=EU, target=US, delay=0.2, jitter=0.05, loss=0.05),
    Degrade(source=("alice",), target=("bob",), rate=1e6),
]


@pytest.fixture
def four(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    with launch(FOUR, tmp_path) as network:
        assert isinstance(network, SimulatedNetwork)
        yield network


def best(network: SimulatedNetwork, node: str) -> int:
    return network.evidence.best[node][-1].height


def finalized(network: SimulatedNetwork, node: str) -> int:
    return network.evidence.finalized[node][-1].height


@pytest.mark.parametrize("fault", LASTING, ids=str)
def test_every_lasting_fault_is_read_back_and_heals(fault: Fault, four: SimulatedNetwork) -> None:
    four.wait(30)
    with four.inject(fault, "fault"):
        four.wait(30)
    four.wait(200)
    readings = [record.data for record in four.evidence.of(FaultObserved)]
    assert len(readings) == 2
    assert all(one.holds and one.readings for one in readings)
    assert len({best(four, node) for node in ("alice", "bob", "charlie", "dave")}) == 1
    assert min(finalized(four, node) for node in ("alice", "bob", "charlie", "dave")) >= best(four, "alice") - 6


def test_half_of_the_validators_down_stall_finality_and_authoring_goes_on(four: SimulatedNetwork) -> None:
    four.wait(60)
    four.inject(Stop(targets=("charlie", "dave")), "down")
    four.wait(12)
    before, height = finalized(four, "alice"), best(four, "alice")
    four.wait(120)
    assert finalized(four, "alice") == before
    assert best(four, "alice") >= height + 5
    with pytest.raises(RpcError):
        four.rpc("charlie")


def test_authoring_backs_off_once_finality_lags_by_more_than_fifty_blocks(four: SimulatedNetwork) -> None:
    """docs/protocol.md, Authoring: with a lag of 70 and more, one block in eleven slots on rococo-local."""
    four.inject(Isolate(targets=("dave", "charlie")), "cut")
    four.wait(2400)
    blocks = four.evidence.blocks["relay"].values()
    slots = sorted({block.slot or 0 for block in blocks if block.t > 1800 and block.author in ("alice", "bob")})
    spacing = [later - one for one, later in pairwise(slots)]
    assert min(spacing) >= 11
    assert sorted(spacing)[len(spacing) // 2] <= 22, "every second slot at least has an author in this half"


def test_a_wiped_validator_starts_a_new_database_and_syncs(four: SimulatedNetwork) -> None:
    four.wait(120)
    four.inject(Wipe(targets=("bob",)))
    four.wait(60)
    heads = four.evidence.finalized["bob"]
    assert {head.incarnation for head in heads} == {0, 1}
    assert finalized(four, "bob") >= best(four, "alice") - 6


def test_instants_are_read_back(four: SimulatedNetwork) -> None:
    four.wait(60)
    kept = four.inject(Snapshot(targets=("bob",))).last
    four.wait(60)
    restarted = four.inject(Restart(targets=("alice", "charlie"), down_for=5, kill=True)).last
    wiped = four.inject(Wipe(targets=("dave",))).last
    restored = four.inject(Restore(targets=("bob",))).last
    seen = [kept, restarted, wiped, restored]
    assert all(one is not None and one.holds for one in seen)
    assert kept is not None
    height = kept.readings[2].block
    assert height is not None
    assert height >= 5
    texts = [[reading.seen for reading in one.readings] for one in seen if one is not None]
    assert texts[1][0] == "exit code 137, down for 5.0 s, another process"
    assert texts[2][1] == "number 1, up to block 0"
    assert texts[3][1] == f"number 1, up to block {height}"


def test_a_simulated_node_cannot_be_restarted_with_flags(four: SimulatedNetwork) -> None:
    with pytest.raises(FaultError, match="takes no flags"):
        four.inject(Restart(targets=("alice",), flags=("--sync=warp",)))


def test_a_restarted_node_is_away_as_long_as_asked(four: SimulatedNetwork) -> None:
    four.wait(30)
    four.inject(Restart(targets=("bob",), down_for=20))
    (down,) = [one for one in four.evidence.downs["bob"] if one.end is not None]
    assert down.end is not None
    assert down.end - down.start == pytest.approx(20, abs=0.01)
    with pytest.raises(FaultError, match="killed by another fault"):
        four.inject(Kill(targets=("bob",)), "dead")
        four.inject(Restart(targets=("bob",)))


def test_a_frozen_node_does_afterwards_what_fell_due(four: SimulatedNetwork) -> None:
    four.wait(30)
    with four.inject(Pause(targets=("bob",)), "frozen"):
        seen = best(four, "bob")
        four.wait(60)
        assert best(four, "bob") == seen
    four.wait(10)
    assert best(four, "bob") >= best(four, "alice") - 1


def test_a_node_that_joins_late_is_absent_until_it_is_started(tmp_path: Path) -> None:
    late = {"name": "late", "joins_late": True}
    with launch({"relay": {**FOUR["relay"], "nodes": [late]}}, tmp_path) as network:
        network.wait(60)
        assert "late" not in network.evidence.best
        network.start("late")
        network.wait(60)
        assert network.evidence.best["late"][-1].height == network.evidence.best["alice"][-1].height
        assert network.evidence.finalized["late"][-1].height > 10


def test_another_thread_may_not_drive_the_network(four: SimulatedNetwork) -> None:
    errors: list[BaseException] = []

    def drive() -> None:
        try:
            four.wait(1)
        except SimnetError as error:
            errors.append(error)

    thread = threading.Thread(target=drive)
    thread.start()
    thread.join()
    assert len(errors) == 1
    assert "thread" in str(errors[0])


def test_what_only_real_nodes_show_is_refused_with_the_reason() -> None:
    spec = NetworkSpec.model_validate(
        {"relay": {"runtime": "rococo", "validators": [{"name": "alice", "flags": ["--sync=warp"]}]}}
    )
    plan = Plan(
        topology=spec.topology(),
        faults=(Restart(targets=("alice",), image="other:1"),),
        log_patterns=("panicked",),
        metrics=("substrate_block_height",),
    )
    refused = SimulatedProvider().plan(plan)
    assert len(refused) == 4
    assert all("docker" in one.why for one in refused)


# -- late joiners, and processes that are frozen while they start ------------------------------------------------------


@pytest.fixture
def spared(tmp_path: Path) -> Iterator[SimulatedNetwork]:
    """Four validators, and a twin of alice in dave's region that was not started."""
    spare = {"name": "spare", "region": "us", "twin_of": "alice", "joins_late": True}
    relay = {**FOUR["relay"], "validators": [*FOUR["relay"]["validators"], spare]}
    with launch({"relay": relay}, tmp_path) as network:
        yield network


@pytest.mark.parametrize(
    "fault", [Outage(region="us"), Pause(targets=("bob", "spare")), Stop(targets=("dave", "spare"))]
)
def test_a_fault_keeps_a_late_joiner_from_starting_until_it_is_healed(spared: SimulatedNetwork, fault: Fault) -> None:
    """It ran under the fault, which counted as held; or it counted as not as asked, since it was down."""
    cut = spared.inject(fault, "cut")
    assert cut.last is not None
    assert cut.last.holds
    assert not [one for one in cut.last.readings if "spare" in one.what]
    with pytest.raises(FaultError, match=r"spare is .* by another fault; heal that before a start"):
        spared.start("spare")
    cut.heal()
    assert cut.last.holds
    assert not [record for record in spared.evidence.of(NodeUp) if record.observer == "spare"]
    spared.start("spare")
    assert "spare" in spared.running("relay")


def test_a_process_that_was_frozen_while_it_started_is_ready_when_it_answers(four: SimulatedNetwork) -> None:
    four.wait(30)
    frozen = four.inject(Pause(targets=("alice",)), "frozen")
    killed = four.inject(Kill(targets=("alice",)), "killed")
    four.wait(10)
    killed.heal()
    frozen.heal()
    node = four.simulation.by_name["alice"]
    assert node.ready
    up = [record.t for record in four.evidence.of(NodeUp) if record.observer == "alice"][-1]
    ready = [record.t for record in four.evidence.of(NodeReady) if record.observer == "alice" and record.t > up]
    assert ready
    assert ready[0] - up > 1, "compiling its runtime takes seconds"


def test_who_was_down_by_a_fault_before_it_changed_is_excused_by_its_name(four: SimulatedNetwork) -> None:
    four.wait(30)
    gone = four.inject(Pause(targets=("alice",)), "gone")
    four.wait(20)
    gone.change(Kill(targets=("bob",)))
    four.wait(20)
    start = four.evidence.windows[gone.id].apply_start
    away = coverage(four.evidence, start, four.now(), ["alice", "bob"]).away
    assert {(one.node, one.why) for one in away} == {("alice", "down by gone"), ("bob", "down by gone")}
