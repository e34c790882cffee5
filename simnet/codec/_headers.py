"""Block headers and their digests. Hashes and digest items are ``0x`` hex, as a node's JSON-RPC has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from simnet.codec._hashes import blake2_256
from simnet.codec._scale import DecodeError, compact, read_bytes, read_compact, take, u8, vec

# sp_runtime::generic::DigestItem: these carry an engine id of four bytes and a byte vector.
_CONSENSUS, _SEAL, _PRE_RUNTIME = 4, 5, 6
_OTHER, _RUNTIME_UPDATED = 0, 8
# cumulus_primitives_core::CumulusDigestItem
_CUMULUS = "CMLS"
_BUNDLE_INFO, _USE_FULL_CORE = 2, 3
# sp_consensus_babe::digests::PreDigest
_BABE_KINDS = {1: "primary", 2: "secondary_plain", 3: "secondary_vrf"}


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


def pre_runtime(logs: Iterable[str], engine: str) -> bytes:
    """The first pre-runtime digest that an engine wrote; DecodeError when there is none, as in genesis.

    A parachain's header has several (``aura``, ``CMLS``) in no fixed order.
    """
    for payload in _payloads(logs, _PRE_RUNTIME, engine):
        return payload
    raise DecodeError(f"the header has no pre-runtime digest of {engine}", 0)


def consensus(logs: Iterable[str], engine: str) -> Iterator[bytes]:
    """Payloads of the consensus digests that the runtime left for an engine, such as ``BABE`` or ``aura``."""
    return _payloads(logs, _CONSENSUS, engine)


def _payloads(logs: Iterable[str], kind: int, engine: str) -> Iterator[bytes]:
    for log in logs:
        item = _unhex(log)
        if item[:5] == u8(kind) + engine.encode():
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
    payload = pre_runtime(logs, "BABE")
    kind = _BABE_KINDS.get(payload[0]) if len(payload) >= 13 else None
    if kind is None:
        raise DecodeError(f"no BABE pre-digest: 0x{payload.hex()}", 0)
    return BabeClaim(kind, int.from_bytes(payload[1:5], "little"), int.from_bytes(payload[5:13], "little"))


@dataclass(frozen=True, slots=True)
class BundlePlace:
    """Where a parachain's block stands among the blocks of its candidate."""

    index: int
    last: bool
    """Also where the runtime ended the candidate with it: it uses the whole core, or changes the runtime."""


def bundle_place(logs: Sequence[str]) -> BundlePlace | None:
    """What a parachain's header says of its candidate's blocks; None where it says nothing, since the block is the only
    one (cumulus-primitives-core 0.27, ``CumulusDigestItem::is_last_block_in_core``)."""
    for told in _payloads(logs, _PRE_RUNTIME, _CUMULUS):
        if len(told) == 3 and told[0] == _BUNDLE_INFO:
            ended = any(one == u8(_USE_FULL_CORE) for one in consensus(logs, _CUMULUS)) or updates_runtime(logs)
            return BundlePlace(told[1], ended or bool(told[2]))
    return None


def aura_slot(logs: Iterable[str]) -> int:
    """The slot in the Aura pre-digest of a parachain's header; DecodeError when there is none."""
    return int.from_bytes(take(pre_runtime(logs, "aura"), 0, 8)[0], "little")


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
