"""Accounts as people write them, in the form that the chain has, bare and in a MultiAddress."""

from __future__ import annotations

from typing import Any

import pytest

from simnet.chain._encoders import Encoders
from simnet.chain._encoding import EncodeError
from simnet.chain._type_registry import (
    Array,
    Composite,
    Enumeration,
    Field,
    Pallet,
    Primitive,
    StorageItem,
    TypeDef,
    Variant,
)
from simnet.network.account_formats import ACCOUNT20, ACCOUNT32
from simnet.network.accounts import keys

U8, SIZED, ACCOUNT, ADDRESS, TWENTY, OTHER = range(6)


def encoders(size: int) -> Encoders:
    """Of a chain whose accounts have so many bytes and a name that nobody knows."""
    types: dict[int, TypeDef] = {
        U8: Primitive("u8"),
        SIZED: Array(size, U8),
        ACCOUNT: Composite(("house", "HouseAccount"), (Field(None, SIZED),)),
        TWENTY: Array(20, U8),
        OTHER: Composite(("primitive_types", "H160"), (Field(None, TWENTY),)),
        ADDRESS: Enumeration(
            ("sp_runtime", "multiaddress", "MultiAddress"),
            (Variant("Id", (Field(None, ACCOUNT),), 0, ""), Variant("Address20", (Field(None, TWENTY),), 4, "")),
        ),
    }
    item = StorageItem("Account", optional=False, hashers=(2,), key=ACCOUNT, value=U8, default=b"\0")
    return Encoders(types, {"System": Pallet("System", 0, "System", {"Account": item}, {}, None, None, None)})


BOB20, BOB32 = ACCOUNT20.of("//Bob"), ACCOUNT32.of("//Bob")


@pytest.mark.parametrize(
    ("size", "given", "expected"),
    [
        (20, "//Bob", BOB20),
        (20, "0x" + BOB20.hex(), BOB20),
        (20, ACCOUNT20.pair("//Bob").ss58_address, BOB20),
        (20, BOB20, BOB20),
        (32, "//Bob", BOB32),
        (32, keys("//Bob").address, BOB32),
        (32, "0x" + BOB32.hex(), BOB32),
    ],
)
def test_an_account_in_each_of_its_forms_bare_and_as_an_address(size: int, given: Any, expected: bytes) -> None:
    made = encoders(size)
    assert made.of(ACCOUNT)(given) == expected
    assert made.of(ADDRESS)(given) == b"\0" + expected


def test_twenty_bytes_are_an_address_of_another_chain_unless_it_is_said_that_they_are_meant() -> None:
    made = encoders(32)
    for given in (BOB20, "0x" + BOB20.hex()):
        with pytest.raises(EncodeError, match=r"which are an account of another format .AccountId20.; write \{A"):
            made.of(ADDRESS)(given)
        assert made.of(ADDRESS)({"Address20": given}) == b"\4" + BOB20


@pytest.mark.parametrize(
    ("size", "given", "told"),
    [
        (20, keys("//Bob").address, "an account of 32 bytes as other chains have them"),
        (20, BOB32, "not 32 bytes"),
        (20, "0x" + BOB32.hex(), "not 32 bytes"),
        (20, "bob", "expected an account, as secret URI, 0x hex or 20 bytes"),
        (20, "//", "is not a secret URI"),
        (20, 5, "expected an account"),
        (32, "0x" + BOB20.hex(), "not 20 bytes"),
    ],
)
def test_an_account_of_another_format_is_refused(size: int, given: Any, told: str) -> None:
    with pytest.raises(EncodeError, match=told):
        encoders(size).of(ACCOUNT)(given)


def test_other_bytes_of_that_number_are_no_accounts() -> None:
    """A contract's address, say, for which no secret URI stands."""
    assert encoders(20).of(OTHER)("0x" + BOB20.hex()) == BOB20
    with pytest.raises(EncodeError):
        encoders(20).of(OTHER)("//Bob")
