"""The hashes of Substrate chains, and the storage keys that are made of them."""

from __future__ import annotations

import hashlib
from functools import cache

import xxhash

from simnet.codec._scale import u64


def blake2_64(data: bytes) -> bytes:
    """Eight bytes of BLAKE2b: how runtime APIs are told apart."""
    return hashlib.blake2b(data, digest_size=8).digest()


def blake2_128(data: bytes) -> bytes:
    """Sixteen bytes of BLAKE2b."""
    return hashlib.blake2b(data, digest_size=16).digest()


def blake2_256(data: bytes) -> bytes:
    """32 bytes of BLAKE2b: the hash of blocks, extrinsics and parachain heads."""
    return hashlib.blake2b(data, digest_size=32).digest()


def _twox(data: bytes, words: int) -> bytes:
    return b"".join(u64(xxhash.xxh64_intdigest(data, seed)) for seed in range(words))


def twox_64(data: bytes) -> bytes:
    """Eight bytes of xxHash, which is fast and no protection: whoever picks the data can make keys collide."""
    return u64(xxhash.xxh64_intdigest(data))


def twox_128(data: bytes) -> bytes:
    """Two xxHash words with the seeds 0 and 1."""
    return _twox(data, 2)


def twox_256(data: bytes) -> bytes:
    """Four xxHash words with the seeds 0 to 3."""
    return _twox(data, 4)


@cache
def storage_prefix(pallet: str, item: str) -> bytes:
    """The key of a plain storage value, and how every key of a map begins (32 bytes)."""
    return twox_128(pallet.encode()) + twox_128(item.encode())


def map_key(pallet: str, item: str, *hashed: bytes) -> bytes:
    """The key of a map entry whose key parts went through the map's hashers already.

    :meth:`simnet.chain.metadata.Metadata.storage_key` picks the hashers; here the caller knows them.
    """
    return storage_prefix(pallet, item) + b"".join(hashed)
