"""Nodes of a parachain make blocks that do not reach them from the proofs that validators keep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simnet.faults import Byzantine, Partition
from simnet.providers.simulated.candidates import Candidate
from simnet.providers.simulated.clock import SECOND
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from tests.providers.simulated.networks import FOUR, launch

NETWORK: dict[str, Any] = {
    **FOUR,
    "parachains": [{"id": 2000, "runtime": "penpal", "collators": [{"name": "one"}, {"name": "two"}]}],
    "channels": "none",
}


def cut(network: SimulatedNetwork, *silent: str) -> list[Candidate]:
    """Cuts the two collators apart for a minute, while some validators give nobody their chunks: candidates that were
    included meanwhile, without the last two."""
    network.wait(120)
    if silent:
        network.inject(Byzantine(targets=silent, acts=("withhold_chunks",)))
    network.inject(Partition(groups=(("one",), ("two",))))
    earlier = set(network.simulation.candidates)
    network.wait(60)
    later = [one for hash_, one in network.simulation.candidates.items() if hash_ not in earlier and one.included_in]
    return later[:-2]


def collators(network: SimulatedNetwork) -> list[SimulatedNode]:
    return [network.simulation.by_name[name] for name in ("one", "two")]


def came(node: SimulatedNode, candidate: Candidate) -> float:
    """When a node had a candidate's block, in seconds; infinity before it has."""
    assert node.para is not None
    return node.para.imported.get(candidate.head, float("inf")) / SECOND


def backed(node: SimulatedNode, candidate: Candidate) -> float:
    """When a node had the relay block that backs a candidate."""
    return min(node.relay.imported[block] for block in candidate.backed_in if block in node.relay) / SECOND


def test_a_collator_that_does_not_reach_another_one_has_its_blocks_some_seconds_after_they_are_backed(
    tmp_path: Path,
) -> None:
    with launch(NETWORK, tmp_path) as network:
        candidates = cut(network)
        assert len(candidates) >= 3
        late = [max(collators(network), key=lambda node, one=one: came(node, one)) for one in candidates]  # type: ignore[misc]
        took = [came(node, one) - backed(node, one) for node, one in zip(late, candidates, strict=True)]
    assert min(took) > 3
    assert max(took) < 8


@pytest.mark.parametrize(("silent", "reach"), [(("alice", "bob"), 2), (("alice", "bob", "charlie"), 1)])
def test_chunks_of_a_third_and_one_more_make_the_block(silent: tuple[str, ...], reach: int, tmp_path: Path) -> None:
    with launch(NETWORK, tmp_path) as network:
        candidates = cut(network, *silent)
        assert candidates
        have = [sum(came(node, one) < float("inf") for node in collators(network)) for one in candidates]
    assert set(have) == {reach}


def test_a_block_that_came_by_itself_is_not_recovered(tmp_path: Path) -> None:
    with launch(NETWORK, tmp_path) as network:
        network.wait(150)
        asked = [line for line in (tmp_path / "logs").rglob("*") if line.is_file() and "recovered" in line.read_text()]
    assert asked == []
