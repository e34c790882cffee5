"""The bundled runtimes in the host: genesis, blocks, recorded blocks that ``validate_block`` accepts, panics."""

from __future__ import annotations

import pytest

from simnet.codec import blake2_256, read_bytes, vec, vec_bytes
from simnet.errors import RuntimeTrap
from simnet.network.topology import Chain
from simnet.runtime.bundled import digests, runtime_code
from simnet.runtime.host import Host, Runtime
from simnet.runtime.host._version import decode_version
from simnet.runtime.host._wasm import decompressed
from tests.runtime.host import reference
from tests.runtime.host.chains import Built, Calls, Para, Relay, genesis, offered, root_of
from tests.runtime.host.native_calls import recorded_nodes
from tests.runtime.host.probe import one

RECEIVER = "0x" + bytes([7] * 32).hex()


@pytest.fixture(scope="module")
def para(host: Host) -> Para:
    return Para.new(host)


@pytest.fixture(scope="module")
def relay(host: Host, para: Para) -> Relay:
    """In its first session with cores, so that bitfields are due."""
    chain = Relay.new(host, para.relay_genesis())
    chain.block()
    chain.block(int.from_bytes(chain.state.call(chain.runtime, "BabeApi_configuration")[8:16], "little"))
    return chain


def head_of(built: Built) -> bytes:
    return vec_bytes(built.head)


@pytest.mark.parametrize("name", sorted(digests()))
def test_versions_are_read_and_named(host: Host, name: str) -> None:
    code = runtime_code(Chain(id="x", runtime=name))
    version = host.runtime(code).version
    assert version.state_version == 1
    assert version.apis[bytes.fromhex("df6acb689907609b")] == 5  # Core
    assert str(host.runtime(code)) == f"{version.spec_name}-{version.spec_version}"


@pytest.mark.parametrize("name", ["rococo", "penpal"])
def test_a_runtimes_version_is_found_in_its_code(host: Host, name: str) -> None:
    code = runtime_code(Chain(id="x", runtime=name))
    answer = one(host, "ext_misc_runtime_version_version_1", code)
    assert decode_version(read_bytes(answer, 1)[0]) == host.runtime(code).version
    assert one(host, "ext_misc_runtime_version_version_1", decompressed(code)) == answer


@pytest.mark.parametrize(
    "code", [b"", b"junk", b"\0asm\1\0\0\0", b"\0asm\1\0\0\0\0\xff", bytes.fromhex("52bc537646db8e05")]
)
def test_code_without_a_version_has_none(host: Host, code: bytes) -> None:
    assert one(host, "ext_misc_runtime_version_version_1", code) == b"\0"


@pytest.mark.parametrize("name", sorted(digests()))
def test_the_root_of_genesis_is_the_references(host: Host, name: str) -> None:
    chain = Chain(id="x", runtime=name)
    state = genesis(host, chain, offered(host, host.runtime(runtime_code(chain)), None))
    assert len(state.items()) > 40
    assert state.root == reference.root(dict(state.items()))
    assert Host().state(dict(state.items())).root == state.root


def test_relay_blocks_have_the_roots_of_the_reference(relay: Relay) -> None:
    for _ in range(3):
        before = relay.state
        relay.block()
        assert relay.state.root == reference.root(dict(relay.state.items())) != before.root
        assert root_of(relay.head) == relay.state.root
    assert len(relay.bitfields()) == 4


def test_a_block_is_executed_to_the_state_in_which_it_was_built(host: Host, relay: Relay) -> None:
    parent = relay.state
    relay.block()
    execution = parent.execute()
    execution.call(relay.runtime, "Core_execute_block", relay.head + vec(relay.body))
    assert execution.finish().root == relay.state.root


def test_a_block_with_a_wrong_root_shows_the_runtimes_panic(relay: Relay) -> None:
    parent = relay.state
    relay.block()
    wrong = relay.head.replace(relay.state.root, bytes(32))
    with pytest.raises(RuntimeTrap, match="Storage root must match that calculated") as caught:
        parent.call(relay.runtime, "Core_execute_block", wrong + vec(relay.body))
    assert caught.value.function == "Core_execute_block"
    assert caught.value.runtime == str(relay.runtime.version) == f"rococo-{relay.runtime.version.spec_version}"
    assert "panicked at" in caught.value.message
    assert caught.value.exit_code == 3


def test_garbage_instead_of_a_header_shows_the_runtimes_panic(relay: Relay) -> None:
    with pytest.raises(RuntimeTrap, match="Bad input data provided to initialize_block"):
        relay.state.call(relay.runtime, "Core_initialize_block", b"\1\2\3")


def test_a_recorded_block_is_accepted_by_validate_block(host: Host, relay: Relay) -> None:
    para = Para.new(host)
    code = para.state.get(b":code") or b""
    genesis_hash = blake2_256(para.head)
    calls = Calls(para)
    assert "WeightReclaim" in calls.extensions
    for nonce in range(2):
        transfer = calls.call("Balances", "transfer_keep_alive", {"dest": {"Id": RECEIVER}, "value": 10**13})
        built = para.build(relay, (calls.signed(transfer, "//Alice", nonce, genesis_hash),))
        relay.block()
        answer = host.run(code, "validate_block", built.arguments())
        assert answer.startswith(head_of(built))
    assert host.run(para.state.get(b":code") or b"", "validate_block", built.arguments()) == answer


def test_what_was_rolled_back_does_not_spoil_the_proof(host: Host, relay: Relay) -> None:
    """An extrinsic that is refused is not in the block; what it read must not be counted either."""
    para = Para.new(host)
    calls, genesis_hash = Calls(para), blake2_256(para.head)
    transfer = calls.call("Balances", "transfer_keep_alive", {"dest": {"Id": RECEIVER}, "value": 10**13})
    good, future = (calls.signed(transfer, "//Alice", nonce, genesis_hash) for nonce in (0, 9))

    built = para.build(relay, (good,), refused=(future,))
    answer = host.run(para.state.get(b":code") or b"", "validate_block", built.arguments())
    assert answer.startswith(head_of(built))


def test_a_proof_that_lacks_a_node_is_refused(host: Host, relay: Relay) -> None:
    para = Para.new(host)
    built = para.build(relay)
    nodes = recorded_nodes(built.execution)
    assert len(nodes) > 3
    with pytest.raises(RuntimeTrap):
        host.run(para.state.get(b":code") or b"", "validate_block", built.arguments()[:-200] + bytes(200))


def test_hosts_of_one_seed_build_the_same_chain() -> None:
    heads = set()
    for _ in range(2):
        host = Host(bytes([9] * 32))
        para = Para.new(host)
        relay = Relay.new(host, para.relay_genesis())
        relay.block()
        relay.block(10)
        heads.add((relay.head, para.build(relay).head, para.state.root))
    assert len(heads) == 1


def test_a_runtime_upgrade_is_seen_through_the_code_in_the_state(host: Host, relay: Relay) -> None:
    execution = relay.state.execute()
    code = runtime_code(Chain(id="x", runtime="penpal"))
    execution.set(b":code", code)
    after: Runtime = execution.finish().runtime()
    assert after is host.runtime(code)
    assert relay.state.runtime() is not after
