"""Session keys that change while a network runs: who authors, votes and is punished under them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simnet.checks import NoShows, Offences
from simnet.checks.authors import makers, nameless
from simnet.checks.excuses import Excuses
from simnet.checks.honesty import dishonest_validators, validators_of_node
from simnet.checks.offences import offences
from simnet.checks.quorum import most_voters
from simnet.checks.seated import every_validator_seated
from simnet.checks.seats import seats
from simnet.checks.validators import missing_checkers
from simnet.errors import InputError
from simnet.faults import Byzantine, Restore, Snapshot, Stop, Wipe
from simnet.journal import Block, Evidence, RelayTime
from simnet.journal.records import KeysStored, NoShow
from simnet.network.accounts import keys
from simnet.network.topology import RELAY
from simnet.providers.barrier import reach_barrier
from simnet.providers.simulated.consensus.ballots import AuthoritySet
from simnet.providers.simulated.rpc._errors import RefusedError
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from tests.providers.simulated.networks import launch

MOVING: dict[str, Any] = {
    "relay": {
        "validators": [
            *({"name": name} for name in ("alice", "bob", "charlie", "dave")),
            {"name": "bob-new", "authority": False},
        ]
    },
    "parachains": [{"id": 2000}],
}
"""Four validators, and a machine to which bob's keys may move."""


@contextmanager
def bobs_keys_moved(folder: Path) -> Iterator[SimulatedNetwork]:
    """The network half a minute after the other machine's keys are bob's in force."""
    with launch(MOVING, folder) as network:
        reach_barrier(network, 400)
        network.rotate_keys("bob-new", "bob", in_force=True, within=240)
        network.wait(30)
        yield network


def blocks_of(network: SimulatedNetwork, node: str, since: float) -> int:
    """Relay blocks of one machine alone that were seen from a time on."""
    seen = (one for one in network.evidence.blocks[RELAY].values() if one.t >= since)
    return makers(network.evidence, seen)[(node,)]


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    """Alice rotates her keys; bob's move to another machine, and his old one is stopped once they are in force."""
    with launch(MOVING, tmp_path_factory.mktemp("moved")) as network:
        reach_barrier(network, 400)
        network.rotate_keys("alice")
        network.rotate_keys("bob-new", "bob", in_force=True, within=240)
        network.wait(30)
        network.inject(Stop(targets=("bob",)), "retired")
        network.wait(120)
        yield network


def test_blocks_are_booked_to_the_machine_whose_keys_sealed_them(moved: SimulatedNetwork) -> None:
    retired = moved.evidence.windows[1].values[0].start
    ledger = moved.simulation.ledgers["relay"]
    for block in moved.evidence.blocks[RELAY].values():
        made = ledger.get(bytes.fromhex(block.hash[2:]))
        assert block.height == 0 or made is None or block.author == made.author
    assert blocks_of(moved, "bob-new", retired) >= 1
    assert blocks_of(moved, "alice", retired) >= 1
    assert blocks_of(moved, "bob", retired + 12) == 0
    assert nameless(moved.evidence, (one for one in moved.evidence.blocks[RELAY].values() if one.height)) == []


def test_a_seat_stays_its_validators_whoever_has_its_keys(moved: SimulatedNetwork) -> None:
    first, *_, last = seats(moved.evidence)
    assert sorted(first.holders) == sorted(last.holders) == ["alice", "bob", "charlie", "dave"]
    assert first.keys == {}
    assert last.keys.keys() == {"alice", "bob"}
    assert every_validator_seated(moved.evidence).status.value == "held"
    begin, end = first.session, last.session
    assert validators_of_node(moved.evidence, "bob", begin) == ("bob",)
    assert validators_of_node(moved.evidence, "bob-new", begin) == ()
    assert validators_of_node(moved.evidence, "bob", end) == ()
    assert validators_of_node(moved.evidence, "bob-new", end) == ("bob",)
    assert validators_of_node(moved.evidence, "alice", end) == ("alice",)


def test_a_retired_machine_takes_no_vote_along(moved: SimulatedNetwork) -> None:
    assert most_voters(moved.evidence, moved.now()) == 4


def test_finality_and_inclusion_go_on_under_the_new_keys(moved: SimulatedNetwork) -> None:
    retired = moved.evidence.windows[1].values[0].start
    before = moved.evidence.head_at("charlie", retired, finalized=True)
    final = moved.evidence.finalized["charlie"][-1]
    assert before is not None
    assert moved.now() - final.t < 15
    assert final.height - before.height > 12
    included = [one for one in moved.evidence.all_events("ParaInclusion", "CandidateIncluded") if one.t > retired]
    assert len(included) > 12
    assert offences(moved.evidence) == []
    voters: set[AuthoritySet] = {moved.simulation.grandpa.voters[node].set for node in (0, 2, 3, 4)}
    assert len(voters) == 1
    assert [node for node in range(5) if moved.simulation.grandpa.voters[node].index is None] == [1]


def test_a_keystore_tells_which_keys_it_has(moved: SimulatedNetwork) -> None:
    told = {record.observer: record.data for record in moved.evidence.of(KeysStored)}
    assert told.keys() == {"alice", "bob-new"}
    assert {one.how for one in told.values()} == {"made"}
    rpc = moved.rpc("bob-new")
    for kind, public in told["bob-new"].keys.items():
        assert rpc.call("author_hasKey", [public, kind]) is True
        assert moved.rpc("charlie").call("author_hasKey", [public, kind]) is False
    assert [len(one) for one in rpc.call("babe_epochAuthorship").values()] == [3]
    assert rpc.call("author_hasKey", ["0x" + keys("//Bob-New").sr25519.hex(), "babe"]) is True


def test_what_cannot_have_session_keys_is_refused_by_name(moved: SimulatedNetwork) -> None:
    with pytest.raises(InputError, match="nodes of two chains"):
        moved.rotate_keys("collator-2000", "alice")
    with pytest.raises(InputError, match="no node is named 'bobby'"):
        moved.rotate_keys("bobby")


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    """An operator copies alice's keys to another machine while the first one runs."""
    with launch(MOVING, tmp_path_factory.mktemp("copied")) as network:
        reach_barrier(network, 400)
        network.wait(30)
        backup = network.rpc("bob-new")
        alice = keys("//Alice")
        for kind in ("babe", "para", "asgn", "audi"):
            backup.call("author_insertKey", [kind, "//Alice", "0x" + alice.sr25519.hex()])
        backup.call("author_insertKey", ["gran", "//Alice", "0x" + alice.ed25519.hex()])
        network.wait(120)
        yield network


def test_a_copied_key_is_an_equivocation_that_the_copy_explains(copied: SimulatedNetwork) -> None:
    found = offences(copied.evidence)
    assert {one.offender for one in found} == {"alice"}
    assert "babe-equivocation" in {one.kind for one in found}
    excuses = Excuses(copied.evidence)
    assert all(excuses.of_offence(one) is not None for one in found)
    dishonest = dishonest_validators(copied.evidence, RelayTime(copied.evidence))
    assert {(who, one.node, one.key, one.key_type) for who, one in dishonest} == {
        ("alice", "bob-new", "alice", "babe"),
        ("alice", "bob-new", "alice", "gran"),
    }
    counted = Offences(of="babe-equivocation", by=("alice",), at_least=1).judge(copied.evidence)
    assert counted.status.value == "held"


def test_a_block_of_a_shared_key_may_be_of_either_machine_from_then_on(copied: SimulatedNetwork) -> None:
    given = next(one.t for one in copied.evidence.of(KeysStored) if "babe" in one.data.keys)
    blocks = [one for one in copied.evidence.blocks[RELAY].values() if one.author == "alice"]
    before = makers(copied.evidence, (one for one in blocks if one.t < given))
    after = makers(copied.evidence, (one for one in blocks if one.t > given + 6))
    assert before.keys() == {("alice",)}
    assert after.keys() == {("alice", "bob-new")}


def test_a_copy_that_is_wiped_explains_nothing_any_more(copied: SimulatedNetwork) -> None:
    copied.inject(Wipe(targets=("bob-new",)))
    time = RelayTime(copied.evidence)
    dishonest = [one for _, one in dishonest_validators(copied.evidence, time)]
    assert len(dishonest) == 2
    assert all(one.slots[1] is not None and one.slots[1] <= time.slot(copied.now()) + 1 for one in dishonest)


def test_a_key_under_a_wrong_name_is_listed_and_signs_nothing(copied: SimulatedNetwork) -> None:
    rpc, public = copied.rpc("charlie"), "0x" + keys("//Dave").sr25519.hex()
    told = len(copied.evidence.of(KeysStored))
    rpc.call("author_insertKey", ["babe", "//Eve", public])
    assert rpc.call("author_hasKey", [public, "babe"]) is True
    assert len(copied.evidence.of(KeysStored)) == told
    assert not copied.simulation.keys.has(2, "babe", keys("//Dave").sr25519)
    with pytest.raises(RefusedError, match="length four"):
        rpc.call("author_insertKey", ["ba", "//Eve", public])


def test_a_keystore_goes_with_the_database(tmp_path: Path) -> None:
    with launch({"relay": {"validators": 4}}, tmp_path) as network:
        alice = network.rpc("alice")
        first = alice.call("author_rotateKeys")
        network.inject(Snapshot(targets=("alice",)))
        second = network.rpc("alice").call("author_rotateKeys")
        assert first != second
        assert network.rpc("alice").call("author_hasSessionKeys", [second]) is True
        network.inject(Restore(targets=("alice",)))
        held = [network.rpc("alice").call("author_hasSessionKeys", [one]) for one in (first, second)]
        assert held == [True, False]
        network.inject(Wipe(targets=("alice",)))
        assert network.rpc("alice").call("author_hasSessionKeys", [first]) is False
        assert network.rpc("alice").call("author_hasKey", ["0x" + keys("//Alice").sr25519.hex(), "babe"]) is True


def test_a_validator_takes_a_seat_that_it_had_not_and_gives_it_back(tmp_path: Path) -> None:
    with launch(MOVING, tmp_path) as network:
        reach_barrier(network, 400)
        began = network.now()
        network.rotate_keys("bob-new")
        joins = {"validators": ["//Bob-New//stash"]}
        network.submit("ValidatorManager.register_validators", joins, sudo=True)
        network.wait_until(
            lambda evidence: "bob-new" in seats(evidence)[-1].holders, within=240, what="bob-new to have a seat"
        )
        network.wait(90)
        joined = network.now()
        assert blocks_of(network, "bob-new", began) >= 1
        network.submit("ValidatorManager.deregister_validators", joins, sudo=True)
        network.wait_until(
            lambda evidence: "bob-new" not in seats(evidence)[-1].holders, within=240, what="bob-new to have no seat"
        )
        left = network.now()
        network.wait(90)
        assert joined < left
        assert blocks_of(network, "bob-new", left) == 0
        counts = Counter(len(one.holders) for one in seats(network.evidence))
        assert counts == {4: 2, 5: 1}
        assert [one.lacking for one in seats(network.evidence)] == [(), (), ()]
        assert every_validator_seated(network.evidence).status.value == "held"
        final = network.evidence.finalized["alice"][-1]
        assert network.now() - final.t < 15


def test_a_byzantine_machine_is_punished_as_the_validator_whose_keys_it_has(tmp_path: Path) -> None:
    with bobs_keys_moved(tmp_path) as network:
        network.inject(Byzantine(targets=("bob-new",), acts=("equivocate_blocks",)), "turned")
        network.wait(120)
        found = offences(network.evidence)
        assert [one.offender for one in found] != []
        assert {one.offender for one in found} == {"bob"}
        excuses = Excuses(network.evidence)
        assert all(excuses.of_offence(one) is not None for one in found)


def test_a_collator_authors_with_a_key_that_it_was_given(tmp_path: Path) -> None:
    other, own = keys("//Somebody"), keys("//Collator-2000").address
    genesis = {"session": {"keys": [[own, own, {"aura": other.address}]]}}
    spec = {"relay": {"validators": 2}, "parachains": [{"id": 2000, "genesis": genesis}]}
    with launch(spec, tmp_path) as network:
        network.wait(60)
        assert max(block.height for block in network.evidence.blocks["2000"].values()) == 0
        network.rpc("collator-2000").call("author_insertKey", ["aura", "//Somebody", "0x" + other.sr25519.hex()])
        network.wait(60)
        blocks = [block for block in network.evidence.blocks["2000"].values() if block.height]
        assert len(blocks) >= 4
        assert {(block.author, block.key) for block in blocks} == {("collator-2000", "0x" + other.sr25519.hex())}


def test_a_full_node_signs_nothing_whatever_keys_it_has(tmp_path: Path) -> None:
    with launch({"relay": {"validators": 2, "nodes": [{"name": "full"}]}}, tmp_path) as network:
        rpc, alice = network.rpc("full"), keys("//Alice")
        for kind, public in (("babe", alice.sr25519), ("para", alice.sr25519), ("gran", alice.ed25519)):
            rpc.call("author_insertKey", [kind, "//Alice", "0x" + public.hex()])
        network.wait(60)
        assert rpc.call("author_hasKey", ["0x" + alice.sr25519.hex(), "babe"]) is True
        blocks = [one for one in network.evidence.blocks[RELAY].values() if one.height]
        assert set(makers(network.evidence, blocks)) == {("alice",), ("bob",)}
        assert offences(network.evidence) == []
        assert dishonest_validators(network.evidence, RelayTime(network.evidence)) == []


def test_an_offence_from_before_a_key_came_is_not_excused_by_who_has_it_now(tmp_path: Path) -> None:
    """A byzantine node that later got dave's keys excused what dave had done before (attack on issue 15)."""
    with launch(MOVING, tmp_path) as network:
        reach_barrier(network, 400)
        network.inject(Byzantine(targets=("bob-new",), acts=("equivocate_votes",)), "turned")
        network.wait(60)
        network.rotate_keys("bob-new", "dave", in_force=True, within=240)
        network.wait(30)
        time = RelayTime(network.evidence)
        ((who, one),) = dishonest_validators(network.evidence, time)
        last = seats(network.evidence)[-1]
        assert (who, one.node, one.sessions[0]) == ("dave", "bob-new", last.session)
        assert time.session(one.slots[0]) == last.session
        assert one.slots[0] > time.slot(network.evidence.windows[1].values[0].start) + 15


def test_a_foreign_key_makes_a_twin_of_its_owner_alone(tmp_path: Path) -> None:
    """Any key that came to a machine excused all that the machine's own key signed (attack on issue 15)."""
    with launch(MOVING, tmp_path) as network:
        reach_barrier(network, 400)
        dave, eve, alice = network.rpc("dave"), keys("//Eve"), keys("//Alice")
        dave.call("author_insertKey", ["babe", "//Eve", "0x" + eve.sr25519.hex()])
        assert dishonest_validators(network.evidence, RelayTime(network.evidence)) == []
        dave.call("author_insertKey", ["gran", "//Alice", "0x" + alice.ed25519.hex()])
        network.wait(6)
        found = dishonest_validators(network.evidence, RelayTime(network.evidence))
        assert [(who, one.node, one.key_type) for who, one in found] == [("alice", "dave", "gran")]


def test_a_key_that_nobody_has_any_more_is_told_and_votes_no_more(tmp_path: Path) -> None:
    with launch({"relay": {"validators": 4}}, tmp_path) as network:
        reach_barrier(network, 400)
        network.rotate_keys("alice")
        network.rotate_keys("bob", in_force=True, within=240)
        network.inject(Wipe(targets=("alice", "bob")))
        network.wait(30)
        assert most_voters(network.evidence, network.now()) == 2
        assert "no node has the key of the seat of alice, bob" in every_validator_seated(network.evidence).seen


def test_no_shows_are_of_the_validator_whose_keys_a_machine_has(tmp_path: Path) -> None:
    with bobs_keys_moved(tmp_path) as network:
        network.inject(Byzantine(targets=("bob-new",), acts=("withhold_approvals",)), "silent")
        network.wait(90)
        judged = NoShows(nodes=("bob",), at_least=1).judge(network.evidence)
        assert judged.status.value == "held", judged.seen
        assert NoShows(nodes=("alice",), at_most=0).judge(network.evidence).status.value == "held"
        unseated = NoShows(nodes=("bob-new",), at_most=0).judge(network.evidence)
        assert unseated.status.value == "inconclusive"
        assert "had no seat" in unseated.seen


def test_one_machine_with_two_validators_keys_casts_one_vote(tmp_path: Path) -> None:
    with launch(MOVING, tmp_path) as network:
        reach_barrier(network, 400)
        network.rotate_keys("bob-new", "bob")
        network.rotate_keys("bob-new", "dave", in_force=True, within=240)
        network.wait(12)
        assert most_voters(network.evidence, network.now()) == 3


def told_of(network: SimulatedNetwork, machine: str, block: Block) -> Evidence:
    """The network's journal, and at its end that a machine was a no-show for what a block includes."""
    changed, last = Evidence(), network.evidence.records[-1]
    for record in network.evidence.records:
        changed.add(record)
    missed = NoShow(validator=machine, para=2000, candidate="0x00")
    changed.add(replace(last, seq=last.seq + 1, chain=RELAY, height=block.height, hash=block.hash, data=missed))
    return changed


def test_a_no_show_is_of_who_had_the_key_when_the_candidate_was_included(moved: SimulatedNetwork) -> None:
    blocks = [one for one in moved.evidence.canonical(RELAY) if one.height]
    for block, whose in ((blocks[5], ("bob",)), (blocks[-1], ())):
        assert missing_checkers(told_of(moved, "bob", block))[-1][0] == whose


@pytest.mark.parametrize("machine", ["bob", "0x" + "77" * 32])
def test_a_no_show_that_is_nobodys_leaves_every_bound_open(moved: SimulatedNetwork, machine: str) -> None:
    nobodys = told_of(moved, machine, moved.evidence.canonical(RELAY)[-1])
    assert NoShows(nodes=("alice",), at_most=0).judge(moved.evidence).status.value == "held"
    assert NoShows(nodes=("alice",), at_most=0).judge(nobodys).status.value == "inconclusive"
