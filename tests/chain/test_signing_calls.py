"""Signed extrinsics: beside substrate-interface's, before the runtimes themselves, and with unknown extensions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from simnet.chain._registry_reader import parse_registry
from simnet.chain._type_registry import (
    PRIMITIVES,
    CompactOf,
    Composite,
    Enumeration,
    Extrinsic,
    Field,
    Registry,
    Sequence,
    SignedExtension,
    TupleOf,
    TypeDef,
    Variant,
)
from simnet.chain.calls import Calls, ExtrinsicParams
from simnet.chain.client import LiveRuntime, Signer
from simnet.chain.metadata import Metadata
from simnet.codec import blake2_256
from simnet.errors import InputError
from simnet.network.accounts import keypair
from simnet.runtime.genesis import Genesis, GenesisMaker
from simnet.runtime.host import Host
from simnet.scenario import NetworkSpec, ParachainSpec, RelaySpec
from tests.chain.runtimes import GENESIS, NAMES, Both
from tests.chain.test_metadata import raw_metadata

ALICE = keypair("//Alice")
PARAMS = ExtrinsicParams(0, GENESIS, spec_version=1, transaction_version=1)
EXTERNAL = b"\2"
"""sp_runtime TransactionSource: from the network."""


class SignedIsSent:
    """A pair that shows what it was given to sign."""

    def __init__(self) -> None:
        self.public_key = ALICE.public_key
        self.ss58_address = ALICE.ss58_address
        self.given = b""

    def sign(self, data: bytes) -> bytes:
        self.given = data
        return bytes(64)


def signed(both: Both, call: bytes, pair: Any, nonce: int = 0, **changed: Any) -> bytes:
    terms: dict[str, Any] = {
        "genesis_hash": GENESIS,
        "spec_version": both.version.spec_version,
        "transaction_version": both.version.transaction_version,
        **changed,
    }
    return both.calls.signed(call, pair, ExtrinsicParams(nonce, **terms))


@pytest.mark.parametrize("size", [0, 300])
def test_payload_and_extrinsic_are_those_of_substrate_interface(both: Both, size: int) -> None:
    """It knows no extension beyond its list, but all others of these runtimes are empty."""
    call = both.client.compose_call("System", "remark", {"remark": "0x" + "00" * size})
    pair = SignedIsSent()
    ours = signed(both, bytes(call.data.data), pair, 300)
    payload = both.client.generate_signature_payload(call=call, nonce=300)
    assert pair.given == bytes(payload.data)
    assert len(pair.given) == 32 if size > 256 else len(pair.given) > 32
    theirs = both.client.create_signed_extrinsic(call, ALICE, nonce=300, signature=b"\1" + bytes(64))
    assert ours == bytes(theirs.data.data)


@pytest.fixture(scope="module")
def geneses(host: Host) -> dict[str, Genesis]:
    """Genesis of each bundled runtime, two networks of a relay chain and a parachain."""
    found = {}
    for relay, para in (("rococo", "penpal"), ("westend", "asset-hub-westend")):
        spec = NetworkSpec(
            relay=RelaySpec(runtime=relay, validators=2), parachains=[ParachainSpec(id=2000, runtime=para)]
        )
        chains = GenesisMaker(host).all(spec.topology())
        found |= {relay: chains["relay"], para: chains["2000"]}
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [4, 400])
def test_runtimes_accept_what_was_signed(
    name: str, size: int, bundled: dict[str, Both], geneses: dict[str, Genesis]
) -> None:
    both, genesis = bundled[name], geneses[name]
    hash_ = blake2_256(genesis.header)
    call = both.calls.compose("System.remark", {"remark": bytes(size)})

    def validity(extrinsic: bytes) -> bytes:
        return genesis.state.call(
            genesis.runtime, "TaggedTransactionQueue_validate_transaction", EXTERNAL + extrinsic + hash_
        )

    good = signed(both, call, ALICE, genesis_hash=hash_)
    assert validity(good)[:1] == b"\0"
    assert validity(signed(both, call, ALICE, 3, genesis_hash=hash_))[:1] == b"\0"  # a nonce that is still to come
    version = both.version
    others = {"spec_version": version.spec_version + 1, "transaction_version": version.transaction_version + 1}
    for wrong in ({"genesis_hash": GENESIS}, *({key: value} for key, value in others.items())):
        refused = validity(signed(both, call, ALICE, **{"genesis_hash": hash_, **wrong}))
        assert refused[:3] == b"\1\0\4"  # Invalid(BadProof)
    forged = good[:-1] + bytes([good[-1] ^ 1])
    assert validity(forged)[:1] == b"\1"


def test_version_15_signs_as_version_14(bundled: dict[str, Both]) -> None:
    """The recording's Penpal in both versions of metadata, which number types differently."""
    sent = []
    for name in ("penpal", "penpal-v15"):
        calls = Calls(Metadata.parse(raw_metadata(name)))
        call = calls.compose("Balances.transfer_keep_alive", {"dest": ALICE.ss58_address, "value": 1})
        sent.append(calls.signed(call, SignedIsSent(), PARAMS))
    assert sent[0] == sent[1]


def test_another_code_of_the_same_version_is_read_anew(bundled: dict[str, Both]) -> None:
    rpc = bundled["penpal"].rpc()
    live = LiveRuntime(lambda: rpc)
    first = live.now()
    rpc.metadata = bundled["rococo"].raw
    second = live.now()
    assert second.spec_version == first.spec_version
    assert second.calls.compose("Hrmp.hrmp_accept_open_channel", {"sender": 1})  # no call of Penpal


def test_a_new_version_in_the_same_metadata_is_signed_for(bundled: dict[str, Both]) -> None:
    rpc = bundled["penpal"].rpc()
    live = LiveRuntime(lambda: rpc)
    live.now()
    rpc.changes, rpc.spec_version = b"new", 77
    assert live.now().spec_version == 77


def test_a_signer_counts_and_a_new_version_is_read_anew(bundled: dict[str, Both]) -> None:
    rpc = bundled["penpal"].rpc()
    live, signer = LiveRuntime(lambda: rpc), Signer(lambda: rpc, SignedIsSent())
    first = live.now()
    assert live.now() is first
    assert rpc.asked.count("state_getMetadata") == 1
    call = first.calls.compose("System.remark", {"remark": "x"})
    one, two = (signer.sign(first, call, signer.take_nonce()) for _ in range(2))
    assert one != two
    assert one[1] == "0x" + blake2_256(bytes.fromhex(one[0][2:])).hex()
    params = (ExtrinsicParams(nonce, GENESIS, rpc.spec_version, rpc.transaction_version) for nonce in (7, 8))
    expected = [first.calls.signed(call, SignedIsSent(), one) for one in params]
    assert [one[0], two[0]] == ["0x" + data.hex() for data in expected]
    rpc.spec_version += 1
    rpc.metadata = bundled["rococo"].raw
    second = live.now()
    assert second.spec_version == first.spec_version + 1
    assert second.calls.compose("Hrmp.hrmp_accept_open_channel", {"sender": 1})  # no call of Penpal
    assert rpc.asked.count("system_accountNextIndex") == 1


# -- extensions that nobody knows ---------------------------------------------------------------------------------

EMPTY, U32, NONE_OR, CHOICE, ALWAYS, WRAPPED = range(15, 21)
EXTRA: dict[int, TypeDef] = {
    EMPTY: TupleOf(()),
    U32: CompactOf(5),
    NONE_OR: Enumeration(("Option",), (Variant("None", (), 0, ""), Variant("Some", (Field(None, 5),), 1, ""))),
    CHOICE: Enumeration(("Mode",), (Variant("Signed", (Field(None, 5),), 0, ""), Variant("Off", (), 7, ""))),
    ALWAYS: Enumeration(("Always",), (Variant("Signed", (Field(None, 5),), 0, ""),)),
    WRAPPED: Composite(("Wrapped",), (Field("mode", CHOICE), Field("other", NONE_OR), Field("unit", EMPTY))),
    21: Sequence(3),
    22: CompactOf(EMPTY),
}


def with_extension(extra: int, implicit: int, name: str = "Unheard") -> Calls:
    types = {**dict(enumerate(PRIMITIVES)), **EXTRA}
    extension = SignedExtension(name, extra, implicit)
    return Calls(Metadata(Registry(types, {}, Extrinsic(4, U32, 21, (extension,)))))


def extended(calls: Calls) -> tuple[bytes, bytes]:
    """What the extension adds to an extrinsic, and to what is signed only."""
    return calls._extensions.encode(ExtrinsicParams(0, GENESIS, 1, 1))


@pytest.mark.parametrize(
    ("extra", "implicit", "expected"),
    [
        (EMPTY, EMPTY, (b"", b"")),
        (22, EMPTY, (b"", b"")),
        (NONE_OR, EMPTY, (b"\0", b"")),
        (CHOICE, NONE_OR, (b"\7", b"\0")),
        (WRAPPED, CHOICE, (b"\7\0", b"\7")),
    ],
)
def test_unknown_extensions_get_their_default(extra: int, implicit: int, expected: tuple[bytes, bytes]) -> None:
    assert extended(with_extension(extra, implicit)) == expected


@pytest.mark.parametrize(("extra", "implicit", "kind"), [(U32, EMPTY, "Compact<u32>"), (EMPTY, ALWAYS, "Always")])
def test_an_unknown_extension_without_default_is_named(extra: int, implicit: int, kind: str) -> None:
    with pytest.raises(InputError, match=f"signed extension Unheard wants a {kind}, which simnet does not know"):
        extended(with_extension(extra, implicit))


def test_a_known_extension_of_another_shape_is_named() -> None:
    with pytest.raises(InputError, match=r"the signed extension ChargeAssetTxPayment: expected a whole number \(u32\)"):
        extended(with_extension(U32, EMPTY, "ChargeAssetTxPayment"))


def test_other_extrinsic_versions_are_refused() -> None:
    registry = parse_registry(raw_metadata("penpal"))
    newer = replace(registry, extrinsic=replace(registry.extrinsic, version=5))
    with pytest.raises(InputError, match="takes extrinsics of version 5; simnet signs version 4"):
        Calls(Metadata(newer)).signed(b"", ALICE, PARAMS)
    silent = replace(registry, extrinsic=replace(registry.extrinsic, address=None))
    with pytest.raises(InputError, match="does not tell how its extrinsics are signed"):
        Calls(Metadata(silent)).signed(b"", ALICE, PARAMS)
