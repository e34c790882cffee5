"""How accounts look and sign, by types that metadata names: those of simnet, and others that are refused as found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_keys.datatypes import Signature

from simnet.chain._type_registry import (
    Array,
    Composite,
    Enumeration,
    Extrinsic,
    Field,
    Pallet,
    Primitive,
    Registry,
    SignedExtension,
    StorageItem,
    TypeDef,
    Variant,
)
from simnet.chain.calls import Calls, ExtrinsicParams
from simnet.chain.metadata import Metadata
from simnet.chain.signing_scheme import account_format, signing_scheme
from simnet.codec import read_compact
from simnet.errors import InputError
from simnet.network.account_formats import ACCOUNT20, ACCOUNT32
from tests.chain.runtimes import GENESIS, Both

U8, SIZED, ACCOUNT, SIGNATURE, SEVERAL = range(5)


def metadata(account: int, signature: int, *schemes: str, extensions: tuple[SignedExtension, ...] = ()) -> Metadata:
    """A runtime whose accounts and signatures have so many bytes, in an enum of schemes where there are some."""
    types: dict[int, TypeDef] = {
        U8: Primitive("u8"),
        SIZED: Array(account, U8),
        ACCOUNT: Composite(("house", "HouseAccount"), (Field(None, SIZED),)),
        SIGNATURE: Array(signature, U8),
        SEVERAL: Enumeration(
            ("house", "AnySignature"),
            tuple(Variant(name, (Field(None, SIGNATURE),), index, "") for index, name in enumerate(schemes)),
        ),
    }
    item = StorageItem("Account", optional=False, hashers=(2,), key=ACCOUNT, value=U8, default=b"\0")
    system = Pallet("System", 0, "System", {"Account": item}, {}, None, None, None)
    extrinsic = Extrinsic(4, ACCOUNT, SEVERAL if schemes else SIGNATURE, extensions)
    return Metadata(Registry(types, {"System": system}, extrinsic))


def test_bundled_runtimes_sign_by_a_variant_for_32_bytes(both: Both) -> None:
    found = signing_scheme(both.metadata)
    assert (found.accounts, found.variant) == (ACCOUNT32, "Sr25519")


@pytest.mark.parametrize(("account", "signature", "expected"), [(32, 64, ACCOUNT32), (20, 65, ACCOUNT20)])
def test_types_tell_it_whatever_they_are_called(account: int, signature: int, expected: object) -> None:
    found = signing_scheme(metadata(account, signature))
    assert (found.accounts, found.variant) == (expected, None)


def test_accounts_of_another_size_are_named() -> None:
    with pytest.raises(InputError, match=r"are HouseAccount \(16 bytes\); simnet knows AccountId32 \(32 bytes\)"):
        account_format(metadata(16, 64))
    with pytest.raises(InputError, match=r"no map System\.Account"):
        account_format(Metadata(Registry({}, {}, Extrinsic(4, None, None, ()))))


@pytest.mark.parametrize(
    ("account", "signature", "schemes", "found"),
    [
        (20, 64, (), r"\[u8; 64\] \(64 bytes\) for accounts that are AccountId20"),
        (32, 65, (), r"\[u8; 65\] \(65 bytes\) for accounts that are AccountId32"),
        (32, 64, ("Ed25519", "Falcon"), "AnySignature of Ed25519, Falcon for accounts that are AccountId32"),
        (20, 65, ("Ethereum",), "AnySignature of Ethereum for accounts that are AccountId20"),
    ],
)
def test_other_signatures_are_refused_as_they_were_found(
    account: int, signature: int, schemes: tuple[str, ...], found: str
) -> None:
    with pytest.raises(InputError, match=f"extrinsics are signed by {found}; simnet signs by sr25519"):
        signing_scheme(metadata(account, signature, *schemes))


def test_what_does_not_tell_is_refused() -> None:
    told = metadata(32, 64)
    silent = replace(told.extrinsic, signature=None)
    with pytest.raises(InputError, match="does not tell how its extrinsics are signed"):
        signing_scheme(Metadata(Registry(told.types, told.pallets, silent)))


@pytest.mark.parametrize("size", [4, 300])
def test_the_signer_is_recovered_from_ethereum_s_signature(size: int) -> None:
    """Over the keccak-256 of what is signed, which is hashed before where it is long, as by any other signature."""
    pair = ACCOUNT20.pair("//Alice")
    given = []

    class Watched:
        public_key, ss58_address = pair.public_key, pair.ss58_address

        def sign(self, data: bytes) -> bytes:
            given.append(data)
            return bytes(pair.sign(data))

    call = bytes(size)
    sent = Calls(metadata(20, 65)).signed(call, Watched(), ExtrinsicParams(0, GENESIS, 1, 1))
    _, offset = read_compact(sent, 0)
    account, signature = sent[offset + 1 : offset + 21], sent[offset + 21 : offset + 86]
    assert account == ACCOUNT20.of("//Alice")
    assert len(given[0]) == (size if size <= 256 else 32)
    assert Signature(signature).recover_public_key_from_msg(given[0]).to_canonical_address() == account
