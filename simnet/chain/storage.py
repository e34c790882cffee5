"""What a block's state has, asked of a node: several storage items by one call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from simnet.chain.metadata import Metadata
from simnet.chain.rpc import Rpc

Place = tuple[str, str, tuple[bytes, ...]]
"""A storage item: pallet, item, and the encoded key parts of a map's entry."""


def key_of(metadata: Metadata, pallet: str, item: str, *keys: bytes) -> str:
    """The key of a storage item, 0x hex; ``keys`` are a map's key parts, encoded but not hashed."""
    return "0x" + metadata.storage_key(pallet, item, *keys).hex()


def values_at(rpc: Rpc, keys: Sequence[str], at: str) -> dict[str, bytes]:
    """Values of those keys (0x hex) that exist at a block; RpcError where the node has not that state."""
    answer = rpc.call("state_queryStorageAt", [keys, at]) if keys else []
    return {key: bytes.fromhex(value[2:]) for one in answer for key, value in one["changes"] if value is not None}


def stored_at(rpc: Rpc, metadata: Metadata, places: Iterable[Place], at: str) -> list[Any]:
    """Decoded values of storage items at a block, in their order; where there is none, the default or None.

    Raises :class:`~simnet.errors.RpcError` where the node has not that state, NotInRuntimeError for an item that the
    runtime does not have.
    """
    keys = [(pallet, item, key_of(metadata, pallet, item, *parts)) for pallet, item, parts in places]
    found = values_at(rpc, [key for _, _, key in keys], at)
    return [metadata.decode_storage(pallet, item, found.get(key)) for pallet, item, key in keys]
