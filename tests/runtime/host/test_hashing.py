"""Host functions that hash or compute roots, against libraries, published vectors and the reference trie."""

from __future__ import annotations

import hashlib

import pytest
import xxhash
from Crypto.Hash import keccak
from hypothesis import given
from hypothesis import strategies as st

from simnet.codec import vec, vec_bytes
from simnet.runtime.host import Host
from tests.runtime.host import reference
from tests.runtime.host.probe import one

_HOST = Host()


def _keccak(bits: int, data: bytes) -> bytes:
    return bytes(keccak.new(digest_bits=bits, data=data).digest())


def _twox(words: int, data: bytes) -> bytes:
    return b"".join(xxhash.xxh64_intdigest(data, seed).to_bytes(8, "little") for seed in range(words))


EXPECTED = {
    "blake2_128": lambda data: hashlib.blake2b(data, digest_size=16).digest(),
    "blake2_256": lambda data: hashlib.blake2b(data, digest_size=32).digest(),
    "keccak_256": lambda data: _keccak(256, data),
    "keccak_512": lambda data: _keccak(512, data),
    "sha2_256": lambda data: hashlib.sha256(data).digest(),
    "twox_64": lambda data: _twox(1, data),
    "twox_128": lambda data: _twox(2, data),
    "twox_256": lambda data: _twox(4, data),
}


@pytest.mark.parametrize("name", EXPECTED)
@given(data=st.binary(max_size=300))
def test_hashes_are_those_of_the_libraries(name: str, data: bytes) -> None:
    assert one(_HOST, f"ext_hashing_{name}_version_1", data) == EXPECTED[name](data)


@pytest.mark.parametrize(
    ("name", "data", "digest"),
    [
        ("keccak_256", b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        ("sha2_256", b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("twox_128", b"System", "26aa394eea5630e07c48ae0c9558cef7"),
        ("blake2_256", b"", "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"),
    ],
)
def test_hashes_of_published_vectors(name: str, data: bytes, digest: str) -> None:
    assert one(_HOST, f"ext_hashing_{name}_version_1", data).hex() == digest


VALUES = st.lists(st.one_of(st.binary(max_size=8), st.binary(min_size=30, max_size=40)), max_size=80)
PAIRS = st.dictionaries(st.binary(max_size=6), st.binary(max_size=40), max_size=40)
HASHERS = {"blake2_256": reference.blake2_256, "keccak_256": lambda data: _keccak(256, data)}


@pytest.mark.parametrize("hasher", HASHERS)
@given(values=VALUES, version=st.sampled_from([0, 1]))
def test_ordered_roots_are_the_references(hasher: str, values: list[bytes], version: int) -> None:
    expected = reference.Trie(reference.by_index(values), version, HASHERS[hasher]).root
    encoded = vec(vec_bytes(value) for value in values)
    assert one(_HOST, f"ext_trie_{hasher}_ordered_root_version_2", encoded, version) == expected
    if version == 0:
        assert one(_HOST, f"ext_trie_{hasher}_ordered_root_version_1", encoded) == expected


@pytest.mark.parametrize("hasher", HASHERS)
@given(pairs=PAIRS, version=st.sampled_from([0, 1]))
def test_roots_are_the_references(hasher: str, pairs: dict[bytes, bytes], version: int) -> None:
    expected = reference.Trie(pairs, version, HASHERS[hasher]).root
    encoded = vec(vec_bytes(key) + vec_bytes(value) for key, value in pairs.items())
    assert one(_HOST, f"ext_trie_{hasher}_root_version_2", encoded, version) == expected
    if version == 0:
        assert one(_HOST, f"ext_trie_{hasher}_root_version_1", encoded) == expected
