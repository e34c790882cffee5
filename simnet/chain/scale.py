"""SCALE, the byte encoding of Substrate chains: primitives, storage keys, block headers and their digests.

Decoding of whole types needs the runtime's metadata: see :mod:`simnet.chain.metadata`. Integers are little-endian
and unsigned; hashes and digest items are ``0x`` hex strings where a node's JSON-RPC has them so, bytes elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import xxhash

from simnet.errors import SimnetError

# sp_runtime::generic::DigestItem: these carry an engine id of four bytes and a byte vector.
_CONSENSUS, _SEAL, _PRE_RUNTIME = 4, 5, 6
_OTHER, _RUNTIME_UPDATED = 0, 8
# sp_consensus_babe::digests::PreDigest
_BABE_KINDS = {1: "primary", 2: "secondary_plain", 3: "secondary_vrf"}


class DecodeError(SimnetError, ValueError):
    """Bytes that are not what their type says, most often because another runtime version wrote them.

    ``offset`` counts bytes from the start of the data; ``path`` leads from the type that was asked for to the part that
    failed. Remedy: decode with the metadata of the very block that the bytes come from.
    """

    def __init__(self, reason: str, offset: int, path: tuple[str, ...] = ()) -> None:
        super().__init__(reason, offset, path)
        self.reason = reason
        self.offset = offset
        self.path = path

    def __str__(self) -> str:
        if not self.path:
            return f"{self.reason} at byte {self.offset}"
        return (
            f"{' > '.join(self.path)}: {self.reason} at byte {self.offset}; "
            "decode with the metadata of the block that the bytes come from"
        )

    def within(self, step: str) -> DecodeError:
        """The same fault, seen from one level further out."""
        return DecodeError(self.reason, self.offset, (step, *self.path))


def u8(value: int) -> bytes:
    """One byte. This and its like raise OverflowError when ``value`` does not fit."""
    return value.to_bytes(1, "little")


def u16(value: int) -> bytes:
    """Two bytes."""
    return value.to_bytes(2, "little")


def u32(value: int) -> bytes:
    """Four bytes."""
    return value.to_bytes(4, "little")


def u64(value: int) -> bytes:
    """Eight bytes."""
    return value.to_bytes(8, "little")


def u128(value: int) -> bytes:
    """Sixteen bytes."""
    return value.to_bytes(16, "little")


_ONE_BYTE = [u8(value << 2) for value in range(1 << 6)]


def compact(value: int) -> bytes:
    """``value`` (0 to 2**536 - 1) in the shortest of the four compact modes; OverflowError outside that range."""
    if 0 <= value < 1 << 6:
        return _ONE_BYTE[value]
    if 0 <= value < 1 << 14:
        return u16(value << 2 | 1)
    if 0 <= value < 1 << 30:
        return u32(value << 2 | 2)
    size = (value.bit_length() + 7) // 8
    return u8(size - 4 << 2 | 3) + value.to_bytes(size, "little")


def read_compact(data: bytes, offset: int) -> tuple[int, int]:
    """The compact integer at ``offset`` and the offset after it; DecodeError when the data ends before that."""
    if offset >= len(data):
        raise DecodeError("the data ends before a compact integer", offset)
    first = data[offset]
    mode = first & 3
    if mode == 0:
        return first >> 2, offset + 1
    start = offset + (mode == 3)
    end = start + ((first >> 2) + 4 if mode == 3 else mode * 2)
    if end > len(data):
        raise DecodeError("the data ends inside a compact integer", offset)
    value = int.from_bytes(data[start:end], "little")
    return (value if mode == 3 else value >> 2), end


def vec_bytes(data: bytes) -> bytes:
    """``data`` as ``Vec<u8>`` (also ``str``, of its UTF-8 bytes)."""
    return compact(len(data)) + data


def vec(items: Iterable[bytes]) -> bytes:
    """A vector of items that are encoded already."""
    encoded = list(items)
    return compact(len(encoded)) + b"".join(encoded)


def take(data: bytes, offset: int, size: int) -> tuple[bytes, int]:
    """``size`` bytes and the offset after them; DecodeError when there are fewer."""
    end = offset + size
    if end > len(data):
        raise DecodeError(f"the data ends {end - len(data)} bytes early", offset)
    return data[offset:end], end


def read_bytes(data: bytes, offset: int) -> tuple[bytes, int]:
    """The ``Vec<u8>`` at ``offset`` and the offset after it."""
    size, offset = read_compact(data, offset)
    return take(data, offset, size)


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


@dataclass(frozen=True, slots=True)
class Header:
    """A block header. Hashes and ``logs`` (the SCALE of each digest item) are ``0x`` hex; genesis has number 0."""

    parent_hash: str
    number: int
    state_root: str
    extrinsics_root: str
    logs: tuple[str, ...]

    @classmethod
    def from_json(cls, header: Mapping[str, Any]) -> Header:
        """From what ``chain_getHeader`` and the head subscriptions give; KeyError when a field is missing."""
        return cls(
            parent_hash=header["parentHash"],
            number=int(header["number"], 16),
            state_root=header["stateRoot"],
            extrinsics_root=header["extrinsicsRoot"],
            logs=tuple(header["digest"]["logs"]),
        )

    def encode(self) -> bytes:
        """The SCALE bytes, which are also a parachain's head data."""
        roots = _unhex(self.state_root) + _unhex(self.extrinsics_root)
        return _unhex(self.parent_hash) + compact(self.number) + roots + vec(map(_unhex, self.logs))

    @property
    def hash(self) -> str:
        """The block's hash."""
        return "0x" + blake2_256(self.encode()).hex()


def header_hash(header: Mapping[str, Any]) -> str:
    """The block hash, ``0x…``, of a header as JSON-RPC gives it (which leaves the hash out)."""
    return Header.from_json(header).hash


def decode_header(data: bytes) -> Header:
    """A header from its SCALE bytes, such as a Cumulus parachain's head data; DecodeError when it is none."""
    parent, offset = take(data, 0, 32)
    number, offset = read_compact(data, offset)
    state_root, offset = take(data, offset, 32)
    extrinsics_root, offset = take(data, offset, 32)
    count, offset = read_compact(data, offset)
    logs = []
    for _ in range(count):
        end = _digest_item_end(data, offset)
        logs.append("0x" + data[offset:end].hex())
        offset = end
    if offset != len(data):
        raise DecodeError("bytes are left over after the header", offset)
    return Header("0x" + parent.hex(), number, "0x" + state_root.hex(), "0x" + extrinsics_root.hex(), tuple(logs))


def pre_runtime(logs: Iterable[str], engine: str | None = None) -> tuple[str, bytes]:
    """Engine id and payload of the first pre-runtime digest, or of the first one that ``engine`` wrote.

    A parachain's header has several (``aura``, ``CMLS``) in no fixed order. DecodeError when there is none, as in
    genesis.
    """
    for log in logs:
        item = _unhex(log)
        if item[:1] == u8(_PRE_RUNTIME):
            found = item[1:5].decode("ascii", "replace")
            if engine in (None, found):
                return found, read_bytes(item, 5)[0]
    raise DecodeError(f"the header has no pre-runtime digest of {engine or 'any engine'}", 0)


def consensus(logs: Iterable[str], engine: str) -> Iterator[bytes]:
    """Payloads of the consensus digests that the runtime left for an engine, such as ``BABE`` or ``aura``."""
    for log in logs:
        item = _unhex(log)
        if item[:5] == u8(_CONSENSUS) + engine.encode():
            yield read_bytes(item, 5)[0]


def updates_runtime(logs: Iterable[str]) -> bool:
    """Whether the header says that its block changed the runtime."""
    return any(_unhex(log) == u8(_RUNTIME_UPDATED) for log in logs)


class BabeClaim(NamedTuple):
    """Which authority of the epoch authored a block in which slot, and by which of BABE's rights."""

    kind: str
    """``primary``, ``secondary_plain`` or ``secondary_vrf``."""
    authority_index: int
    slot: int


def babe_claim(logs: Iterable[str]) -> BabeClaim:
    """The BABE pre-digest of a relay chain's header; DecodeError when there is none."""
    payload = pre_runtime(logs, "BABE")[1]
    kind = _BABE_KINDS.get(payload[0]) if len(payload) >= 13 else None
    if kind is None:
        raise DecodeError(f"no BABE pre-digest: 0x{payload.hex()}", 0)
    return BabeClaim(kind, int.from_bytes(payload[1:5], "little"), int.from_bytes(payload[5:13], "little"))


def aura_slot(logs: Iterable[str]) -> int:
    """The slot in the Aura pre-digest of a parachain's header; DecodeError when there is none."""
    return int.from_bytes(take(pre_runtime(logs, "aura")[1], 0, 8)[0], "little")


def _unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _digest_item_end(data: bytes, offset: int) -> int:
    kind = take(data, offset, 1)[0][0]
    if kind == _OTHER:
        return read_bytes(data, offset + 1)[1]
    if kind in (_CONSENSUS, _SEAL, _PRE_RUNTIME):
        return read_bytes(data, offset + 5)[1]
    if kind == _RUNTIME_UPDATED:
        return offset + 1
    raise DecodeError(f"no digest item is of kind {kind}", offset)
