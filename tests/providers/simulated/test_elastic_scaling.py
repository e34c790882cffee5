"""Collators that author by slots build for every core of their parachain."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from simnet.providers.simulated.candidates import Candidate
from simnet.providers.simulated.clock import SECOND
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from tests.providers.simulated.networks import FOUR, launch

CORES = {"configuration": {"config": {"scheduler_params": {"num_cores": 2, "max_validators_per_core": 1}}}}
NETWORK: dict[str, Any] = {
    "relay": {**FOUR["relay"], "runtime": "westend", "genesis": CORES},
    "parachains": [{"id": 1000, "runtime": "asset-hub-westend"}, {"id": 2000}],
    "channels": "none",
}


@pytest.fixture(scope="module")
def scaled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    """Asset Hub with three cores, Penpal with one, for two minutes."""
    folder: Path = tmp_path_factory.mktemp("scaled")
    with launch(NETWORK, folder) as network:
        network.wait(160)
        for core in (0, 1):
            args = {"core": core, "begin": 0, "end_hint": None, "assignment": [[{"Task": 1000}, 57600]]}
            network.submit("Coretime.assign_core", args, sudo=True)
        network.wait(300)
        yield network


def rounds(network: SimulatedNetwork, para: int) -> list[list[Candidate]]:
    """Included candidates of the last two minutes that were built on one relay parent, in the order of their blocks."""
    found: dict[bytes, list[Candidate]] = {}
    for one in network.simulation.candidates.values():
        if one.para == para and one.included_in and one.included_in[0].number > 55:
            found.setdefault(one.relay_parent.hash, []).append(one)
    return [sorted(several, key=lambda one: one.head.number) for several in found.values()]


def test_each_core_gets_a_block_that_continues_the_last_ones(scaled: SimulatedNetwork) -> None:
    several = [one for one in rounds(scaled, 1000) if len(one) == 3]
    assert len(several) > 5
    for candidates in several:
        cores = [one.core for one in candidates]
        assert cores == sorted(set(cores))
        assert all(second.parent is first.head for first, second in pairwise(candidates))


def test_each_core_has_its_share_of_the_relay_slot(scaled: SimulatedNetwork) -> None:
    view = scaled.simulation.by_name["collator-1000"].para
    assert view is not None
    for candidates in rounds(scaled, 1000):
        made = [view.imported[one.head] / SECOND for one in candidates]
        assert all(1 < later - earlier < 3 for earlier, later in pairwise(made))


def test_collators_that_look_ahead_make_one_block(scaled: SimulatedNetwork) -> None:
    assert rounds(scaled, 2000)
    assert {len(one) for one in rounds(scaled, 2000)} == {1}
