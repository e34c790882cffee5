"""Who has which key, from what the journal tells of keystores."""

from __future__ import annotations

from math import inf

import pytest

from simnet.journal import Evidence, Journal, KeyHolders
from simnet.journal.records import KeysStored, NetworkLaunched, NodeUp
from simnet.network.accounts import keys
from simnet.network.topology import RELAY, Topology
from simnet.scenario.network_spec import NetworkSpec
from tests.runs import started

TOPOLOGY: Topology = NetworkSpec.model_validate(
    {
        "relay": {
            "validators": [{"name": "alice"}, {"name": "bob"}, {"name": "two", "twin_of": "bob"}],
            "nodes": [{"name": "full"}],
        },
        "parachains": [{"id": 2000}],
    }
).topology()
ALICE = {"babe": "0x" + keys("//Alice").sr25519.hex(), "gran": "0x" + keys("//Alice").ed25519.hex()}
NEW = "0x" + "77" * 32


class Story:
    """A journal that is written by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.journal = Journal(lambda: self.now)
        self.journal.begin(None, started())
        network = NetworkLaunched(
            relay=TOPOLOGY.relay,
            parachains=TOPOLOGY.parachains,
            nodes=TOPOLOGY.nodes,
            channels=TOPOLOGY.channels,
            images={},
            runtimes={},
        )
        self.journal.append(network)

    def given(self, t: float, node: str, **keys_: str) -> None:
        self.now = t
        self.journal.append(KeysStored(how="given", keys=keys_), observer=node, chain=RELAY)

    def up(self, t: float, node: str, reason: str) -> None:
        self.now = t
        self.journal.append(NodeUp(image="", flags=[], reason=reason), observer=node)

    @property
    def evidence(self) -> Evidence:
        return self.journal.evidence


def doubled(story: Story) -> list[tuple[str, str, str, float, float]]:
    found = KeyHolders(story.evidence).doubled()
    return [(one.node, one.key, one.key_type, one.since, one.until) for one in found]


def test_nodes_have_their_accounts_keys_and_twins_those_of_another() -> None:
    held = KeyHolders(Story().evidence)
    assert held.of("alice") == ("alice",)
    assert held.of("bob") == ("bob", "two")
    assert held.of("two") == held.of("full") == ()
    assert held.of("collator-2000") == ("collator-2000",)


def test_a_key_is_doubled_for_as_long_as_two_have_it() -> None:
    story = Story()
    story.given(10, "bob", **ALICE)
    story.up(20, "bob", "wipe")
    story.given(30, "bob", **ALICE)
    assert doubled(story) == [
        ("bob", "alice", "babe", 10, 20),
        ("bob", "alice", "gran", 10, 20),
        ("bob", "alice", "babe", 30, inf),
        ("bob", "alice", "gran", 30, inf),
    ]
    held = KeyHolders(story.evidence)
    assert held.of("alice") == ("alice", "bob")
    assert held.within("alice", 21, 29) == ("alice",)
    assert held.within("alice", 15, 29) == held.within("alice", 31, 40) == ("alice", "bob")


def test_a_database_that_came_back_may_have_the_key_again() -> None:
    story = Story()
    story.given(10, "bob", **ALICE)
    story.up(20, "bob", "wipe")
    story.up(30, "bob", "restore")
    assert [until for *_, until in doubled(story)] == [inf, inf]


def test_a_key_of_one_type_is_doubled_alone() -> None:
    story = Story()
    story.given(10, "bob", gran=ALICE["gran"])
    assert doubled(story) == [("bob", "alice", "gran", 10, inf)]
    assert KeyHolders(story.evidence).of("alice") == ("alice",)


@pytest.mark.parametrize("node", ["bob", "alice"])
def test_a_key_that_one_node_has_alone_is_doubled_for_nobody(node: str) -> None:
    story = Story()
    story.given(10, node, babe=NEW)
    story.given(20, node, babe=NEW)
    assert doubled(story) == []
    assert KeyHolders(story.evidence).of(NEW) == (node,)
    assert KeyHolders(story.evidence).within(NEW, 0, 9) == ()


def test_who_signs_nothing_with_a_key_doubles_none() -> None:
    story = Story()
    story.given(10, "full", **ALICE)
    story.journal.append(KeysStored(how="given", keys=ALICE), observer="collator-2000", chain="2000")
    assert doubled(story) == []
