"""The step that takes nodes to another image: who goes when, what is waited for, and how it ends. On toy networks."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from simnet.errors import UnsupportedError
from simnet.faults import Kill, Partition, Restart
from simnet.journal.records import NodeDown, NodeReady, NodeUp, StepDone
from simnet.preflight import check_scenario
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import check_plan, plan_of
from simnet.scenario import NetworkSpec, NodeSpec, ParachainSpec, RelaySpec, Scenario, Step
from simnet.scenario.loader import load_scenario
from simnet.scenario.timeline import Timeline
from simnet.testing import ToyNetwork
from tests.scenario.test_timeline import at_barrier

RELEASES = Path(__file__).parents[2] / "examples" / "node-releases" / "scenarios"
NEW = "parity/polkadot:v2.0.0"
SITES = NetworkSpec(
    relay=RelaySpec(
        validators=(
            NodeSpec(name="alice", region="eu"),
            NodeSpec(name="bob", region="us"),
            NodeSpec(name="charlie", region="eu"),
            NodeSpec(name="dave", region="us"),
        )
    ),
    parachains=(ParachainSpec(id=2000),),
)

SPLIT = Step(
    inject={"partition": Partition(groups=(("alice", "bob", "collator-2000"), ("charlie", "dave"))), "name": "split"}
)
"""Finality stands from here on."""


def rolling(*before: Step, **roll: Any) -> Scenario:
    return Scenario(
        name="rolling",
        network=SITES,
        steps=(*before, Step(roll={"targets": "validators", "image": NEW, **roll}, label="next")),
    )


def rolled(*before: Step, **roll: Any) -> ToyNetwork:
    """The network after these steps and a roll of its validators."""
    network = at_barrier(scenario := rolling(*before, **roll))
    Timeline(network, scenario).run()
    return network


def ups(network: ToyNetwork) -> list[tuple[str, float]]:
    """Who was started by the roll, and when."""
    return [(str(one.observer), one.t) for one in network.evidence.of(NodeUp) if one.data.reason == "restart"]


def failure(network: ToyNetwork) -> str:
    """Why the last step failed."""
    step = network.evidence.of(StepDone)[-1].data
    assert step.verb == "roll"
    assert step.failure is not None
    return step.failure


def test_nodes_go_one_after_another_and_finality_advances_in_between() -> None:
    network = rolled()
    names, times = zip(*ups(network), strict=True)
    assert names == ("alice", "bob", "charlie", "dave")
    for one, two in pairwise(times):
        heads = [head.height for head in network.evidence.finalized["alice"] if one <= head.t <= two]
        assert heads[-1] - heads[0] >= 1 and two - one >= 12


def test_each_node_says_afterwards_that_it_is_of_the_image() -> None:
    said = {one.observer: one.data.version for one in rolled().evidence.of(NodeReady)}
    assert {said[name] for name in ("alice", "bob", "charlie", "dave")} == {"2.0.0"}
    assert said["collator-2000"] != "2.0.0"


def test_each_restart_is_read_back_under_the_name_of_the_step_and_the_node() -> None:
    network = rolled()
    windows = [one for one in network.evidence.windows.values() if one.fault["kind"] == Restart.kind]
    assert [one.name for one in windows] == [f"next of {name}" for name in ("alice", "bob", "charlie", "dave")]
    assert all(one.holds for one in windows)


def test_nodes_of_a_region_go_together() -> None:
    found = ups(rolled(by="region", state="producing"))
    assert [name for name, _ in found] == ["alice", "charlie", "bob", "dave"]
    assert found[0][1] == found[1][1] < found[2][1] == found[3][1]


def test_all_nodes_may_go_at_once() -> None:
    network = rolled(by="all")
    assert len({t for _, t in ups(network)}) == 1
    downs = [one.observer for one in network.evidence.of(NodeDown)]
    assert downs == ["alice", "bob", "charlie", "dave"]


def test_nodes_go_back_as_they_went() -> None:
    network = at_barrier(scenario := rolling())
    Timeline(network, scenario).run()
    old = network.topology.node("alice").image
    back = Scenario(name="back", network=SITES, steps=(Step(roll={"targets": "alice", "image": old}),))
    Timeline(network, back).run()
    assert network.life("alice").image == old
    assert network.life("bob").image == NEW


def test_a_node_that_crashes_ends_the_roll_which_says_who_has_the_image() -> None:
    network = at_barrier(scenario := rolling())
    network.at(network.now() + 20, lambda: network.crash("bob"))
    Timeline(network, scenario).run()
    assert failure(network).startswith(f"bob did not get over to {NEW}, alice had it before: bob ended by itself")
    assert [name for name, _ in ups(network)] == ["alice", "bob"]


def test_a_roll_whose_finality_does_not_come_back_fails_with_what_is_missing() -> None:
    network = rolled(SPLIT, within=60)
    assert failure(network).startswith(
        f"alice did not get over to {NEW}, no other node had it before: finality has not"
    )


def test_a_roll_waits_for_the_state_that_is_asked_for_alone() -> None:
    network = rolled(SPLIT, state="producing")
    assert network.evidence.of(StepDone)[-1].data.failure is None


def test_a_node_that_a_fault_keeps_down_cannot_be_rolled() -> None:
    with pytest.raises(ValueError, match="dave is killed by dead; heal that before a restart"):
        rolling(Step(inject={"kill": Kill(targets=("dave",)), "name": "dead"}))


def test_a_roll_of_nobody_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="'eve'"):
        rolling(targets="eve")


@pytest.mark.parametrize("file", sorted(RELEASES.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_examples_of_two_releases_are_for_real_nodes_and_have_no_mistake(file: Path) -> None:
    scenario = load_scenario(file)
    check_scenario(scenario)
    assert any(step.roll is not None for step in scenario.steps)
    with pytest.raises(UnsupportedError, match="a restart with another image or flags, as `roll` makes too"):
        check_plan(SimulatedProvider(), plan_of(scenario))


def test_simulated_nodes_refuse_to_be_rolled_before_anything_starts() -> None:
    with pytest.raises(UnsupportedError, match="a restart with another image or flags, as `roll` makes too"):
        check_plan(SimulatedProvider(), plan_of(rolling()))
