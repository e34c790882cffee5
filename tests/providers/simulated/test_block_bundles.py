"""Collators that author by slots put several blocks into a candidate where their parachain has fewer cores than its
runtime wants blocks in a relay slot; Asset Hub's wants three."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from simnet.codec import blake2_256, bundle_place, updates_runtime
from simnet.faults import Byzantine, Kill, Partition
from simnet.network.topology import Chain
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.candidates import Candidate
from simnet.providers.simulated.clock import SECOND
from simnet.providers.simulated.consensus import turns
from simnet.providers.simulated.consensus.turns import Turn, Turns
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from simnet.providers.simulated.wall_time import SLOT
from tests.providers.simulated.networks import FOUR, launch, renamed

ALONE: dict[str, Any] = {"scheduler_params": {"max_validators_per_core": 1}}
"""Each validator is a group of its own."""


def network_of(*collators: str, config: dict[str, Any] | None = None) -> dict[str, Any]:
    """Asset Hub and Penpal with a core each."""
    relay = {**FOUR["relay"], "runtime": "westend"}
    if config is not None:
        relay["genesis"] = {"configuration": {"config": config}}
    hub = {"id": 1000, "runtime": "asset-hub-westend", "collators": [{"name": name} for name in collators]}
    return {"relay": relay, "parachains": [hub, {"id": 2000}], "channels": "none"}


def candidates(network: SimulatedNetwork, *, above: int = 0) -> list[Candidate]:
    """Included candidates of Asset Hub, in the order of their blocks, of what is built on a height."""
    every = network.simulation.candidates.values()
    found = [one for one in every if one.para == 1000 and one.included_in and one.parent.number >= above]
    return sorted(found, key=lambda one: one.head.number)


def collator(network: SimulatedNetwork, name: str = "one") -> SimulatedNode:
    return network.simulation.by_name[name]


def best(node: SimulatedNode) -> ExecutedBlock:
    assert node.para is not None
    return node.para.best


def imported(node: SimulatedNode, block: ExecutedBlock) -> float:
    """When a node had a block, in seconds."""
    assert node.para is not None
    return node.para.imported[block] / SECOND


def until(network: SimulatedNetwork, state: Callable[[], bool]) -> None:
    for _ in range(600):
        if state():
            return
        network.wait(0.1)
    raise AssertionError("that state did not come")


def in_a_bundle(node: SimulatedNode) -> bool:
    """Whether a node's best block is one that others of its candidate should follow."""
    place = bundle_place(best(node).decoded().logs)
    return place is not None and not place.last


def logged(folder: Path, words: str) -> list[str]:
    files = (path for path in (folder / "logs").rglob("*") if path.is_file())
    return [line for path in files for line in path.read_text().splitlines() if words in line]


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedNetwork]:
    """Asset Hub on one core, its two collators taking turns, beside Penpal."""
    with launch(network_of("one", "two"), tmp_path_factory.mktemp("bundled")) as network:
        network.wait(330)
        yield network


def test_the_parachains_own_validation_accepts_candidates_of_three_blocks(bundled: SimulatedNetwork) -> None:
    validator = bundled.simulation.validator
    found = candidates(bundled)
    assert len(found) > 15
    assert {len(one.blocks) for one in found} == {3}
    assert all(validator.verdict(one.hash) for one in found)
    assert validator.judged == validator.offered
    assert validator.refused == {}


def test_a_core_has_three_blocks_in_a_relay_slot(bundled: SimulatedNetwork) -> None:
    """But where a relay slot has no block, or a session begins."""
    found = candidates(bundled)
    chain = [(one, two) for one, two in pairwise(found) if two.relay_parent.number - one.relay_parent.number == 1]
    assert len(chain) > 10
    assert all(two.head.number - one.head.number == 3 for one, two in chain)


def test_blocks_of_a_candidate_tell_their_place_in_it(bundled: SimulatedNetwork) -> None:
    for one in candidates(bundled):
        places = [bundle_place(block.decoded().logs) for block in one.blocks]
        assert [(place.index, place.last) for place in places if place] == [(0, False), (1, False), (2, True)]
        assert all(later.parent is earlier for earlier, later in pairwise(one.blocks))


def test_the_second_block_waits_for_its_time_and_the_last_does_not(bundled: SimulatedNetwork) -> None:
    """As on real nodes: 2 s, 0.05 s, and 4 s to the next candidate's first."""
    makers = [collator(bundled, name) for name in ("one", "two")]
    for one in candidates(bundled):
        made = [min(imported(node, block) for node in makers) for block in one.blocks]
        assert 1.8 < made[1] - made[0] < 2.2
        assert made[2] - made[1] < 0.2


def test_a_block_is_published_before_the_next_of_its_candidate_is_made(bundled: SimulatedNetwork) -> None:
    one, two = collator(bundled), collator(bundled, "two")
    for candidate in candidates(bundled):
        first, second = candidate.blocks[:2]
        assert max(imported(one, first), imported(two, first)) < min(imported(one, second), imported(two, second))


def test_an_included_head_is_the_last_block_of_its_candidate(bundled: SimulatedNetwork) -> None:
    included = bundled.evidence.all_events("ParaInclusion", "CandidateIncluded")
    heads = {event.data.fields["para_head"] for event in included if int(event.data.fields["para_id"]) == 1000}
    assert heads == {"0x" + one.head.hash.hex() for one in candidates(bundled)}


def test_all_blocks_of_a_candidate_are_of_the_aura_slot_of_its_relay_parent_and_tell_its_begin(
    bundled: SimulatedNetwork,
) -> None:
    found = candidates(bundled)
    duration = relay_state.ask(found[0].head, "AuraApi_slot_duration")
    for one in found:
        slot = one.relay_parent.slot * SLOT // duration
        assert {block.slot for block in one.blocks} == {slot}
        assert {relay_state.stored(block, "Timestamp", "Now") for block in one.blocks} == {slot * duration}


def test_the_last_of_four_blocks_is_left_out_before_another_collator_may_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_target_block_rate", lambda _: 4)
    with launch(network_of("one"), tmp_path) as network:
        network.wait(260)
        found = candidates(network)
        duration = relay_state.ask(found[0].head, "AuraApi_slot_duration")
        best_slots = [one.backed_in[0].ancestor(one.relay_parent.number + 1).slot for one in found]  # type: ignore[union-attr]
        last = [slot * SLOT // duration != (slot + 1) * SLOT // duration for slot in best_slots]
        assert [len(one.blocks) for one in found] == [3 if hands_over else 4 for hands_over in last]
        assert set(last) == {True, False}
        assert network.simulation.validator.refused == {}


def test_without_candidates_of_version_2_each_has_one_block(tmp_path: Path) -> None:
    """Nothing in it could tell that it has several."""
    features = {"bits": 8, "data": [3], "head": {"index": 0, "width": 8}, "order": "bitvec::order::Lsb0"}
    with launch(network_of("one", config={"node_features": features}), tmp_path) as network:
        network.wait(240)
        found = candidates(network)
        assert len(found) > 5
        assert {len(one.blocks) for one in found} == {1}
        assert network.simulation.validator.refused == {}


# -- what breaks ----------------------------------------------------------------------------------------------------


def test_a_collator_that_ends_within_a_candidate_leaves_blocks_that_nobody_builds_on(tmp_path: Path) -> None:
    with launch(network_of("one", "two"), tmp_path) as network:
        one, two = collator(network), collator(network, "two")
        network.wait(200)
        until(network, lambda: in_a_bundle(one) and best(two) is best(one))
        left = best(one)
        place = bundle_place(left.decoded().logs)
        assert place is not None
        before = left.ancestor(left.number - place.index - 1)
        maker = min((one, two), key=lambda node: imported(node, left))
        network.inject(Kill(targets=(maker.name,)))
        network.wait(60)
        other = two if maker is one else one
        later = candidates(network, above=left.number)
        assert later
        assert left not in {block for candidate in later for block in candidate.blocks}
        assert not best(other).descends_from(left)
        assert before is not None
        assert best(other).descends_from(before)


def test_a_candidate_that_cannot_be_completed_is_given_up_with_its_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runtime lets the unincluded segment grow by two blocks of three, once."""
    honest = Turns.may_build
    refused: list[ExecutedBlock] = []

    def may_build(self: Turns, turn: Turn) -> bool:
        if not refused and turn.parent.number > 12 and len(turn.built) == 2:
            refused.append(turn.parent)
            return False
        return honest(self, turn)

    monkeypatch.setattr(Turns, "may_build", may_build)
    with launch(network_of("one"), tmp_path) as network:
        network.wait(260)
        (given_up,) = refused
        node = collator(network)
        assert node.para is not None
        assert given_up in node.para.imported, "it was published"
        assert not best(node).descends_from(given_up)
        assert candidates(network, above=given_up.number)
        (line,) = logged(tmp_path, "no other block of their candidate")
        assert f"{given_up.parent} to {given_up}" in line


def test_a_block_that_changes_the_runtime_is_alone_in_its_candidate(tmp_path: Path) -> None:
    """No validation takes another one beside it. Asset Hub has no sudo: the relay chain's root authorizes the code."""
    chain = Chain(id="1000", runtime="asset-hub-westend")
    code = renamed(chain)
    with launch(network_of("one"), tmp_path) as network:
        network.wait(180)
        runtime = network.messenger.runtime("1000")
        authorize = runtime.calls.compose("System.authorize_upgrade_without_checks", {"code_hash": blake2_256(code)})
        weight = {"ref_time": 10**9, "proof_size": 10**5}
        transact = {"origin_kind": "Superuser", "require_weight_at_most": weight, "call": {"encoded": authorize}}
        unpaid = {"weight_limit": "Unlimited", "check_origin": None}
        to = {"parents": 0, "interior": {"X1": [{"Parachain": 1000}]}}
        message = {"V4": [{"UnpaidExecution": unpaid}, {"Transact": transact}]}
        network.submit("XcmPallet.send", {"dest": {"V4": to}, "message": message}, sudo=True)
        network.wait(40)
        network.submit("System.apply_authorized_upgrade", {"code": code}, chain="1000", within=120)
        network.wait(120)
        new = [one for one in candidates(network) if updates_runtime(one.head.decoded().logs)]
        assert [len(one.blocks) for one in new] == [1]
        assert any(one.code_hash == blake2_256(code) for one in candidates(network, above=new[0].head.number))
        assert network.simulation.validator.refused == {}


def test_what_a_byzantine_backer_makes_of_a_candidate_of_three_blocks_is_found_invalid(tmp_path: Path) -> None:
    with launch(network_of("one", config=ALONE), tmp_path) as network:
        network.wait(200)
        with network.inject(Byzantine(targets=("alice", "bob"), acts=("back_invalid",))):
            network.wait(60)
        network.wait(60)
        simulation = network.simulation
        wrong = [one for one in simulation.candidates.values() if one.hash in simulation.validator.refused]
        of_hub = {"0x" + one.hash.hex() for one in wrong if one.para == 1000 and len(one.blocks) == 3}
        concluded = network.evidence.all_events("ParasDisputes", "DisputeConcluded")
        outcomes = {event.data.fields["0"]: event.data.fields["1"] for event in concluded}
        assert of_hub & outcomes.keys()
        assert {outcomes[one] for one in of_hub & outcomes.keys()} == {"Invalid"}


def test_a_collator_that_equivocates_makes_two_candidates_of_three_blocks_each(tmp_path: Path) -> None:
    with launch(network_of("one"), tmp_path) as network:
        network.wait(200)
        since = network.simulation.clock.now
        with network.inject(Byzantine(targets=("one",), acts=("equivocate",))):
            network.wait(60)
        used = network.simulation.misdeeds.between(
            collator(network).index, "equivocate", since, network.simulation.clock.now
        )
        network.wait(30)
        made: dict[tuple[ExecutedBlock, ExecutedBlock], list[Candidate]] = {}
        for one in network.simulation.candidates.values():
            if one.para == 1000:
                made.setdefault((one.parent, one.relay_parent), []).append(one)
        pairs = [several for several in made.values() if len(several) > 1]
        assert len(pairs) > 5
        assert len(pairs) == len(used)
        assert None not in used
        for first, second in pairs:
            assert [len(first.blocks), len(second.blocks)] == [3, 3]
            assert not set(first.blocks) & set(second.blocks)
            assert not (first.included_in and second.included_in)
        assert network.simulation.validator.refused == {}


def test_collators_cut_apart_make_all_blocks_of_each_others_candidates_from_chunks(tmp_path: Path) -> None:
    with launch(network_of("one", "two"), tmp_path) as network:
        network.wait(200)
        nodes = collator(network), collator(network, "two")
        since = best(nodes[0]).number
        network.inject(Partition(groups=(("one",), ("two",))))
        network.wait(90)
        final = min(node.para.finalized.number for node in nodes if node.para is not None)
        found = [one for one in candidates(network, above=since) if one.head.number <= final]
        assert len(found) > 3
        for candidate in found:
            made, recovered = sorted([imported(node, block) for block in candidate.blocks] for node in nodes)
            assert recovered[0] - made[-1] > 3
            assert recovered[0] == recovered[-1], "one proof has them all"
            assert candidate.head.descends_from(candidate.parent)


def test_a_candidate_of_several_blocks_that_was_not_recovered_twice_comes_from_a_peer(tmp_path: Path) -> None:
    """Real nodes look then for the candidates before it too, and give up at its last block but one."""
    with launch(network_of("one", "two"), tmp_path) as network:
        network.wait(200)
        nodes = collator(network), collator(network, "two")
        cut = network.inject(Partition(groups=(("one",), ("two",))))
        silent = network.inject(Byzantine(targets=("alice", "bob", "charlie"), acts=("withhold_chunks",)))
        since = best(nodes[0]).number
        network.wait(60)
        silent.heal()
        asked = len(logged(tmp_path, "its proof is recovered"))
        heads = [one.head for one in candidates(network, above=since)]
        lost = [head for head in heads if sum(head in node.para for node in nodes if node.para is not None) == 1]
        assert lost
        assert asked
        network.wait(60)
        first = lost[0]
        assert sum(first in node.para for node in nodes if node.para is not None) == 1
        cut.heal()
        network.wait(150)
        assert all(first in node.para for node in nodes if node.para is not None)
