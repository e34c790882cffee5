"""Storage that blocks of a relay chain write whose root cannot be had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from substrateinterface import Keypair

from simnet.chain.storage_writes import StorageWrite
from simnet.checks import Status, Upgraded
from simnet.checks.verdict import judge
from simnet.errors import DeadlineError, InputError, ScenarioError, SimnetError
from simnet.faults.link_faults import Partition
from simnet.journal.records import Intervention
from simnet.network.topology import ALICE, RELAY, Chain
from simnet.preflight import in_scenario
from simnet.providers.barrier import reach_barrier
from simnet.providers.network import Network
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.ledger import ExecutedBlock, ancestry
from simnet.providers.simulated.runtime_overrides import _execute
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from simnet.scenario.loader import load_scenario
from tests.providers.simulated.networks import FOUR, launch, renamed

KEY = bytes.fromhex("1234")
ENTRY = StorageWrite(key="0x1234", value="0x5678")
FOREIGN = "5CiPPseXPECbkjWCa6MnjNokrgYjMqmKndv2rSnekmSK2DjL"
"""An account of which nobody here has the key."""


def rootless(folder: Path, key: str | None = None) -> SimulatedNetwork:
    """Four validators whose chain has that sudo key, at their barrier."""
    account = Keypair.create_from_uri(key).ss58_address if key == ALICE else key
    network = launch({"relay": {**FOUR["relay"], "genesis": {"sudo": {"key": account}}}}, folder)
    reach_barrier(network, 400)
    return network


def best(network: SimulatedNetwork, *nodes: str) -> ExecutedBlock:
    """The highest block that one of these nodes has, by default any."""
    views = [node.relay for node in network.simulation.nodes if node.name in nodes or not nodes]
    return max((view.best for view in views), key=lambda block: block.number)


@pytest.mark.parametrize("key", [None, FOREIGN])
def test_the_next_block_writes_and_removes_it(tmp_path: Path, key: str | None) -> None:
    network = rootless(tmp_path, key)
    before = best(network)
    assert before.state.get(KEY) is None
    network.set_storage([ENTRY, StorageWrite(item="Balances.TotalIssuance", value="5 ROC")])
    assert best(network).state.get(KEY) == bytes.fromhex("5678")
    network.chain(RELAY).wait_for(lambda chain: chain.query("Balances.TotalIssuance") == 5 * 10**12, within=60)
    network.set_storage([StorageWrite(key="0x1234", value=None)])
    assert best(network).state.get(KEY) is None
    assert [one.data.how for one in network.evidence.of(Intervention)] == ["block", "block"]
    told = judge(network.evidence, []).interventions[0]
    written = network.evidence.of(Intervention)[0]
    assert told.endswith(f"(by simnet, in block {written.height} of relay, which no real node would execute)")
    assert written.hash in network.evidence.blocks[RELAY]
    assert network.marks == ["storage of relay"] * 2
    network.close()


def test_every_fork_comes_to_have_it_once(tmp_path: Path) -> None:
    network = rootless(tmp_path)
    split = network.inject(Partition(groups=(("alice", "bob"), ("charlie", "dave"))))
    network.wait(60)
    network.set_storage([ENTRY], within=120)
    network.wait(120)
    tips = [best(network, node) for node in ("alice", "charlie")]
    network.heal(split)
    network.wait(120)
    wrote = {block for tip in tips for block in ancestry(tip) if block.parent and block.written > block.parent.written}
    assert len(wrote) == 2, "each half wrote it in a block of its own"
    for block in wrote:
        assert block.parent is not None
        assert (block.parent.state.get(KEY), block.state.get(KEY)) == (None, bytes.fromhex("5678"))
    final = network.simulation.by_name["dave"].relay.finalized
    assert sum(block in wrote for block in ancestry(final)) == 1
    network.close()


def test_such_a_block_is_executed_again_with_what_it_began_with(tmp_path: Path) -> None:
    network = rootless(tmp_path)
    network.set_storage([ENTRY])
    block = next(one for one in ancestry(best(network)) if one.parent and one.written > one.parent.written)
    assert block.parent is not None
    assert block.made_by is not None
    assert _execute(block, block.made_by, network.simulation.writes.of(block.parent, block.written)) is None
    assert "root" in str(_execute(block, block.made_by, ()))
    network.close()


@pytest.mark.parametrize("key", [None, ALICE])
def test_nodes_keep_a_sessions_parameters_to_its_end(tmp_path: Path, key: str | None) -> None:
    """As real ones do, by the session's index, whoever wrote others: sudo or a block."""
    network = rootless(tmp_path, key)
    chain = network.chain(RELAY)
    before = relay_state.session_info(best(network)).coalesce
    config: Any = dict(chain.query("Configuration.ActiveConfig"))
    config["approval_voting_params"] = {"max_approval_coalesce_count": before + 3}
    network.set_storage([StorageWrite(item="Configuration.ActiveConfig", value=config)])
    session = relay_state.session(best(network))
    network.wait(6)
    assert relay_state.session(best(network)) == session, "which did not end in between"
    assert relay_state.session_info(best(network)).coalesce == before
    network.wait_until(lambda _: relay_state.session(best(network)) > session, within=120, what="a new session")
    assert relay_state.session_info(best(network)).coalesce == before + 3
    network.close()


def test_what_the_runtime_cannot_begin_with_stands_in_no_block(tmp_path: Path) -> None:
    network = rootless(tmp_path)
    with pytest.raises(
        DeadlineError, match=r"for a block of the relay chain that writes its storage; .*; slot \d+ was lost: "
    ):
        network.set_storage([StorageWrite(item="Timestamp.Now", value=2**63)], within=30)
    assert best(network).written == 0
    assert network.evidence.of(Intervention) == [], "nothing was written"
    network.close()


def test_what_came_too_late_for_its_step_is_told_when_it_comes(tmp_path: Path) -> None:
    network = rootless(tmp_path)
    with pytest.raises(DeadlineError):
        network.set_storage([ENTRY], within=0.001)
    assert network.evidence.of(Intervention) == []
    network.wait(30)
    (written,) = network.evidence.of(Intervention)
    assert best(network).state.get(KEY) == bytes.fromhex("5678")
    assert written.height is not None
    network.close()


def test_code_that_is_stored_so_is_code_that_was_asked_for(tmp_path: Path) -> None:
    network = rootless(tmp_path)
    network.set_storage([StorageWrite(key="0x" + b":code".hex(), value=renamed(Chain(id=RELAY, runtime="rococo")))])
    network.wait(60)
    findings = {one.check: one for one in judge(network.evidence, [Upgraded()]).findings}
    assert findings["code as asked"].status is Status.HELD
    assert findings["upgraded"].status is Status.HELD, findings["upgraded"].seen
    network.close()


@pytest.mark.parametrize(
    "entry",
    [
        StorageWrite(item="Babe.NextAuthorities", value=[]),
        StorageWrite(item="ParaSessionInfo.Sessions", keys=[1], value=None),
    ],
)
def test_a_state_with_which_validators_can_do_nothing_ends_no_run(tmp_path: Path, entry: StorageWrite) -> None:
    network = rootless(tmp_path)
    network.set_storage([entry])
    network.wait(150)
    network.close()


def test_a_state_that_nobody_can_go_by_is_told_as_what_it_is(tmp_path: Path) -> None:
    network = rootless(tmp_path)
    with pytest.raises(SimnetError, match=r"by a state that root wrote, storage of relay: Babe\.EpochConfig"):
        none = {"c": [0, 0], "allowed_slots": "PrimarySlots"}
        entries = [StorageWrite(item=f"Babe.{name}", value=none) for name in ("EpochConfig", "NextEpochConfig")]
        network.set_storage(entries)
        network.wait(60)
    network.close()


def test_other_providers_refuse_it(tmp_path: Path) -> None:
    network = rootless(tmp_path)
    with pytest.raises(InputError, match="no call of its root can be had"):
        Network.write_in_block(network, [], lambda *_: None, 10)
    network.close()


SCENARIO = """name: x
network: {relay: {genesis: {sudo: {key: %s}}}}
steps:
- set_storage: {items: [{item: Balances.TotalIssuance, value: 5}]}
"""


@pytest.mark.parametrize(("key", "told"), [("null", "has no key"), (FOREIGN, "not //Alice's")])
def test_real_nodes_are_refused_it_before_the_launch(tmp_path: Path, key: str, told: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(SCENARIO % key)
    load_scenario(file, further=in_scenario)
    with pytest.raises(ScenarioError, match=told):
        load_scenario(file, further=lambda scenario: in_scenario(scenario, writes_blocks=False))
