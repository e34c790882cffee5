"""How real collators are told to author: as their parachain's runtime asks, which a launch reads from its genesis."""

from __future__ import annotations

import pytest

from simnet.providers.docker.commands import authoring
from simnet.providers.docker.specs import make_geneses, slot_based
from simnet.scenario import NetworkSpec, ParachainSpec

SPECS = (ParachainSpec(id=1000, runtime="asset-hub-westend"), ParachainSpec(id=2000, runtime="penpal"))
KNOWN = frozenset({"--authoring"})


def test_a_runtime_with_relay_parents_behind_the_best_block_needs_slot_based_collators() -> None:
    """Seen of Asset Hub on real nodes: its collators panicked at their first block, and the barrier never came."""
    assert slot_based(make_geneses(NetworkSpec(parachains=SPECS).topology())) == {"1000"}


@pytest.mark.parametrize("given", ["--authoring=lookahead", "--authoring", "--experimental-use-slot-based"])
def test_what_a_file_says_of_authoring_stands(given: str) -> None:
    (node,) = NetworkSpec(parachains=(ParachainSpec(id=1000, flags=(given,)),)).topology().on_chain("1000")
    assert authoring(node, KNOWN) is node


def test_a_binary_that_knows_no_other_way_gets_no_flag() -> None:
    (node,) = NetworkSpec(parachains=SPECS[:1]).topology().on_chain("1000")
    assert authoring(node, frozenset({"--collator"})) is node


def test_validators_author_as_they_do() -> None:
    topology = NetworkSpec(parachains=SPECS).topology()
    flags = {node.name: authoring(node, KNOWN).flags for node in topology.nodes}
    assert flags["alice"] == ()
    assert flags["collator-1000"] == ("--authoring=slot-based",)
