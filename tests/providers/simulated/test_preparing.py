"""A validator compiles a parachain's code before it executes it for the first time since its process started."""

from __future__ import annotations

from pathlib import Path

import pytest

from simnet.codec import blake2_256
from simnet.faults import Stop
from simnet.network.topology import RELAY
from simnet.providers.simulated import validation
from simnet.providers.simulated.clock import SECOND
from simnet.providers.simulated.pvf import validation_code
from simnet.providers.simulated.pvf_host import ExecutionEnd
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from simnet.providers.simulated.times import Duration
from tests.providers.simulated.networks import launch, two_parachains


def blocks_to_inclusions(network: SimulatedNetwork) -> list[int]:
    """After each session change, how many relay blocks it took until one included a candidate again."""
    network.wait(270)
    evidence = network.evidence
    included = {block.height for block, _ in evidence.canonical_events(RELAY, "ParaInclusion", "CandidateIncluded")}
    changes = [block.height for block, _ in evidence.canonical_events(RELAY, "Session", "NewSession")]
    settled = [change for change in changes if change + 4 < max(included)]
    return [min(height for height in included if height > change) - change for change in settled]


@pytest.mark.parametrize(("seconds", "first"), [(0.1, 2), (8.0, 3)])
def test_the_first_candidates_of_all_wait_for_it_and_those_of_later_sessions_do_not(
    seconds: float, first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real networks on which it took 7.6 s included their first candidates three blocks after session 1 began, and
    two blocks after each later change."""
    monkeypatch.setattr(validation, "PREPARING", Duration(int(seconds * SECOND), 0.0))
    with launch(two_parachains(), tmp_path) as network:
        took = blocks_to_inclusions(network)
    assert len(took) >= 3
    assert took == [first] + [2] * (len(took) - 1)


def test_a_validator_that_starts_again_compiles_again(tmp_path: Path) -> None:
    with launch(two_parachains(), tmp_path) as network:
        network.wait(120)
        sim = network.simulation
        candidate = next(iter(sim.candidates.values()))
        alice, bob = sim.by_name["alice"].index, sim.by_name["bob"].index

        def execute(node: int) -> list[float]:
            """Has a node execute a candidate; when it has, from now on."""
            took: list[float] = []
            now = sim.clock.now

            def done(ending: ExecutionEnd) -> None:
                assert ending == "executed"
                took.append((sim.clock.now - now) / SECOND)

            sim.validation.check(node, candidate, now, "approval", 12_000, done)
            return took

        before = execute(alice)
        network.wait(5)
        network.heal(network.inject(Stop(targets=("alice",))))
        new = not sim.validation.host(alice).prepared(candidate.code_hash)
        first, other = execute(alice), execute(bob)
        network.wait(1)
        meanwhile = execute(alice)
        network.wait(30)
        after = execute(alice)
        network.wait(5)
        assert new
        assert before[0] < 2
        assert 2 < first[0] < 30
        assert other[0] < 2
        assert meanwhile[0] > first[0] - 2, "a candidate that comes meanwhile waits too"
        assert after[0] < 2


def test_the_code_of_a_candidate_is_the_one_that_the_relay_chain_has(tmp_path: Path) -> None:
    with launch(two_parachains(), tmp_path) as network:
        network.wait(120)
        candidate = next(iter(network.simulation.candidates.values()))
        code = validation_code(candidate.relay_parent, candidate.code_hash)
    assert blake2_256(code) == candidate.code_hash
