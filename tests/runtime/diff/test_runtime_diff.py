"""Two codes compared: what is told of the upgrade itself, and what goes into its proposal."""

from __future__ import annotations

import pytest

from simnet.chain.calls import Calls
from simnet.codec import blake2_256
from simnet.errors import InputError
from simnet.network.topology import RELAY, Chain
from simnet.runtime.bundled import runtime_code
from simnet.runtime.diff import CodeSource, RuntimeDiff, code_source, diff_of
from simnet.runtime.host import Host

PENPAL = Chain(id=RELAY, runtime="penpal")
WESTEND = runtime_code(Chain(id=RELAY, runtime="westend"))
BLOCK = "0x" + "11" * 32


def hash_of(code: bytes) -> bytes:
    return blake2_256(code)


def upgrade(diff: RuntimeDiff) -> list[tuple[str, str]]:
    return [(one.weight, one.what) for one in diff.breakages if one.whom == "the upgrade"]


def test_a_code_differs_from_itself_in_nothing() -> None:
    diff = diff_of(code_source("penpal"), code_source("penpal"))
    assert diff.changes == ()
    assert {one.how for one in diff.host_functions} == {"kept"}
    assert [(one.weight, one.what) for one in diff.breakages] == [("mind", "both are the same code")]


def test_another_runtime_is_refused_by_the_chain_and_breaks_signers() -> None:
    diff = diff_of(code_source("penpal"), code_source("westend"))
    ((_, what),) = upgrade(diff)
    assert what.startswith("it is westend, and the chain has penpal-parachain: the chain refuses it")
    assert "no migration" not in what, "another name counts as another version"
    signers = [one for one in diff.breakages if (one.whom, one.weight) == ("offline signers", "breaks")]
    assert any("ChargeAssetTxPayment" in one.names for one in signers)


def test_nodes_of_relay_chains_lack_what_those_of_parachains_have() -> None:
    diff = diff_of(code_source("westend"), code_source("penpal"))
    newly = {one.function: one for one in diff.host_functions if one.how == "added"}
    proof_size = newly["ext_storage_proof_size_storage_proof_size_version_1"]
    assert (proof_size.since, proof_size.offered_by) == ("1.5.0", "nodes of parachains")
    assert any(
        (one.whom, one.weight) == ("nodes", "mind") and one.what.endswith("from 1.5.0 on") for one in diff.breakages
    )


def test_the_proposal_is_the_call_that_the_old_runtime_dispatches() -> None:
    diff = diff_of(code_source("westend"), code_source("rococo"))
    code = runtime_code(Chain(id=RELAY, runtime="rococo"))
    old = Host().runtime(runtime_code(Chain(id=RELAY, runtime="westend")))
    call = Calls(old.types.metadata).index("System.authorize_upgrade") + hash_of(code)
    assert diff.proposal.code_hash == "0x" + hash_of(code).hex()
    assert (diff.proposal.call, diff.proposal.encoded) == ("System.authorize_upgrade", "0x" + call.hex())
    assert (diff.proposal.call_hash, diff.proposal.call_length) == ("0x" + blake2_256(call).hex(), 34)


@pytest.mark.parametrize(
    ("block", "authorized", "state", "checked"),
    [
        (None, None, "unknown", None),
        (BLOCK, None, "none", None),
        (BLOCK, bytes(32) + b"\1", "another", True),
        (BLOCK, hash_of(WESTEND) + b"\0", "matches", False),
        (BLOCK, b"\7", "unknown", None),
    ],
    ids=["no chain", "nothing", "another", "this one", "rubbish"],
)
def test_what_a_chain_has_authorized_is_set_beside_the_code(
    block: str | None, authorized: bytes | None, state: str, checked: bool | None
) -> None:
    diff = diff_of(CodeSource("ws://there", runtime_code(PENPAL), block, authorized), CodeSource("new", WESTEND))
    assert (diff.authorized.state, diff.authorized.check_version) == (state, checked)
    assert diff.old.block == block


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (b"", "this code is not WASM"),
        (b"\0asm\1\0\0\0", "it does not import its memory"),
        (bytes.fromhex("52bc537646db8e05") + b"rubbish", "cannot be decompressed"),
    ],
)
def test_code_that_is_no_runtime_is_a_mistake_of_the_input(code: bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        diff_of(code_source("penpal"), CodeSource("rubbish", code))
