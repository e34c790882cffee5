"""What a block's state has, asked of a node: several storage items by one call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from simnet.chain.metadata import Metadata
from simnet.chain.rpc import Rpc
from simnet.errors import RpcError

_CHILD = b":child_storage:default:"
"""Before the names of child tries (sp-storage well_known_keys)."""

_PAGE = 1000
"""Keys that a node gives at a time (sc-rpc STORAGE_KEYS_PAGED_MAX_COUNT)."""

_VALUES = 256
"""Values that are asked for at a time: an answer has 15 MB at most, and one of them may be a runtime."""

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


@dataclass(frozen=True)
class WholeState:
    """All that a block's state has: ``children`` by the names of their tries."""

    top: dict[bytes, bytes]
    children: dict[bytes, dict[bytes, bytes]]


def entries_under(rpc: Rpc, prefix: str, at: str, most: int) -> dict[bytes, bytes] | None:
    """All that a block's state has under keys that begin so (0x hex), in the order of the keys; None where there is
    more than ``most``. RpcError where the node has not that state, or gives another one than it lists."""
    keys = _paged(rpc, "state_getKeysPaged", [], at, most, prefix)
    return None if keys is None else dict(sorted(_values_of(rpc, keys, at).items()))


def _values_of(rpc: Rpc, keys: Sequence[str], at: str) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for begin in range(0, len(keys), _VALUES):
        some = values_at(rpc, keys[begin : begin + _VALUES], at)
        found.update((bytes.fromhex(key[2:]), value) for key, value in some.items())
    if len(found) != len(keys):
        raise RpcError(f"of {len(keys)} keys of a state only {len(found)} have a value")
    return found


def whole_state(rpc: Rpc, at: str, most: int) -> WholeState | None:
    """All of a block's state; None where it has more than ``most`` keys. RpcError where the node has not that state, or
    gives another one than it lists."""
    keys = _paged(rpc, "state_getKeysPaged", [], at, most)
    if keys is None:
        return None
    top = _values_of(rpc, keys, at)
    children: dict[bytes, dict[bytes, bytes]] = {}
    for key in [one for one in top if one.startswith(_CHILD)]:
        named = ["0x" + key.hex()]
        inner = _paged(rpc, "childstate_getKeysPaged", named, at, most)
        if inner is None:
            return None
        values = rpc.call("childstate_getStorageEntries", [*named, inner, at])
        children[key[len(_CHILD) :]] = {
            bytes.fromhex(one[2:]): bytes.fromhex(value[2:]) for one, value in zip(inner, values, strict=True)
        }
        del top[key]  # which the trie's content gives
    return WholeState(top, children)


def _paged(rpc: Rpc, method: str, of: list[str], at: str, most: int, prefix: str = "0x") -> list[str] | None:
    keys: list[str] = []
    while len(keys) <= most:
        page = rpc.call(method, [*of, prefix, _PAGE, keys[-1] if keys else None, at])
        keys += page
        if len(page) < _PAGE:
            return keys if len(keys) <= most else None
    return None
