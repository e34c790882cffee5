"""Approval voting in whole networks: how long it takes, who is missed, how those who were away catch up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from simnet.faults import Byzantine, Isolate, Stop
from simnet.journal.records import NoShow
from simnet.providers.simulated.clock import NEVER, SECOND
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.relay_state import included
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from tests.providers.simulated.networks import launch, two_parachains


def approval_times(network: SimulatedNetwork) -> list[float]:
    """Seconds from a slot's begin until the first node has two approvals of what its block includes."""
    simulation = network.simulation
    times = []
    block = simulation.nodes[0].relay.finalized
    while block.parent is not None:
        for one in included(block):
            votes = simulation.approvals.of(one.candidate).values()
            first = sorted(int(arrivals.min()) for arrivals in votes if arrivals.min() < NEVER)
            if len(first) >= 2:
                times.append((first[1] - simulation.wall.slot_start(block.slot)) / SECOND)
        block = block.parent
    return times


@pytest.mark.parametrize(("relay", "least", "most"), [("rococo", 0.2, 5.0), ("westend", 0.2, 5.0)])
def test_candidates_are_approved_within_a_slot(relay: str, least: float, most: float, tmp_path: Path) -> None:
    with launch(two_parachains(relay), tmp_path) as network:
        network.wait(240)
        times = approval_times(network)
        assert len(times) >= 20
        assert least <= median(times) <= most
        assert not network.evidence.of(NoShow), "nobody is late when all is well"


def test_westends_coalescing_holds_signatures_back_for_six_seconds(tmp_path: Path) -> None:
    """docs/protocol.md, Candidates: with max_approval_coalesce_count 5 an approval waits for others, up to half of the
    time after which its validator is a no-show."""
    with launch(two_parachains("westend"), tmp_path) as network:
        network.wait(240)
        waits = []
        for candidate in list(network.simulation.candidates):
            for arrivals in network.simulation.approvals.of(candidate).values():
                come = sorted(int(at) for at in arrivals[:4] if at < NEVER)
                if len(come) == 4:
                    waits.append((come[1] - come[0]) / SECOND)
        assert len(waits) >= 20
        assert 4.5 <= median(waits) <= 6.1


def test_a_silent_checker_is_missed_and_covered(tmp_path: Path) -> None:
    with launch(two_parachains("rococo"), tmp_path) as network:
        network.wait(120)
        with network.inject(Byzantine(targets=("dave",), acts=("withhold_approvals",))):
            network.wait(120)
        network.wait(40)
        missed = network.evidence.of(NoShow)
        assert {record.data.validator for record in missed} == {"dave"}
        heights = [network.evidence.finalized[name][-1].height for name in ("alice", "bob", "charlie", "dave")]
        best = network.evidence.best["alice"][-1].height
        assert min(heights) >= best - 4, "others stepped in"


@pytest.mark.parametrize("fault", [Stop(targets=("dave",)), Isolate(targets=("dave",))], ids=lambda fault: fault.kind)
def test_westend_stalls_without_one_of_four_and_goes_on_when_it_is_back(fault: Stop | Isolate, tmp_path: Path) -> None:
    with launch(two_parachains("westend"), tmp_path) as network:
        network.wait(180)
        injection = network.inject(fault)
        network.wait(40)
        stood = network.evidence.finalized["alice"][-1].height
        network.wait(60)
        assert network.evidence.finalized["alice"][-1].height == stood
        assert network.evidence.best["alice"][-1].height >= stood + 6
        injection.heal()
        network.wait(150)
        final = {network.evidence.finalized[name][-1].height for name in ("alice", "bob", "charlie", "dave")}
        assert min(final) >= network.evidence.best["alice"][-1].height - 4


def test_rococo_goes_on_without_one_of_four(tmp_path: Path) -> None:
    with launch(two_parachains("rococo"), tmp_path) as network:
        network.wait(120)
        with network.inject(Stop(targets=("dave",))):
            network.wait(40)
            before = network.evidence.finalized["alice"][-1].height
            network.wait(60)
            assert network.evidence.finalized["alice"][-1].height >= before + 5


def test_validators_that_are_not_active_follow_what_is_approved(tmp_path: Path) -> None:
    """Of seven three judge candidates; GRANDPA needs the votes of five, and they stood at the first candidate."""
    relay = {"runtime": "rococo", "validators": 7, "genesis": {"configuration": {"config": {"max_validators": 3}}}}
    with launch({"relay": relay, "parachains": [{"id": 2000}]}, tmp_path) as network:
        network.wait(300)
        final = network.simulation.nodes[0].relay.finalized
        heights = {node: network.evidence.finalized[node][-1].height for node in network.evidence.nodes("relay")}
    assert sum(bool(included(block)) for block in _back_from(final)) > 10
    assert min(heights.values()) > 30


def _back_from(block: ExecutedBlock) -> Iterator[ExecutedBlock]:
    while block.parent is not None:
        yield block
        block = block.parent
