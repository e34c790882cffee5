"""Networks whose nodes have few cores: what takes time on them takes longer, and nothing else changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from simnet.checks import Status
from simnet.journal.records import NodeReady
from simnet.network.topology import RELAY
from simnet.providers.simulated import weights
from simnet.providers.simulated.clock import MILLISECOND, SECOND
from simnet.providers.simulated.pvf_host import ExecutionEnd
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.providers.simulated.times import BACKGROUND
from simnet.providers.simulated.weights import ORDINARY, beyond_ordinary, counted_work
from simnet.rehearsal import Options, rehearse
from simnet.scenario.loader import load_scenario
from tests.providers.simulated.networks import launch, two_parachains

SCENARIOS = Path(__file__).parents[3] / "scenarios"
NAMES = ("alice", "bob", "charlie", "dave")


def with_cores(cores: Mapping[str, float]) -> dict[str, Any]:
    """Four validators and two parachains; validators that are named have so many cores."""
    validators = [{"name": name, **({"resources": {"cpus": cores[name]}} if name in cores else {})} for name in NAMES]
    spec = two_parachains()
    return {**spec, "relay": {**spec["relay"], "validators": validators}}


def ready(network: SimulatedNetwork) -> dict[str, float]:
    """When each node answered."""
    return {record.observer: record.t for record in network.evidence.of(NodeReady) if record.observer is not None}


def folder(parent: Path, name: str) -> Path:
    made = parent / name
    made.mkdir()
    return made


def hashes(network: SimulatedNetwork) -> list[str]:
    return [block.hash for block in network.evidence.canonical(RELAY)]


def test_a_node_with_half_a_core_starts_in_as_much_more_time(tmp_path: Path) -> None:
    with launch(with_cores({}), folder(tmp_path, "free")) as network:
        free = ready(network)
    with launch(with_cores({"bob": 0.5}), folder(tmp_path, "bound")) as network:
        bound = ready(network)
    assert bound["bob"] == pytest.approx(free["bob"] / (0.5 - BACKGROUND), abs=1e-3)
    assert {name: t for name, t in bound.items() if name != "bob"} == {
        name: t for name, t in free.items() if name != "bob"
    }


def test_more_cores_than_there_are_tasks_change_no_block(tmp_path: Path) -> None:
    with launch(with_cores({}), folder(tmp_path, "free")) as network:
        network.wait(150)
        free = hashes(network)
    with launch(with_cores(dict.fromkeys(NAMES, 64.0)), folder(tmp_path, "bound")) as network:
        network.wait(150)
        assert hashes(network) == free
    assert len(free) > 20


def test_a_storm_of_disputes_stops_finality_only_where_cores_are_few(tmp_path: Path) -> None:
    """With few it does so in the library."""
    file = tmp_path / "storm.yaml"
    file.write_text((SCENARIOS / "dispute-storm.yaml").read_text().replace(", resources: {cpus: 0.15}", ""))
    outcome = rehearse(load_scenario(file), SimulatedProvider(), Options(out=tmp_path))
    failed = [one for one in outcome.verdict.findings if one.status is not Status.HELD]
    assert [one.check.split()[0] for one in failed] == ["finality_stalls"]
    lags = [one.figures["blocks"] for one in outcome.verdict.findings if one.check.startswith("finality_lag")]
    assert max(lags) <= 4


def takes(network: SimulatedNetwork, node: str, count: int) -> list[float]:
    """Seconds in which a node ends each of as many executions, which it is asked for at once."""
    sim = network.simulation
    candidate = next(one for one in sim.candidates.values() if one.included_in)
    index, begin, took = sim.by_name[node].index, sim.clock.now, []

    def done(ending: ExecutionEnd) -> None:
        assert ending == "executed"
        took.append((sim.clock.now - begin) / SECOND)

    for _ in range(count):
        sim.validation.check(index, candidate, begin, "dispute", 12_000, done)
    network.wait(60)
    return took


def test_executions_share_a_limited_nodes_cores(tmp_path: Path) -> None:
    with launch(with_cores({"bob": 0.5}), tmp_path) as network:
        network.wait(150)
        free, bound = takes(network, "alice", 20), takes(network, "bob", 20)
    assert len(free) == len(bound) == 20
    assert max(free) < 3, "four at a time, each a quarter of a second"
    assert 3 < max(bound) < 12, "1.75 seconds of a core, of which it has not half, and other work beside"


def test_what_a_limited_node_does_is_done_later_and_the_chain_goes_on(tmp_path: Path) -> None:
    with launch(with_cores(dict.fromkeys(NAMES, 0.5)), tmp_path) as network:
        network.wait(240)
        seen = network.evidence
        assert len(network.simulation.disputes) == 0
        assert len(seen.canonical_events(RELAY, "ParaInclusion", "CandidateIncluded")) > 20
        assert network.simulation.nodes[0].relay.finalized.number > 15


def test_a_block_is_as_much_work_as_its_runtime_counted(tmp_path: Path) -> None:
    """Some 50 ms for a relay block with two candidates, 11 or 12 ms for one of Penpal without calls; the weights of the
    bundled runtimes."""
    with launch(two_parachains(), tmp_path) as network:
        network.wait(150)
        sim = network.simulation
        relay = [counted_work(block) for block in sim.nodes[0].relay.imported]
        paras = [counted_work(one.head) for one in sim.candidates.values()]
    assert all(work is None or work < ORDINARY for work in relay)
    assert relay.count(None) >= 2, "sessions began"
    assert {None if work is None else round(work / MILLISECOND) for work in paras} == {11, 12}


def test_work_beyond_the_ordinary_is_added_to_what_executing_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with launch(two_parachains(), tmp_path) as network:
        network.wait(150)
        sim = network.simulation
        candidate = next(one for one in sim.candidates.values() if one.included_in)
        assert beyond_ordinary(candidate.head) == 0
        light = takes(network, "alice", 4)
        monkeypatch.setitem(candidate.head.facts, weights.counted_work, ORDINARY + 3 * SECOND)
        heavy = takes(network, "alice", 4)
    assert max(light) < 1.5
    assert all(3 < t < 4.5 for t in heavy)
