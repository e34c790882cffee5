"""SCALE primitives, hashes, storage keys, headers and digests against known answers and scalecodec."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scalecodec.base import RuntimeConfigurationObject
from scalecodec.type_registry import load_type_registry_preset

from simnet import codec
from simnet.codec import DecodeError

BLOCKS: dict[str, Any] = json.loads(
    lzma.decompress((Path(__file__).parents[1] / "chain" / "data" / "blocks.json.xz").read_bytes())
)
CHAINS = ("relay", "para-2000", "para-2001")
ALICE = bytes.fromhex("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d")
STATE_ROOT = "29d0d972cd27cbc511e9589fcb7a4506d5eb6a9e8df205f00472e5ab354a4e17"
EXTRINSICS_ROOT = "03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314"
POLKADOT_GENESIS = {
    "parentHash": "0x" + "00" * 32,
    "number": "0x0",
    "stateRoot": "0x" + STATE_ROOT,
    "extrinsicsRoot": "0x" + EXTRINSICS_ROOT,
    "digest": {"logs": []},
}


def digest_item(kind_and_engine: bytes, payload: bytes) -> str:
    return "0x" + (kind_and_engine + codec.vec_bytes(payload)).hex()


@pytest.fixture(scope="module")
def reference() -> Any:
    configuration = RuntimeConfigurationObject()
    configuration.update_type_registry(load_type_registry_preset("core"))
    return configuration


@pytest.mark.parametrize(
    ("value", "encoded"),
    [(0, "00"), (1, "04"), (42, "a8"), (69, "1501"), (65535, "feff0300"), (10**14, "0b00407a10f35a")],
)
def test_compact_known_answers(value: int, encoded: str) -> None:
    assert codec.compact(value).hex() == encoded


@given(st.integers(0, 2**536 - 1) | st.integers(0, 2**34), st.binary(max_size=3), st.binary(max_size=3))
@example(2**6, b"", b"")
@example(2**14, b"", b"")
@example(2**30 - 1, b"", b"")
@example(2**30, b"", b"")
@example(2**536 - 1, b"", b"")
def test_compact_round_trip(value: int, before: bytes, after: bytes) -> None:
    encoded = codec.compact(value)
    assert codec.read_compact(before + encoded + after, len(before)) == (value, len(before + encoded))


@given(value=st.integers(0, 2**128 - 1))
def test_compact_is_what_scalecodec_writes(reference: Any, value: int) -> None:
    assert codec.compact(value) == bytes(reference.create_scale_object("Compact<u128>").encode(value).data)


@pytest.mark.parametrize("value", [-1, -(2**40), 2**536])
def test_compact_refuses_what_has_no_mode(value: int) -> None:
    with pytest.raises(OverflowError):
        codec.compact(value)


@given(st.integers(0, 2**128))
def test_a_compact_that_is_cut_short(value: int) -> None:
    encoded = codec.compact(value)
    for size in range(len(encoded)):
        with pytest.raises(DecodeError):
            codec.read_compact(encoded[:size], 0)


@given(data=st.data(), bits=st.sampled_from([8, 16, 32, 64, 128]))
def test_fixed_integers_are_what_scalecodec_writes(reference: Any, data: st.DataObject, bits: int) -> None:
    value = data.draw(st.integers(0, 2**bits - 1))
    encode = getattr(codec, f"u{bits}")
    assert encode(value) == bytes(reference.create_scale_object(f"u{bits}").encode(value).data)
    with pytest.raises(OverflowError):
        encode(2**bits)


@given(st.lists(st.binary(max_size=100), max_size=5))
def test_byte_vectors_round_trip(items: list[bytes]) -> None:
    encoded = codec.vec(map(codec.vec_bytes, items))
    count, offset = codec.read_compact(encoded, 0)
    read = []
    for _ in range(count):
        item, offset = codec.read_bytes(encoded, offset)
        read.append(item)
    assert (read, offset) == (items, len(encoded))


def test_a_byte_vector_that_is_cut_short() -> None:
    with pytest.raises(DecodeError, match="2 bytes early at byte 1"):
        codec.read_bytes(codec.compact(5) + b"abc", 0)


@pytest.mark.parametrize(
    ("hashed", "expected"),
    [
        (codec.blake2_256(b""), "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"),
        (codec.blake2_128(ALICE), "de1e86a9a8c739864cf3cc5ec2bea59f"),
        (codec.twox_64(b""), "99e9d85137db46ef"),
        (codec.twox_128(b"System"), "26aa394eea5630e07c48ae0c9558cef7"),
        (codec.storage_prefix("System", "Events"), "26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7"),
        (
            codec.map_key("System", "Account", codec.blake2_128(ALICE), ALICE),
            "26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9"
            "de1e86a9a8c739864cf3cc5ec2bea59f" + ALICE.hex(),
        ),
    ],
)
def test_hash_known_answers(hashed: bytes, expected: str) -> None:
    assert hashed.hex() == expected


def test_header_hash_of_the_polkadot_genesis() -> None:
    expected = "0x91b171bb158e2d3848fa23a9f1c25182fb8e20313b2c1eb49219da7a70ce90c3"
    assert codec.Header.from_json(POLKADOT_GENESIS).hash == expected


def test_header_bytes_written_out_by_hand() -> None:
    log = "06" + b"BABE".hex() + "0c" + "010203"
    header = {**POLKADOT_GENESIS, "number": "0x45", "digest": {"logs": ["0x" + log]}}
    by_hand = "00" * 32 + "1501" + STATE_ROOT + EXTRINSICS_ROOT + "04" + log
    assert codec.Header.from_json(header).encode().hex() == by_hand
    assert codec.Header.from_json(header).hash == "0x" + codec.blake2_256(bytes.fromhex(by_hand)).hex()


@pytest.mark.parametrize("chain", CHAINS)
def test_recorded_headers_link_by_their_hashes(chain: str) -> None:
    raw = [bytes.fromhex(block["header"]) for block in BLOCKS[chain]]
    headers = [codec.decode_header(data) for data in raw]
    assert [header.encode() for header in headers] == raw
    assert [header.number for header in headers] == list(range(1, len(raw) + 1))
    assert [header.hash for header in headers[:-1]] == [header.parent_hash for header in headers[1:]]


def test_a_header_that_is_cut_short_or_too_long() -> None:
    whole = bytes.fromhex(BLOCKS["relay"][3]["header"])
    for size in range(len(whole)):
        with pytest.raises(DecodeError):
            codec.decode_header(whole[:size])
    with pytest.raises(DecodeError, match="left over"):
        codec.decode_header(whole + b"\0")


def test_digest_items_without_an_engine() -> None:
    other, runtime_updated = "000461", "08"
    header = bytes(32) + b"\0" + bytes(64) + codec.vec([bytes.fromhex(other), bytes.fromhex(runtime_updated)])
    assert codec.decode_header(header).logs == ("0x" + other, "0x" + runtime_updated)


def test_digest_items_of_no_known_kind() -> None:
    with pytest.raises(DecodeError, match="no digest item is of kind 9 at byte 98"):
        codec.decode_header(bytes(32) + b"\0" + bytes(64) + codec.vec([b"\x09"]))


@pytest.mark.parametrize(("kind", "name"), [(1, "primary"), (2, "secondary_plain"), (3, "secondary_vrf")])
def test_babe_claims(kind: int, name: str) -> None:
    payload = codec.u8(kind) + codec.u32(7) + codec.u64(300_000_001) + bytes(96 if kind != 2 else 0)
    logs = [digest_item(b"\x06BABE", payload), digest_item(b"\x05BABE", b"seal")]
    assert codec.pre_runtime(logs, "BABE") == payload
    assert codec.babe_claim(logs) == (name, 7, 300_000_001)


def test_babe_claim_of_an_unknown_kind() -> None:
    with pytest.raises(DecodeError, match="no BABE pre-digest"):
        codec.babe_claim([digest_item(b"\x06BABE", b"\x09" + bytes(12))])


def test_recorded_slots_rise() -> None:
    relay = [codec.babe_claim(codec.decode_header(bytes.fromhex(block["header"])).logs) for block in BLOCKS["relay"]]
    para = [codec.aura_slot(codec.decode_header(bytes.fromhex(block["header"])).logs) for block in BLOCKS["para-2000"]]
    assert {claim.kind for claim in relay} == {"secondary_plain"}
    assert [claim.slot for claim in relay] == sorted({claim.slot for claim in relay})
    assert para == sorted(para)
    assert para[-1] == relay[-1].slot // 4  # aura slots of 24 s


def test_an_engine_is_found_behind_another() -> None:
    assert codec.aura_slot([digest_item(b"\x06CMLS", b"\1"), digest_item(b"\x06aura", codec.u64(5))]) == 5


def test_a_header_without_pre_runtime_digest() -> None:
    with pytest.raises(DecodeError, match="no pre-runtime digest of aura"):
        codec.aura_slot([])


INFO = [digest_item(b"\x06CMLS", b"\2\1\0"), digest_item(b"\x06CMLS", b"\2\2\1")]


@pytest.mark.parametrize(
    ("logs", "place"),
    [
        ([], None),
        ([digest_item(b"\x06CMLS", b"\1\0\0\4")], None),
        ([digest_item(b"\x06aura", codec.u64(5)), INFO[0]], codec.BundlePlace(1, last=False)),
        ([INFO[1]], codec.BundlePlace(2, last=True)),
        ([INFO[0], digest_item(b"\x04CMLS", b"\3")], codec.BundlePlace(1, last=True)),
        ([INFO[0], digest_item(b"\x04CMLS", b"\0" + bytes(32))], codec.BundlePlace(1, last=False)),
        ([INFO[0], "0x08"], codec.BundlePlace(1, last=True)),
    ],
    ids=["no word", "a core", "in between", "the last", "a whole core", "a relay parent", "another runtime"],
)
def test_the_place_of_a_block_in_its_candidate(logs: list[str], place: codec.BundlePlace | None) -> None:
    assert codec.bundle_place(logs) == place
