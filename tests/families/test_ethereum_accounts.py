"""A parachain of 20-byte accounts with Ethereum's signatures, 18 decimals and 12 s slots, between others."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from simnet.codec import Header, aura_slot, storage_prefix
from simnet.errors import RpcError
from simnet.fields import KeyPath
from simnet.journal import Evidence
from simnet.journal.records import KeysStored, OurExtrinsic, RuntimeEvent
from simnet.network.account_formats import ACCOUNT20
from simnet.network.accounts import keys
from simnet.providers.barrier import reach_barrier
from simnet.providers.simulated.simulated_network import SimulatedNetwork
from simnet.rehearsal import Outcome
from simnet.runtime.host import wasm_of
from tests.families.families import ACCOUNTS, RELAY, TWENTY, UNIT, WAIT, changed, mistakes, run, twenty
from tests.providers.simulated.networks import launch

NETWORK: dict[str, Any] = {"relay": RELAY, "parachains": [{"id": 2000, "runtime": "penpal"}, twenty(2020, collators=2)]}
NOW = "0x" + storage_prefix("Timestamp", "Now").hex()
PAID = {"dest": "//Charlie", "value": 3 * UNIT}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    poke = {"items": [["0x6b6579", "0x76616c7565"]]}
    steps = [
        {"submit": {"chain": 2020, "as": "//Bob", "call": "Balances.transfer_keep_alive", "args": PAID}},
        {"submit": {"chain": 2020, "call": "System.remark_with_event", "args": {"remark": "x" * 300}}},
        {"submit": {"chain": 2020, "sudo": True, "call": "System.set_storage", "args": poke}},
        *({"send": {"from": one, "to": other, "count": 2}} for one, other in ((2000, 2020), (2020, 2000))),
        *({"send": {"from": one, "to": other}} for one, other in (("relay", 2020), (2020, "relay"))),
        {"wait": {"state": "delivered", "within": "180s"}},
    ]
    expect = [{"parachain_included": {"para": 2020, "at_least": 3}}, {"messages": {"at_least": 6}}]
    return run(tmp_path_factory.mktemp("twenty"), NETWORK, steps, [*expect, {"finality_advances": {}}])


def events(evidence: Evidence, name: str) -> list[dict[str, Any]]:
    seen = (one.data for one in evidence.of(RuntimeEvent) if one.chain == "2020")
    return [dict(one.fields) for one in seen if f"{one.pallet}.{one.name}" == name]


def test_it_runs_and_mail_in_all_directions_ends(outcome: Outcome) -> None:
    assert outcome.verdict.exit_code == 0, outcome.verdict


def test_calls_are_signed_for_its_accounts(outcome: Outcome) -> None:
    ours = [one.data for one in outcome.evidence.of(OurExtrinsic) if one.chain == "2020"]
    assert len(ours) == 6  # three calls, three messages
    assert all(one.success for one in ours)
    transfer = {"from": ACCOUNTS["//Bob"], "to": ACCOUNTS["//Charlie"], "amount": PAID["value"]}
    assert transfer in events(outcome.evidence, "Balances.Transfer")
    assert [one["sender"] for one in events(outcome.evidence, "System.Remarked")][:1] == [ACCOUNTS["//Alice"]]
    assert events(outcome.evidence, "Sudo.Sudid")


def test_accounts_of_secret_uris_are_those_that_the_runtime_s_presets_have() -> None:
    assert {uri: ACCOUNT20.text(ACCOUNT20.of(uri)) for uri in ACCOUNTS} == ACCOUNTS


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Any:
    paces = {
        2006: {"slotMillis": 6000, "ahead": True},
        2012: {},
        2018: {"slotMillis": 18000, "ahead": True},
        2004: {"slotMillis": 4000, "ahead": True},
    }
    paras = [twenty(para, collators=2, genesis={"pace": pace}) for para, pace in paces.items()]
    spec = {"relay": {**RELAY, "validators": 4}, "channels": "none", "parachains": paras}
    with launch(spec, tmp_path_factory.mktemp("slots")) as made:
        reach_barrier(made, 600)
        made.wait(120)
        yield made


@pytest.mark.parametrize(
    ("para", "millis", "every"), [(2004, 4000, 6), (2006, 6000, 6), (2012, 12000, 12), (2018, 18000, 6)]
)
def test_blocks_come_as_often_as_slots_and_the_runtime_let_them(
    network: SimulatedNetwork, para: int, millis: int, every: int
) -> None:
    """Seconds from one finalized block to the next; the slot in each is the relay chain's time in slots of its own."""
    node = f"collator-{para}-1"
    rpc = network.rpc(node)
    height = int(rpc.call("chain_getHeader", [rpc.call("chain_getFinalizedHead")])["number"], 16)
    slots, times = [], []
    for number in range(height - 6, height + 1):
        hash_ = rpc.call("chain_getBlockHash", [number])
        header = Header.from_json(rpc.call("chain_getHeader", [hash_]))
        now = int.from_bytes(bytes.fromhex(rpc.call("state_getStorage", [NOW, hash_])[2:]), "little")
        slots.append(aura_slot(header.logs))
        times.append(now)
    assert slots == [now // millis for now in times]
    assert [later - now for now, later in pairwise(times)] == [every * 1000] * 6


def test_without_an_unincluded_segment_each_block_waits_for_the_one_before(tmp_path: Path) -> None:
    """Its consensus hook would let blocks go ahead; nobody can ask it."""
    other = changed(TWENTY, tmp_path, AuraUnincludedSegmentApi="AuraUnincludedSegmentXxx")
    para = {"id": 2006, "runtime": other, "genesis": {"pace": {"slotMillis": 6000, "ahead": True}}}
    expect = [{"parachain_included": {"para": 2006, "at_least": 3, "at_most": 6}}]
    network = {"relay": RELAY, "channels": "none", "parachains": [para]}
    outcome = run(tmp_path, network, [{"wait": {"for": "60s"}}], expect)
    assert outcome.verdict.exit_code == 0, outcome.verdict


# -- mistakes ----------------------------------------------------------------------------------------------------


def told(step: dict[str, Any] = WAIT, **chain: Any) -> list[tuple[KeyPath, str]]:
    return mistakes({"relay": RELAY, "parachains": [twenty(2020, **chain)]}, step)


@pytest.mark.parametrize("given", [keys("//Bob").address, "0x" + keys("//Bob").sr25519.hex(), "//Bob//", "bobb"])
def test_an_account_of_another_format_is_refused_at_its_argument(given: str) -> None:
    args = {"dest": given, "value": UNIT}
    ((way, message),) = told({"submit": {"chain": 2020, "call": "Balances.transfer_keep_alive", "args": args}})
    assert way == ("steps", 0, "submit", "args", "dest")
    assert "expected an account, as secret URI, 0x hex or 20 bytes (AccountId20)" in message


def test_an_ss58_address_is_told_to_be_one() -> None:
    args = {"dest": keys("//Bob").address, "value": UNIT}
    ((_, message),) = told({"submit": {"chain": 2020, "call": "Balances.transfer_keep_alive", "args": args}})
    assert message.endswith("an account of 32 bytes as other chains have them")


def test_whoever_has_nothing_there_is_told_with_the_account_to_fund() -> None:
    call = {"chain": 2020, "as": "//Nobody", "call": "System.remark", "args": {"remark": "x"}}
    ((way, message),) = told({"submit": call})
    assert way == ("steps", 0, "submit", "as")
    assert f'[["{ACCOUNT20.text(ACCOUNT20.of("//Nobody"))}", ' in message


def test_a_foreign_sudo_key_is_told_by_its_account() -> None:
    call = {"chain": 2020, "sudo": True, "call": "System.remark", "args": {"remark": "x"}}
    ((way, message),) = told({"submit": call}, genesis={"sudo": {"key": ACCOUNTS["//Bob"]}})
    assert way == ("network", "parachains", 0, "genesis", "sudo", "key")
    assert f"is {ACCOUNTS['//Bob']} (//Bob), not //Alice's" in message


def test_a_genesis_account_of_another_format_is_the_runtime_s_to_refuse() -> None:
    funds = {"balances": {"balances": [[keys("//Bob").address, UNIT]]}}
    found = told(genesis=funds)
    assert [way for way, _ in found] == [("network", "parachains", 0, "genesis", "balances", "balances")]


def test_nodes_count_nonces_of_such_accounts(network: SimulatedNetwork) -> None:
    rpc = network.rpc("collator-2012-1")
    for text in (ACCOUNTS["//Alice"], ACCOUNT20.pair("//Alice").ss58_address):
        assert rpc.call("system_accountNextIndex", [text]) == 0
    with pytest.raises(RpcError, match="expected an SS58 encoded address"):
        rpc.call("system_accountNextIndex", ["0x" + keys("//Alice").sr25519.hex()])


def test_keys_are_rotated_and_code_is_replaced(tmp_path: Path) -> None:
    """By the account's own signature, and by sudo's."""
    code = tmp_path / "again.wasm"
    code.write_bytes(wasm_of(Path(TWENTY).read_bytes()) + b"\0\6\5again")
    steps = [
        {"rotate_keys": {"node": "collator-2020-2"}},
        {"upgrade": {"chain": 2020, "runtime": str(code), "path": "without_checks"}},
        {"submit": {"chain": 2020, "as": "//Bob", "call": "System.remark", "args": {"remark": "x"}}},
    ]
    network = {"relay": RELAY, "channels": "none", "parachains": [twenty(2020, collators=2)]}
    outcome = run(tmp_path, network, steps, [{"upgraded": {"chain": 2020}}, {"finality_advances": {}}])
    assert outcome.verdict.exit_code == 0, outcome.verdict
    assert [one.data.how for one in outcome.evidence.of(KeysStored)] == ["made"]
