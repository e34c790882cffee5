"""What real nodes are told beside what a file says: how collators author, as their parachain's runtime asks, which a
launch reads from its genesis, and what no lone collator should do."""

from __future__ import annotations

import pytest

from simnet.providers.docker.commands import authoring, node_command
from simnet.providers.docker.specs import make_geneses, slot_based
from simnet.scenario import NetworkSpec, ParachainSpec

SPECS = (ParachainSpec(id=1000, runtime="asset-hub-westend"), ParachainSpec(id=2000, runtime="penpal"))
KNOWN = frozenset({"--authoring"})
ALONE = "--no-dht-bootnode-discovery"


def command(spec: ParachainSpec, known: frozenset[str]) -> list[str]:
    (node,) = NetworkSpec(parachains=(spec,)).topology().on_chain(str(spec.id))
    return node_command(node, known=known, node_key=bytes(32), address="10.0.0.1", bootnodes=(), relay_bootnodes=())


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


def test_a_lone_collator_does_not_look_for_others_where_its_binary_knows_how_not_to() -> None:
    """Seen on real nodes: one that looked just after a fork of the relay chain ended with exit code 1."""
    told = command(SPECS[1], frozenset({ALONE}))
    assert told.index(ALONE) < told.index("--"), "the flag is the parachain's, not that of its relay client"
    assert ALONE not in command(SPECS[1], frozenset())


def test_a_flag_that_a_file_gives_too_is_given_once() -> None:
    """Nodes refuse a flag that comes twice."""
    assert command(ParachainSpec(id=2000, flags=(ALONE,)), frozenset({ALONE})).count(ALONE) == 1
