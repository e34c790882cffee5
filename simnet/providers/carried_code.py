"""What a block is like that brings new code into its chain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import zstandard

from simnet.chain.metadata import Event, Metadata
from simnet.chain.rpc import Rpc
from simnet.chain.storage import key_of, stored_at
from simnet.codec import COMPRESSED, blake2_256, read_bytes, vec
from simnet.errors import RpcError
from simnet.journal.records import CodeCarried
from simnet.providers.block_again import STRANGE, GivenBlock, made_again, same_block

if TYPE_CHECKING:
    from simnet.runtime.host import Host

_APPLIED, _STORED, _UPDATED = (
    ("ParachainSystem", "ValidationFunctionApplied"),
    ("ParachainSystem", "ValidationFunctionStored"),
    ("System", "CodeUpdated"),
)
_OUTCOMES = ("ExtrinsicSuccess", "ExtrinsicFailed")

_POV_PREFIX = b"VERSIONEDPBD\x01"
"""Before ParachainBlockData of version 1 (cumulus-primitives-core)."""


def carried_code(
    host: Callable[[], Host], rpc: Rpc, metadata: Metadata, hash_: str, events: Sequence[Event], code: str | None
) -> CodeCarried | None:
    """The record of a block; ``code`` is what it put into force, as a hash. None where it only changed the pages of the
    runtime's heap. RpcError where the node does not give the block."""
    found = {(event.pallet, event.name): event for event in events}
    event = found.get(_STORED) or found.get(_APPLIED) or found.get(_UPDATED)
    if event is None:
        return None
    name = event.pallet, event.name
    brought = _pending(rpc, metadata, hash_) if name == _STORED else code
    if brought is None:
        return None
    block = GivenBlock.read(rpc, hash_)
    by_extrinsic = name != _APPLIED and event.extrinsic is not None
    proof = _proof(host, rpc, metadata, block) if "ParachainSystem" in metadata.pallets else _Proof()
    return CodeCarried(
        code=brought,
        by="extrinsic" if by_extrinsic else "pending",
        length=len(block.encoded),
        length_limit=_length_limit(metadata, events, event.extrinsic if by_extrinsic else None),
        proof=proof.whole,
        proof_compressed=proof.compressed,
        proof_limit=proof.most,
    )


@dataclass(frozen=True)
class _Proof:
    """Bytes of a parachain block's proof of validity, the same compressed, and what the relay chain takes at most."""

    whole: int | None = None
    compressed: int | None = None
    most: int | None = None


def _pending(rpc: Rpc, metadata: Metadata, hash_: str) -> str:
    """Hash of the code that a parachain keeps until it may be in force."""
    raw = rpc.call("state_getStorage", [key_of(metadata, "ParachainSystem", "PendingValidationCode"), hash_])
    return "0x" + blake2_256(read_bytes(bytes.fromhex((raw or "0x00")[2:]), 0)[0]).hex()


def _proof(host: Callable[[], Host], rpc: Rpc, metadata: Metadata, block: GivenBlock) -> _Proof:
    most = None
    try:
        given = stored_at(rpc, metadata, [("ParachainSystem", "ValidationData", ())], block.hash)[0]
        most = None if given is None else int(given["max_pov_size"])
        state, made = made_again(host(), rpc, metadata, block).whole()
        if not same_block(rpc, block, state):
            return _Proof(most=most)
        pov = _POV_PREFIX + vec([block.encoded]) + made
        return _Proof(len(pov), len(COMPRESSED) + len(zstandard.compress(pov)), most)
    except STRANGE as error:
        if isinstance(error, RpcError):
            rpc.call("system_name")  # one that does not answer leaves the block to others
    return _Proof(most=most)


def _length_limit(metadata: Metadata, events: Sequence[Event], extrinsic: int | None) -> int | None:
    """Bytes that extrinsics of the class of one may have in a block."""
    if extrinsic is None:
        return None
    of = [event.fields for event in events if event.extrinsic == extrinsic and event.name in _OUTCOMES]
    with suppress(*STRANGE):
        by_class: Mapping[str, Any] = metadata.constant("System", "BlockLength")["max"]
        return int(by_class[of[-1]["dispatch_info"]["class"].lower()])
    return None
