"""Accounts by name, amounts with a unit and bytes by their file, where a chain is known."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from substrateinterface.utils.ss58 import ss58_encode

from simnet.chain._encoders import Encoders
from simnet.chain._encoding import EncodeError
from simnet.chain._type_registry import PRIMITIVES, Array, CompactOf, Composite, Enumeration, Field, Sequence, Variant
from simnet.chain.calls import Calls
from simnet.chain.writing import Writing
from simnet.codec import compact, read_compact, vec_bytes
from simnet.errors import InputError
from simnet.network.accounts import keys, sovereign_of_child, sovereign_of_sibling
from tests.chain.runtimes import Both

U8, U32, U64, U128, U256, I64 = 3, 5, 6, 7, 8, 12
ACCOUNT, BYTES, KEY, COMPACT, ADDRESS, JUNCTION, BARE = range(15, 22)
TYPES = dict(
    enumerate(
        [
            *PRIMITIVES,
            Composite(("sp_core", "crypto", "AccountId32"), (Field(None, KEY),)),
            Sequence(U8),
            Array(32, U8),
            CompactOf(U128),
            Enumeration(
                ("sp_runtime", "multiaddress", "MultiAddress"),
                (
                    Variant("Id", (Field(None, ACCOUNT),), 0, ""),
                    Variant("Index", (Field(None, U32),), 1, ""),
                    Variant("Address20", (Field(None, BARE),), 4, ""),
                ),
            ),
            Enumeration(
                ("staging_xcm", "v5", "junction", "Junction"),
                (Variant("AccountId32", (Field("network", U8), Field("id", KEY)), 1, ""),),
            ),
            Array(20, U8),
        ]
    )
)
TOKENS = {"WND": 12, "USDT": 6, "NFT": 0, "WEI": 18}
ALICE, BOB = keys("//Alice").sr25519, keys("//Bob").sr25519


def on(chain: str | None, prefix: int | None = 42) -> Encoders:
    """Encoders of a chain, in a network of two validators and two parachains."""
    names = {"alice": "//Alice", "two": "//Bob"}
    known = Writing(chain=chain, names=names, parachains=("2000", "2001"), tokens=lambda: TOKENS)
    return Encoders(TYPES, {}, known, prefix)


def encode(value: Any, type_id: int, chain: str | None = "relay", prefix: int | None = 42) -> bytes:
    return on(chain, prefix).of(type_id)(value)


def refused(value: Any, type_id: int, chain: str | None = "relay", prefix: int | None = 42) -> str:
    with pytest.raises(EncodeError) as raised:
        encode(value, type_id, chain, prefix)
    return raised.value.reason


@given(units=st.integers(0, 2**128 - 1), symbol=st.sampled_from(sorted(TOKENS)), data=st.data())
def test_an_amount_is_exact_whatever_its_size(units: int, symbol: str, data: st.DataObject) -> None:
    whole, part = divmod(units, 10 ** TOKENS[symbol])
    digits = str(part).rjust(TOKENS[symbol], "0") if TOKENS[symbol] else ""
    zeros = "0" * data.draw(st.integers(0, 3))
    gap = " " * data.draw(st.integers(0, 2))
    text = f"{whole}.{digits}{zeros}{gap}{symbol}" if digits + zeros else f"{whole}{gap}{symbol}"
    assert encode(text, U128) == units.to_bytes(16, "little")
    assert read_compact(encode(text, COMPACT), 0)[0] == units
    assert encode(text, U256) == units.to_bytes(32, "little")


@given(
    number=st.decimals(0, 10**6, allow_nan=False, allow_infinity=False, places=13),
    symbol=st.sampled_from(["WND", "USDT", "NFT"]),
)
def test_more_decimals_than_the_token_has_are_refused(number: Decimal, symbol: str) -> None:
    scaled = number.scaleb(TOKENS[symbol])
    text = f"{number:f} {symbol}"
    if scaled == int(scaled):
        assert encode(text, U128) == int(scaled).to_bytes(16, "little")
    else:
        assert refused(text, U128).endswith(f"{symbol} of the relay chain has {TOKENS[symbol]}")


def test_amounts_stand_where_an_integer_of_64_bits_or_more_is_due() -> None:
    assert encode("1.5 USDT", U64) == (1_500_000).to_bytes(8, "little")
    assert encode("-1.5 USDT", I64) == (-1_500_000).to_bytes(8, "little", signed=True)
    assert refused("1.5 USDT", U32) == "expected a whole number (u32), not '1.5 USDT'"


def test_an_unknown_unit_is_told_with_those_that_the_chain_has() -> None:
    assert refused("1.5 WNT", U128) == "the relay chain has no token 'WNT'; did you mean 'WND'?"
    assert refused("1 DOT", U128, "2000") == ("parachain 2000 has no token 'DOT'; known are WND, USDT, NFT, WEI")
    assert refused("1.5", U128) == "expected a whole number (u128), not '1.5'"
    assert refused("1.5 WND", U128, None) == "expected a whole number (u128), not '1.5 WND'"


def test_an_amount_out_of_the_range_of_its_type_is_told_in_smallest_units() -> None:
    assert refused("20000000 WND", U64) == (
        "20000000000000000000 does not fit u64, which goes from 0 to 18446744073709551615"
    )
    assert refused("-1 WND", U128).startswith("-1000000000000 does not fit u128")


@pytest.mark.parametrize("form", ["//Alice", "alice", "0x" + ALICE.hex(), keys("//Alice").address, ALICE])
def test_an_account_is_written_in_any_of_these_forms(form: Any) -> None:
    assert encode(form, ACCOUNT) == ALICE
    assert encode(form, ADDRESS) == b"\0" + ALICE
    assert encode({"Id": form}, ADDRESS) == b"\0" + ALICE
    assert encode({"AccountId32": {"network": 0, "id": form}}, JUNCTION) == b"\1\0" + ALICE


def test_a_node_stands_for_its_account_whatever_its_name() -> None:
    assert encode("two", ACCOUNT) == BOB


def test_sovereign_accounts_are_as_the_chain_sees_them() -> None:
    child, sibling = encode("para:2000", ACCOUNT), encode("para:2000", ACCOUNT, "2001")
    assert ss58_encode(child, 42) == sovereign_of_child(2000)
    assert ss58_encode(sibling, 42) == sovereign_of_sibling(2000)
    assert encode("para:2000", ADDRESS) == b"\0" + child


def test_a_name_of_no_account_is_told_with_what_was_probably_meant() -> None:
    assert refused("bob", ACCOUNT).endswith("not 'bob', and no node is called so; did you mean '//Bob'?")
    assert refused("alcie", ACCOUNT).endswith("not 'alcie', and no node is called so; did you mean 'alice'?")
    assert refused("para:2010", ACCOUNT) == "this network has no parachain 2010; did you mean 'para:2001'?"
    assert refused("para:2000", ACCOUNT, "2000") == (
        "para:2000 is the chain itself, which has no sovereign account there"
    )
    assert refused("//", ACCOUNT).endswith("is not a secret URI of hard junctions; write for example //Alice")
    broken = keys("//Alice").address[:-1] + "X"
    assert refused(broken, ACCOUNT).endswith(f"not '{broken}': Invalid checksum")


@given(prefix=st.integers(0, 16383).filter(lambda one: one not in (46, 47)), own=st.sampled_from([0, 2, 42, 1328]))
def test_an_address_of_another_chain_is_refused_with_its_format(prefix: int, own: int) -> None:
    text = ss58_encode(ALICE, prefix)
    if prefix in (own, 42):
        assert encode(text, ACCOUNT, prefix=own) == ALICE
    else:
        told = refused(text, ACCOUNT, prefix=own)
        assert re.match(rf"{text} is an address of format {prefix}\b", told)
        assert keys("//Alice").address in told
    assert encode(text, ACCOUNT, chain=None) == ALICE
    assert encode(text, ACCOUNT, prefix=None) == ALICE


def test_an_address_of_a_relay_chain_is_told_by_the_chains_name() -> None:
    assert "format 0 (Polkadot), of another chain: this one has 42" in refused(ss58_encode(ALICE, 0), ACCOUNT)


def test_an_account_of_20_bytes_is_told_to_be_of_another_format() -> None:
    short = "0x" + "ab" * 20
    for value in (short, bytes.fromhex(short[2:])):
        told = "not 20 bytes, which are an account of another format (AccountId20)"
        assert told in refused(value, ACCOUNT)
        assert told in refused(value, ADDRESS)
    assert encode({"Address20": short}, ADDRESS)[0] == 4


def test_bytes_are_those_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "one.bin"
    file.write_bytes(bytes(range(32)))
    assert encode(f"@{file}", BYTES) == vec_bytes(bytes(range(32)))
    assert encode(f"@{file}", KEY) == bytes(range(32))
    assert refused(f"@{file}", BARE) == "expected 20 bytes ([u8; 20]), not 32"
    assert encode(f"@{file}", BYTES, None) == vec_bytes(f"@{file}".encode())


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "code.wasm").write_bytes(b"")
    missing, pipe = tmp_path / "kode.wasm", tmp_path / "pipe"
    os.mkfifo(pipe)
    assert refused(f"@{missing}", BYTES) == f"there is no file {missing}; did you mean 'code.wasm'?"
    assert refused(f"@{pipe}", BYTES) == f"{pipe} cannot be read: it is a named pipe, not a file"
    assert refused(f"@{tmp_path}", BYTES) == f"{tmp_path} cannot be read: it is a folder, not a file"
    assert refused(f"@{tmp_path}/none/at/all", BYTES) == f"there is no file {tmp_path}/none/at/all"


def test_a_runtimes_own_format_of_addresses_is_looked_up(both: Both) -> None:
    calls = Calls(both.metadata, Writing(chain="relay", tokens=lambda: {"WND": 12}))
    call = "Balances.transfer_keep_alive"
    told = "Balances.transfer_keep_alive > dest > Id: "
    with pytest.raises(InputError, match=f"{told}.* is an address of format 7, of another chain: this one has 42"):
        calls.compose(call, {"dest": ss58_encode(ALICE, 7), "value": 1})
    composed = calls.compose(call, {"dest": "//Alice", "value": "1.5 WND"})
    assert composed.endswith(compact(1_500_000_000_000))
    assert composed == both.calls.compose(call, {"dest": "//Alice", "value": 1_500_000_000_000})


def test_an_encoded_call_that_the_runtime_cannot_decode_is_refused(both: Both) -> None:
    known = Calls(both.metadata, Writing(chain="relay"))
    sound = "0x" + known.compose("System.remark", {"remark": "0x01"}).hex()
    batch = known.compose("Utility.batch", {"calls": [sound]})
    assert batch == both.calls.compose("Utility.batch", {"calls": [sound]})
    for broken in ("0x0000", sound + "00", "0xffff"):
        with pytest.raises(InputError, match=r"^Utility.batch > calls > \[0\]: the runtime has no such call: "):
            known.compose("Utility.batch", {"calls": [broken]})
        assert both.calls.compose("Utility.batch", {"calls": [broken]})
