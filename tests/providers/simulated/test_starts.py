"""What a node cannot do yet when its process has just started."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.faults import Stop
from simnet.network.topology import RELAY
from simnet.providers.simulated import simulation
from simnet.providers.simulated.clock import NEVER, SECOND
from simnet.providers.simulated.links import _connections
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from tests.providers.simulated.networks import FOUR, launch, two_parachains


def seconds_to_finality(network: SimulatedNetwork) -> float:
    """After half of the validators were down for 40 s, until one of those that stayed finalizes what came since."""
    network.wait(120)
    down = network.inject(Stop(targets=("charlie", "dave")))
    network.wait(40)
    network.heal(down)
    healed, view = network.now(), network.simulation.nodes[0].relay
    best = view.best.number
    while view.finalized.number < best and network.now() < healed + 150:
        network.wait(1)
    return network.now() - healed


@pytest.mark.parametrize("discovery", [0.0, 2.0])
def test_checks_that_begin_before_others_are_found_wait_a_minute(
    discovery: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nodes that hear of what they missed at once begin to check it at once, and cannot get the proofs."""
    monkeypatch.setattr(_connections, "JOINING", SECOND / 10)
    monkeypatch.setattr(simulation, "DISCOVERY", int(discovery * SECOND))
    with launch(two_parachains(), tmp_path) as network:
        took = seconds_to_finality(network)
    assert 40 < took < 80 if discovery else took < 25


def test_a_started_validator_gets_no_data_from_others_for_two_seconds(tmp_path: Path) -> None:
    with launch(FOUR, tmp_path) as network:
        sim = network.simulation
        network.wait(30)
        assert sim.transport.request(0, 1, 100, 100) < NEVER
        network.heal(network.inject(Stop(targets=("alice",))))
        up = network.now()
        answers = []
        for _ in range(60):
            network.wait(0.5)
            answers.append((network.now() - up, sim.transport.request(0, 1, 100, 100)))
        assert {answer for since, answer in answers if since < 1.9} == {NEVER}
        assert any(answer < NEVER for _, answer in answers)


def test_a_validator_without_any_peer_makes_no_block(tmp_path: Path) -> None:
    with launch(FOUR, tmp_path) as network:
        network.wait(30)
        blocks = network.evidence.blocks[RELAY]
        down = network.inject(Stop(targets=("bob", "charlie", "dave")))
        network.wait(1)
        before = len(blocks)
        network.wait(60)
        assert len(blocks) == before
        network.heal(down)
        network.wait(60)
        assert len(blocks) > before
