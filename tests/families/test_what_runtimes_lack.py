"""What a runtime lacks, or has otherwise than simnet can take it: said before the launch, by API and what it is for.

The runtimes are real ones in which a name stands otherwise, so that the function of that name is not there.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simnet.network.account_formats import ACCOUNT20, AccountFormat
from simnet.network.topology import Chain
from simnet.preflight._facts import facts_of
from simnet.preflight._needs import lacks
from simnet.runtime.bundled import runtime_code
from simnet.scenario import NetworkSpec
from tests.families.families import RELAY, TWENTY, changed, mistakes

SIGNED = {"submit": {"chain": 2020, "call": "System.remark", "args": {"remark": "x"}}}


def lacking(folder: Path, *steps: dict[str, Any], **names: str) -> list[str]:
    other = changed(TWENTY, folder, **names)
    found = mistakes({"relay": RELAY, "parachains": [{"id": 2020, "runtime": other}]}, *steps)
    assert {way for way, _ in found} <= {("network", "parachains", 0, "runtime")}
    return [message.removeprefix("the runtime of parachain 2020: ") for _, message in found]


def test_each_api_that_is_not_there_is_told_with_what_it_is_for(tmp_path: Path) -> None:
    """One compilation for all: those that every parachain needs, and those of some steps."""
    gone = {
        "CollectCollationInfo_collect_collation_info": "CollectCollationInfoXcollect_collation_info",
        "AuraApi_authorities": "AuraApi_authoritiez",
        "Core_execute_block": "Core_execute_blocc",
        "BlockBuilder_finalize_block": "BlockBuilder_finalize_blocc",
        "TaggedTransactionQueue_validate_transaction": "TaggedTransactionQueueXvalidate_transaction",
        "AccountNonceApi_account_nonce": "AccountNonceApiXaccount_nonce",
        "SessionKeys_generate_session_keys": "SessionKeys_generate_session_keyz",
        "MessageQueue": "MessageQuoue",
    }
    every = [
        "it lacks the runtime API Core's execute_block, needed for blocks: nodes begin and import them by it",
        "it lacks the runtime API BlockBuilder's finalize_block, needed for blocks: authors build them by it",
        "it lacks the runtime API TaggedTransactionQueue, needed for transactions: nodes take none without it",
        "it lacks the runtime API AuraApi's authorities, needed for blocks: collators get their slots by it",
        "it lacks the runtime API CollectCollationInfo, needed for candidates: what the relay chain is to include",
    ]
    nonce = "it lacks the runtime API AccountNonceApi, needed for signed calls: which nonce comes next"
    keys = "it lacks the runtime API SessionKeys's generate_session_keys, needed for rotate_keys: nodes make keys by it"
    queue = "it lacks the pallet MessageQueue, needed for `send` to it: by its events simnet sees that messages ended"
    assert lacking(tmp_path, **gone) == every
    assert lacking(tmp_path, SIGNED, **gone) == [*every, nonce]
    assert lacking(tmp_path, {"rotate_keys": {"node": "collator-2020"}}, **gone) == [*every, nonce, keys]
    assert lacking(tmp_path, {"send": {"from": "relay", "to": 2020}}, **gone) == [*every, queue]


def test_a_genesis_needs_its_builder(tmp_path: Path) -> None:
    (message,) = lacking(tmp_path, GenesisBuilder_get_preset="GenesisBuilder_get_prezet")
    assert "cannot build its genesis (it has no GenesisBuilder API); give a raw chain spec as `spec`" in message


def test_a_relay_chain_lacks_finality_and_parachains(tmp_path: Path) -> None:
    westend = tmp_path / "westend.wasm"
    westend.write_bytes(runtime_code(Chain(id="relay", runtime="westend")))
    names = {
        "GrandpaApi_grandpa_authorities": "GrandpaApi_grandpa_authoritiez",
        "ParachainHost_claim_queue": "ParachainHost_claim_queuz",
    }
    network = {"relay": {**RELAY, "runtime": changed(str(westend), tmp_path, **names)}, "parachains": [{"id": 2000}]}
    found = mistakes(network)
    assert {way for way, _ in found} == {("network", "relay", "runtime")}
    assert [message.partition(": ")[2].partition(",")[0] for _, message in found] == [
        "it lacks the runtime API GrandpaApi's grandpa_authorities",
        "it lacks the runtime API ParachainHost's claim_queue",
    ]


def test_a_signed_extension_that_nobody_can_fill(tmp_path: Path) -> None:
    """What only its name told: 32 bytes that are signed."""
    assert lacking(tmp_path, CheckGenesis="CheckGenezis") == []
    (message,) = lacking(tmp_path, SIGNED, CheckGenesis="CheckGenezis")
    assert message.startswith(
        "simnet can sign nothing for it: the runtime's signed extension CheckGenezis wants a H256"
    )


def test_a_signature_that_the_runtime_does_not_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where another account is recovered from it than was meant."""
    stranger = AccountFormat("AccountId20", 20, ACCOUNT20.of, ACCOUNT20.text, ForgedPair)
    monkeypatch.setattr("simnet.preflight._facts.account_format", lambda _: stranger)
    found = mistakes({"relay": {"runtime": "rococo"}, "parachains": [{"id": 2020, "runtime": TWENTY}]}, SIGNED)
    messages = [message for way, message in found if way[:2] == ("network", "parachains")]
    assert "simnet can sign nothing for it: the runtime refuses what simnet signs (BadProof)" in messages[0]


class ForgedPair:
    def __init__(self, uri: str) -> None:
        self.public_key = ACCOUNT20.of(uri)
        self.ss58_address = ACCOUNT20.text(self.public_key)

    def sign(self, data: bytes) -> bytes:
        signature: bytes = ACCOUNT20.pair("//Eve").sign(data)
        return signature


def test_a_relay_chain_has_accounts_of_32_bytes() -> None:
    ((way, message),) = mistakes({"relay": {**RELAY, "runtime": TWENTY}})[:1]
    assert way == ("network", "relay", "runtime")
    assert "the relay chain's accounts are AccountId20; simnet knows validators by AccountId32 alone" in message


def test_aura_keys_of_another_scheme_are_named(tmp_path: Path) -> None:
    (message,) = lacking(tmp_path, sr25519="ed25519")
    assert message.startswith("its Aura keys are sp_consensus_aura::ed25519::app_ed25519::Public; simnet's collators")


def test_a_relay_chain_of_other_slots_is_refused() -> None:
    topology = NetworkSpec.model_validate({"relay": RELAY}).topology()
    facts = replace(facts_of(topology).chains["relay"], slot=12_000)
    assert list(lacks(topology, topology.relay, facts, [])) == [
        "its slots are of 12000 ms; simnet's relay chains have slots of 6000 ms"
    ]
    assert list(lacks(topology, topology.relay, replace(facts, slot=6000), [])) == []
