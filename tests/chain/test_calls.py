"""Calls of the bundled runtimes beside substrate-interface's, and what is wrong with wrong ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from simnet.chain import _type_registry as registry
from simnet.chain.calls import Calls
from simnet.chain.client import RuntimeCalls
from simnet.chain.metadata import Metadata
from simnet.chain.runtime_types import RuntimeTypes
from simnet.chain.xcm import Message, Recipient, recipient_of, send_call
from simnet.codec import vec_bytes
from simnet.errors import InputError
from simnet.network.accounts import keys
from tests.chain.runtimes import GENESIS, Both
from tests.chain.test_metadata import BLOCKS, RUNTIME, decoded, raw_metadata
from tests.chain.values import as_substrate_interface_takes_it, values

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
KEY = "0x" + "8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48"[:64]
HASH = "0x" + bytes(range(32)).hex()
REMARK = {"call_module": "System", "call_function": "remark", "call_args": {"remark": "0x0102"}}
TRANSFER = {
    "call_module": "Balances",
    "call_function": "transfer_keep_alive",
    "call_args": [{"name": "dest", "value": BOB}, {"name": "value", "value": 5}],
}
HERE = {"parents": 1, "interior": "Here"}
WEIGHT = {"ref_time": 10**9, "proof_size": "65536"}


def program(version: str) -> dict[str, Any]:
    """An XCM as simnet sent it before it had an encoder, in one of the versions."""
    location: Any = {"parents": 0, "interior": "Here"}
    fee = {"id": {"Concrete": location} if version == "V3" else location, "fun": {"Fungible": 5 * 10**12}}
    weight = {"fallback_max_weight": WEIGHT} if version == "V5" else {"require_weight_at_most": WEIGHT}
    junction = {"AccountId32": {"network": None, "id": HASH}}
    beneficiary = {"parents": 0, "interior": {"X1": junction if version == "V3" else [junction]}}
    transact = {"origin_kind": "SovereignAccount", **weight, "call": {"encoded": "0x00001234"}}
    wild: Any = {"Wild": {"AllCounted": 1}}
    return {
        version: [
            [
                {"WithdrawAsset": [[fee]]},
                {"BuyExecution": {"fees": fee, "weight_limit": {"Limited": WEIGHT}}},
                {"SetAppendix": [[{"RefundSurplus": None}, "ClearOrigin"]]},
                {"Transact": transact},
                {"DepositAsset": {"assets": wild, "beneficiary": beneficiary}},
                {"SetTopic": HASH},
            ]
        ]
    }


CASES: list[tuple[str, dict[str, Any]]] = [
    ("System.remark", {"remark": "0x"}),
    ("System.remark", {"remark": "plain text"}),
    ("System.remark", {"remark": b"\x00\xff"}),
    ("System.remark_with_event", {"remark": [1, 2, 3]}),
    ("System.set_heap_pages", {"pages": "64"}),
    ("System.set_code", {"code": "0x" + "ab" * 20_000}),
    ("System.set_storage", {"items": [("0x01", "0x02"), ["key", "value"]]}),
    ("System.kill_storage", {"keys": ["0x01", "0x0203"]}),
    ("Timestamp.set", {"now": 1_700_000_000_000}),
    ("Balances.transfer_keep_alive", {"dest": {"Id": ALICE}, "value": 1}),
    ("Balances.transfer_keep_alive", {"dest": BOB, "value": 10**20}),
    ("Balances.transfer_allow_death", {"dest": HASH, "value": "123456789"}),
    ("Balances.transfer_allow_death", {"dest": {"Address32": HASH}, "value": 2**30}),
    ("Balances.transfer_allow_death", {"dest": {"Address20": HASH[:42]}, "value": 2**14}),
    ("Balances.transfer_allow_death", {"dest": {"Raw": "0x0102"}, "value": 63}),
    ("Balances.transfer_all", {"dest": {"Id": HASH}, "keep_alive": True}),
    ("Balances.force_transfer", {"source": ALICE, "dest": BOB, "value": 64}),
    ("Balances.force_set_balance", {"who": ALICE, "new_free": 0}),
    ("Balances.upgrade_accounts", {"who": [ALICE, BOB, HASH]}),
    ("Balances.force_adjust_total_issuance", {"direction": "Increase", "delta": 1}),
    ("Utility.batch_all", {"calls": []}),
    ("Utility.batch_all", {"calls": [REMARK, TRANSFER]}),
    ("Utility.force_batch", {"calls": [REMARK]}),
    ("Utility.as_derivative", {"index": 3, "call": REMARK}),
    ("Utility.dispatch_as", {"as_origin": {"system": "Root"}, "call": REMARK}),
    ("Utility.dispatch_as", {"as_origin": {"system": {"Signed": ALICE}}, "call": TRANSFER}),
    ("Utility.with_weight", {"call": REMARK, "weight": WEIGHT}),
    ("Sudo.sudo", {"call": {"call_module": "Utility", "call_function": "batch", "call_args": {"calls": [REMARK]}}}),
    ("Sudo.sudo_unchecked_weight", {"call": REMARK, "weight": (1, 2)}),
    ("Sudo.sudo_as", {"who": BOB, "call": REMARK}),
    ("Sudo.set_key", {"new": ALICE}),
    ("Session.purge_keys", {}),
    ("Proxy.proxy", {"real": ALICE, "force_proxy_type": None, "call": REMARK}),
    ("Proxy.proxy", {"real": ALICE, "force_proxy_type": "Any", "call": REMARK}),
    ("Proxy.add_proxy", {"delegate": BOB, "proxy_type": "NonTransfer", "delay": 0}),
    ("Proxy.create_pure", {"proxy_type": "Any", "delay": 10, "index": 65535}),
    ("Multisig.as_multi_threshold_1", {"other_signatories": [ALICE, BOB], "call": REMARK}),
    (
        "Multisig.as_multi",
        {
            "threshold": 2,
            "other_signatories": [BOB],
            "maybe_timepoint": {"height": 5, "index": 1},
            "call": TRANSFER,
            "max_weight": WEIGHT,
        },
    ),
    ("Scheduler.schedule", {"when": 9, "maybe_periodic": (10, 3), "priority": 63, "call": REMARK}),
    ("Scheduler.schedule_named_after", {"id": HASH, "after": 9, "maybe_periodic": None, "priority": 0, "call": REMARK}),
    ("Preimage.note_preimage", {"bytes": "0x0102"}),
    ("Vesting.vested_transfer", {"target": BOB, "schedule": {"locked": 10, "per_block": 1, "starting_block": 5}}),
    ("Hrmp.force_open_hrmp_channel", {"sender": 2000, "recipient": 2001, "max_capacity": 8, "max_message_size": 1024}),
    ("Hrmp.force_open_hrmp_channel", {"sender": [1], "recipient": "2", "max_capacity": 8, "max_message_size": 1}),
    ("Hrmp.hrmp_close_channel", {"channel_id": {"sender": 2000, "recipient": 2001}}),
    ("Hrmp.force_clean_hrmp", {"para": 2000, "num_inbound": 1, "num_outbound": 2}),
    ("Configuration.set_max_code_size", {"new": 3 * 2**20}),
    ("Configuration.set_coretime_cores", {"new": 8}),
    ("Configuration.set_async_backing_params", {"new": {"max_candidate_depth": 3, "allowed_ancestry_len": 2}}),
    ("Configuration.set_executor_params", {"new": [[{"MaxMemoryPages": 8192}, {"PvfExecTimeout": ("Backing", 2500)}]]}),
    ("Configuration.set_node_feature", {"index": 1, "value": True}),
    ("Paras.force_set_current_head", {"para": 2000, "new_head": ["0x010203"]}),
    ("Paras.force_queue_action", {"para": 2000}),
    ("Paras.add_trusted_validation_code", {"validation_code": ["0x00"]}),
    ("Registrar.register", {"id": 2000, "genesis_head": ["0x01"], "validation_code": ["0x02"]}),
    ("Coretime.assign_core", {"core": 0, "begin": 5, "assignment": [({"Task": 2000}, 57600)], "end_hint": None}),
    ("ParasSudoWrapper.sudo_queue_downward_xcm", {"id": 2000, "xcm": program("V4")}),
    ("ParasSudoWrapper.sudo_schedule_para_cleanup", {"id": 2000}),
    ("ConvictionVoting.vote", {"poll_index": 3, "vote": {"Standard": {"vote": 0x81, "balance": 5}}}),
    (
        "ConvictionVoting.vote",
        {"poll_index": 3, "vote": {"Standard": {"vote": {"aye": True, "conviction": "Locked2x"}, "balance": 5}}},
    ),
    ("ConvictionVoting.delegate", {"class": 0, "to": ALICE, "conviction": "None", "balance": 1}),
    ("Referenda.place_decision_deposit", {"index": 1}),
    ("Treasury.spend_local", {"amount": 1, "beneficiary": ALICE}),
    ("Identity.set_subs", {"subs": [(ALICE, {"Raw": "sub"}), (BOB, {"Raw": "0x0102"}), (BOB, {"None": None})]}),
    ("CollatorSelection.set_invulnerables", {"new": [ALICE, BOB]}),
    ("CollatorSelection.set_desired_candidates", {"max": 4}),
    ("System.authorize_upgrade", {"code_hash": HASH}),
    ("ParachainSystem.sudo_send_upward_message", {"message": "0x01"}),
    ("XcmpQueue.update_suspend_threshold", {"new": 10}),
    ("PoolAssets.create", {"id": 1, "admin": ALICE, "min_balance": 100}),
    ("PoolAssets.set_metadata", {"id": 1, "name": "Coin", "symbol": "0x4343", "decimals": 12}),
    ("ForeignAssets.mint", {"id": HERE, "beneficiary": BOB, "amount": 7}),
    ("Revive.map_account", {}),
    ("Staking.bond", {"value": 10**12, "payee": "Staked"}),
    ("Staking.bond", {"value": 10**12, "payee": {"Account": ALICE}}),
    ("Staking.nominate", {"targets": [ALICE, {"Id": BOB}]}),
    ("Staking.validate", {"prefs": {"commission": 10**7, "blocked": False}}),
    ("NominationPools.set_state", {"pool_id": 1, "state": "Destroying"}),
    ("NominationPools.set_metadata", {"pool_id": 1, "metadata": "pool"}),
    ("Nfts.mint", {"collection": 1, "item": 2, "mint_to": BOB, "witness_data": None}),
    *[
        (f"{pallet}.send", {"dest": {version: HERE}, "message": program(version)})
        for pallet in ("XcmPallet", "PolkadotXcm")
        for version in ("V3", "V4", "V5")
    ],
    ("PolkadotXcm.execute", {"message": program("V4"), "max_weight": WEIGHT}),
    (
        "XcmPallet.limited_teleport_assets",
        {
            "dest": {"V4": {"parents": 0, "interior": {"X1": [{"Parachain": 1000}]}}},
            "beneficiary": {"V4": {"parents": 0, "interior": {"X1": [{"AccountId32": {"network": None, "id": HASH}}]}}},
            "assets": {"V4": [[{"id": {"parents": 0, "interior": "Here"}, "fun": {"Fungible": 10**12}}]]},
            "fee_asset_item": 0,
            "weight_limit": "Unlimited",
        },
    ),
    ("PolkadotXcm.force_xcm_version", {"location": HERE, "version": 4}),
    ("PolkadotXcm.force_default_xcm_version", {"maybe_xcm_version": None}),
]


@pytest.mark.parametrize(("call", "args"), CASES, ids=[f"{at}-{call}" for at, (call, _) in enumerate(CASES)])
def test_calls_are_what_substrate_interface_composes(call: str, args: dict[str, Any], bundled: dict[str, Both]) -> None:
    having = [both for both in bundled.values() if call in both.functions]
    assert having, f"no bundled runtime has {call}"
    for both in having:
        assert both.calls.compose(call, args).hex() == both.theirs(call, args).hex(), both.name


def test_session_keys(bundled: dict[str, Both]) -> None:
    keys = ("grandpa", "babe", "para_validator", "para_assignment", "authority_discovery")
    relay = {"keys": {**dict.fromkeys(keys, HASH), "beefy": "0x02" + HASH[2:]}, "proof": "0x"}
    for name, args in (("rococo", relay), ("westend", relay), ("penpal", {"keys": {"aura": HASH}, "proof": "0x00"})):
        both = bundled[name]
        assert both.calls.compose("Session.set_keys", args) == both.theirs("Session.set_keys", args)
    with pytest.raises(
        InputError, match=r"Session.set_keys > keys: SessionKeys has no field 'auro'; did you mean 'aura'"
    ):
        bundled["penpal"].calls.compose("Session.set_keys", {"keys": {"auro": HASH}, "proof": "0x"})


class Asked:
    """A node whose chain accepts these assets for execution, as SCALE of ``Result<Vec<VersionedAssetId>, _>``."""

    def __init__(self, answer: str = "") -> None:
        self._answer = answer

    def call(self, method: str, params: Sequence[Any] = (), timeout: float = 0) -> Any:
        assert self._answer, "was asked though its runtime has no such API"
        assert (method, params[0]) == ("state_call", "XcmPaymentApi_query_acceptable_payment_assets")
        return self._answer

    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("answer", "parents"),
    [
        ("0x0004040000", 0),
        ("0x0004040100", 1),
        ("0x000804010004010100a10f", 1),
        ("0x0008040100040000", 0),
        ("0x0000", 0),
        ("0x0100", 0),
    ],
)
def test_execution_is_paid_for_with_what_the_recipient_accepts_first(
    answer: str, parents: int, bundled: dict[str, Both]
) -> None:
    penpal = bundled["penpal"]
    runtime = RuntimeCalls("0x", penpal.calls, penpal.types, GENESIS, 1, 1)
    assert recipient_of(runtime, Asked(answer)).fee_parents == parents


@pytest.mark.parametrize("sender", ["relay", "2000"])
def test_a_message_is_sent_as_substrate_interface_would(sender: str, bundled: dict[str, Both]) -> None:
    """With lists around versions' contents, and around assets, that substrate-interface wants."""
    both = bundled["rococo" if sender == "relay" else "penpal"]
    message = Message("label", 0, sender, "2001", 40, bytes(range(32)))
    penpal = bundled["penpal"]
    older = RuntimeTypes(penpal.metadata, {})
    to = recipient_of(RuntimeCalls("0x", penpal.calls, older, GENESIS, 1, 1), Asked())
    assert to == Recipient(remark=penpal.theirs("System.remark", {"remark": "0x"})[:-1], fee_parents=0)
    remark = "0x" + (to.remark + vec_bytes(bytes(range(32)) + bytes(8))).hex()
    fee = {"id": {"parents": 0, "interior": "Here"}, "fun": {"Fungible": 5 * 10**12}}
    weight = {"ref_time": 2 * 10**9, "proof_size": 100_000}
    transact = {"require_weight_at_most": weight, "call": {"encoded": remark}}
    unpaid = [
        {"UnpaidExecution": {"weight_limit": "Unlimited", "check_origin": None}},
        {"Transact": {"origin_kind": "Superuser", **transact}},
    ]
    paid = [
        {"WithdrawAsset": [[fee]]},
        {"BuyExecution": {"fees": fee, "weight_limit": "Unlimited"}},
        {"Transact": {"origin_kind": "SovereignAccount", **transact}},
    ]
    topic = {"SetTopic": "0x" + message.topic.hex()}
    args = {
        "dest": {"V4": {"parents": 0 if sender == "relay" else 1, "interior": {"X1": [{"Parachain": 2001}]}}},
        "message": {"V4": [[*(unpaid if sender == "relay" else paid), topic]]},
    }
    pallet = "XcmPallet" if sender == "relay" else "PolkadotXcm"
    call = {"call_module": pallet, "call_function": "send", "call_args": args}
    assert send_call(both.calls, to, message) == both.theirs("Sudo.sudo", {"call": call})


@pytest.mark.parametrize("version", ["V3", "V4", "V5"])
def test_an_xcm_needs_no_list_around_its_instructions(version: str, bundled: dict[str, Both]) -> None:
    wrapped = program(version)
    natural = {version: wrapped[version][0]}
    natural[version][0] = {"WithdrawAsset": natural[version][0]["WithdrawAsset"][0]}
    natural[version][2] = {"SetAppendix": ["RefundSurplus", "ClearOrigin"]}
    calls = bundled["penpal"].calls
    sent = [calls.compose("PolkadotXcm.send", {"dest": {version: HERE}, "message": m}) for m in (wrapped, natural)]
    assert sent[0] == sent[1]


def test_a_program_of_one_instruction_is_no_wrapper(bundled: dict[str, Both]) -> None:
    calls = bundled["penpal"].calls
    one = [{"ClearOrigin": None}]
    sent = [calls.compose("PolkadotXcm.send", {"dest": {"V4": HERE}, "message": {"V4": m}}) for m in (one, [one])]
    assert sent[0] == sent[1]


def test_the_ways_to_give_a_call(bundled: dict[str, Both]) -> None:
    both = bundled["rococo"]
    encoded = both.calls.compose("System.remark", {"remark": "0x0102"})
    ways = [
        encoded,
        bytearray(encoded),
        "0x" + encoded.hex(),
        REMARK,
        {"System": {"remark": {"remark": "0x0102"}}},
        {"System": ("remark", ["0x0102"])},
        both.client.compose_call("System", "remark", {"remark": "0x0102"}),
        both.client.compose_call("System", "remark", {"remark": "0x0102"}).value,
    ]
    assert {both.calls.compose("Sudo.sudo", {"call": way}) for way in ways} == {both.calls.sudo(encoded)}
    plain = both.calls.compose("Sudo.sudo", {"call": {"Session": "purge_keys"}})
    assert plain == both.calls.sudo(both.calls.compose("Session.purge_keys"))
    ours = both.calls.compose("Utility.batch_all", {"calls": [encoded, encoded]})
    assert ours == both.theirs("Utility.batch_all", {"calls": [REMARK, REMARK]})


ALL = settings(max_examples=150, deadline=None, suppress_health_check=[*HealthCheck])


def broken_in_scalecodec(types: registry.Types, type_id: int, seen: frozenset[int] = frozenset()) -> bool:
    """Whether a type has parts that scalecodec cannot encode, or not from what its decoder gives: B-trees, bits, eras,
    hashes of odd sizes, calls, and what has a form of its own."""
    if type_id in seen:
        return False
    seen |= {type_id}

    def any_of(ids: list[int]) -> bool:
        return any(broken_in_scalecodec(types, one, seen) for one in ids)

    match types[type_id]:
        case registry.Composite(path=(*_, "BTreeMap" | "BTreeSet" | "U256" | "H160" | "Vote")) | registry.BitSequence():
            return True
        case registry.Enumeration(path=(*_, "Era" | "Data" | "RuntimeCall" | "MultiAddress")):
            return True
        case registry.Composite(fields=fields):
            return any_of([field.type_id for field in fields])
        case registry.Enumeration(variants=variants):
            return any_of([field.type_id for variant in variants for field in variant.fields])
        case registry.Sequence(item) | registry.Array(item=item) | registry.CompactOf(item):
            return any_of([item])
        case registry.TupleOf(items):
            return any_of(list(items))
    return False


@ALL
@given(data=st.data())
def test_any_argument_is_what_substrate_interface_makes_of_it(both: Both, data: st.DataObject) -> None:
    types = both.metadata.types
    name = data.draw(st.sampled_from(sorted(both.functions)))
    fields = both.functions[name].fields
    assume(not any(broken_in_scalecodec(types, field.type_id) for field in fields))
    args = {
        str(field.name): as_substrate_interface_takes_it(
            types, field.type_id, data.draw(values(both.metadata, field.type_id), label=field.name)
        )
        for field in fields
    }
    assert both.calls.compose(name, args).hex() == both.theirs(name, args).hex()


@ALL
@given(data=st.data())
def test_any_call_decodes_to_what_was_encoded(both: Both, data: st.DataObject) -> None:
    types = both.metadata.types
    name = data.draw(st.sampled_from(sorted(both.functions)))
    natural, written = {}, {}
    for field in both.functions[name].fields:
        value = data.draw(values(both.metadata, field.type_id), label=field.name)
        natural[field.name] = value
        written[str(field.name)] = as_substrate_interface_takes_it(types, field.type_id, value)
    encoded = both.calls.compose(name, written)
    pallet, _, function = name.partition(".")
    kind = both.metadata.pallets[pallet].calls
    assert kind is not None
    assert encoded[0] == both.metadata.pallets[pallet].index
    assert decoded(both.metadata, kind, encoded, 1) == ({function: natural} if natural else function, len(encoded))


@pytest.mark.parametrize("chain", RUNTIME)
def test_every_recorded_event_encodes_to_its_bytes_again(chain: str) -> None:
    """What decoders give is taken as it is, without the lists that substrate-interface wants."""
    metadata = Metadata.parse(raw_metadata(RUNTIME[chain]))
    encoders = Calls(metadata)._encoders
    kind = metadata.pallets["System"].storage["Events"].value
    for block in BLOCKS[chain]:
        data = bytes.fromhex(block["events"])
        assert encoders.of(kind)(decoded(metadata, kind, data)[0]) == data


@pytest.mark.parametrize(("name", "chain"), [("rococo", "relay"), ("penpal", "para")])
def test_every_recorded_storage_value_encodes_to_its_bytes_again(name: str, chain: str) -> None:
    metadata = Metadata.parse(raw_metadata(name))
    encoders = Calls(metadata)._encoders
    state = {bytes.fromhex(key): bytes.fromhex(value) for key, value in BLOCKS["state"][chain].items()}
    seen = 0
    for pallet in metadata.pallets.values():
        for item in pallet.storage.values():
            prefix = metadata.storage_key(pallet.name, item.name)
            for data in [value for key, value in state.items() if key.startswith(prefix)]:
                value = metadata.decode_storage(pallet.name, item.name, data)
                assert encoders.of(item.value)(value) == data, f"{pallet.name}.{item.name}"
                seen += 1
    assert seen > 100


HRMP = "Hrmp.force_open_hrmp_channel"
CHANNEL = {"sender": 1, "recipient": 2, "max_capacity": 8, "max_message_size": 1024}
XCM = {"dest": {"V4": HERE}}


@pytest.mark.parametrize(
    ("call", "args", "message"),
    [
        ("remark", {}, "'remark' names no call; write Pallet.function, for example System.remark"),
        ("Balancs.transfer", {}, "the runtime has no pallet 'Balancs' with calls; did you mean 'Balances'?"),
        (
            "Balances.transfer_keep_alife",
            {},
            "the pallet Balances has no call 'transfer_keep_alife'; did you mean 'transfer_keep_alive'?",
        ),
        (HRMP, {**CHANNEL, "sender": "two"}, f"{HRMP} > sender: expected a whole number (u32), not 'two'"),
        (HRMP, {**CHANNEL, "sender": True}, f"{HRMP} > sender: expected a whole number (u32), not True"),
        (HRMP, {**CHANNEL, "sender": 1.5}, f"{HRMP} > sender: expected a whole number (u32), not 1.5"),
        (
            HRMP,
            {**CHANNEL, "sender": 2**32},
            f"{HRMP} > sender: 4294967296 does not fit u32, which goes from 0 to 4294967295",
        ),
        (
            HRMP,
            {**CHANNEL, "recipent": 2},
            f"{HRMP}: {HRMP} has no argument 'recipent'; did you mean 'recipient'?",
        ),
        (HRMP, {"sender": 1, "recipient": 2}, f"{HRMP}: {HRMP} lacks the argument 'max_capacity', 'max_message_size'"),
        (
            "Balances.transfer_keep_alive",
            {"dest": ALICE[:-1] + "X", "value": 1},
            "Balances.transfer_keep_alive > dest > Id: expected an account, as SS58 address, secret URI, 0x hex or 32"
            f" bytes (AccountId32), not '{ALICE[:-1]}X': Invalid checksum",
        ),
        (
            "Balances.transfer_keep_alive",
            {"dest": {"id": ALICE}, "value": 1},
            "Balances.transfer_keep_alive > dest: MultiAddress has no variant 'id'; did you mean 'Id'?",
        ),
        (
            "Sudo.sudo",
            {"call": {"Balances": {"transfer_all": {"dest": ALICE, "keep_alive": "yes"}}}},
            "Sudo.sudo > call > Balances.transfer_all > keep_alive: expected true or false (bool), not 'yes'",
        ),
        (
            "Utility.batch_all",
            {"calls": [REMARK, "remark"]},
            "Utility.batch_all > calls > [1]: expected a call, as {Pallet: {function: {arguments}}} or encoded,"
            " not 'remark'",
        ),
        (
            "XcmPallet.send",
            {**XCM, "message": {"V4": [{"SetTopik": HASH}]}},
            "XcmPallet.send > message > V4 > [0]: Instruction has no variant 'SetTopik'; did you mean 'SetTopic'?",
        ),
        (
            "XcmPallet.send",
            {**XCM, "message": {"V4": [{"SetTopic": HASH[:-2]}]}},
            "XcmPallet.send > message > V4 > [0] > SetTopic: expected 32 bytes ([u8; 32]), not 31",
        ),
        (
            "XcmPallet.send",
            {**XCM, "message": {"V4": [[{"ClearOrigin": {"a": 1}}]]}},
            "XcmPallet.send > message > V4 > [0] > ClearOrigin: expected no value, not {'a': 1}",
        ),
        (
            "Multisig.as_multi",
            {
                "threshold": 2,
                "other_signatories": BOB,
                "maybe_timepoint": "None",
                "call": REMARK,
                "max_weight": WEIGHT,
            },
            f"Multisig.as_multi > other_signatories: expected a list (Vec<AccountId32>), not '{BOB}'",
        ),
        (
            "Multisig.as_multi",
            {"threshold": 2, "other_signatories": [], "maybe_timepoint": "None", "call": REMARK, "max_weight": WEIGHT},
            "Multisig.as_multi > maybe_timepoint: expected the fields height, index (Timepoint), not 'None';"
            " null stands for None",
        ),
        (
            "ConvictionVoting.vote",
            {"poll_index": 0, "vote": {"Standard": {"vote": {"aye": True, "conviction": "locked1x"}, "balance": 1}}},
            "ConvictionVoting.vote > vote > Standard > vote > conviction: Conviction has no variant 'locked1x';"
            " did you mean 'Locked1x'?",
        ),
        (
            "System.remark",
            {"remark": "0x123"},
            "System.remark > remark: expected bytes, 0x hex or text (Vec<u8>), not '0x123'",
        ),
        ("System.remark", {"remark": 5}, "System.remark > remark: expected bytes, 0x hex or text (Vec<u8>), not 5"),
    ],
)
def test_what_is_wrong_is_named(call: str, args: dict[str, Any], message: str, bundled: dict[str, Both]) -> None:
    with pytest.raises(InputError) as raised:
        bundled["rococo"].calls.compose(call, args)
    assert str(raised.value) == message


def test_nesting_without_end_is_refused(bundled: dict[str, Both]) -> None:
    deep: Any = []
    for _ in range(3000):
        deep = [{"SetAppendix": deep}, "ClearOrigin"]
    with pytest.raises(InputError, match=r"PolkadotXcm.send: the arguments are nested too deep"):
        bundled["penpal"].calls.compose("PolkadotXcm.send", {**XCM, "message": {"V4": deep}})


def test_an_account_may_be_given_as_its_secret_uri(bundled: dict[str, Both]) -> None:
    compose = bundled["rococo"].calls.compose
    stash = "0x" + keys("//Eve//stash").sr25519.hex()
    named = compose("ValidatorManager.register_validators", {"validators": ["//Eve//stash"]})
    assert named == compose("ValidatorManager.register_validators", {"validators": [stash]})
    with pytest.raises(InputError, match="is not a secret URI"):
        compose("ValidatorManager.register_validators", {"validators": ["//"]})


def test_session_keys_may_be_given_as_nodes_give_them(bundled: dict[str, Both]) -> None:
    compose = bundled["rococo"].calls.compose
    parts = {
        "grandpa": 32, "babe": 32, "para_validator": 32, "para_assignment": 32, "authority_discovery": 32, "beefy": 33
    }  # fmt: skip
    fields = {name: bytes([place]) * size for place, (name, size) in enumerate(parts.items())}
    together = "0x" + b"".join(fields.values()).hex()
    assert compose("Session.set_keys", {"keys": together, "proof": "0x"}) == compose(
        "Session.set_keys", {"keys": fields, "proof": "0x"}
    )
    with pytest.raises(InputError, match="expected 193 bytes of session keys"):
        compose("Session.set_keys", {"keys": together[:-2], "proof": "0x"})
