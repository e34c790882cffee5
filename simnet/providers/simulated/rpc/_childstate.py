"""``childstate_*``: child tries; they are named by their whole storage key."""

from __future__ import annotations

from typing import Any

from simnet.codec import blake2_256
from simnet.providers.simulated.rpc._errors import InvalidParamsError
from simnet.providers.simulated.rpc._node import NodeRpc, method
from simnet.providers.simulated.rpc._values import as_hex, optional_hex, unhex

_PREFIX = b":child_storage:default:"


def child(key: str) -> bytes:
    """A child trie's own name; raises :class:`InvalidParamsError` for the key of none."""
    whole = unhex(key)
    if not whole.startswith(_PREFIX):
        raise InvalidParamsError("Invalid child storage key")
    return whole[len(_PREFIX) :]


@method("childstate_getStorage")
def storage(rpc: NodeRpc, trie: str, key: str, at: str | None = None) -> str | None:
    return optional_hex(rpc.block(at).state.child_get(child(trie), unhex(key)))


@method("childstate_getStorageEntries")
def storage_entries(rpc: NodeRpc, trie: str, keys: list[str], at: str | None = None) -> list[str | None]:
    return [storage(rpc, trie, key, at) for key in keys]


@method("childstate_getStorageHash")
def storage_hash(rpc: NodeRpc, trie: str, key: str, at: str | None = None) -> str | None:
    value = rpc.block(at).state.child_get(child(trie), unhex(key))
    return None if value is None else as_hex(blake2_256(value))


@method("childstate_getStorageSize")
def storage_size(rpc: NodeRpc, trie: str, key: str, at: str | None = None) -> int | None:
    value = rpc.block(at).state.child_get(child(trie), unhex(key))
    return None if value is None else len(value)


@method("childstate_getKeys")
def keys(rpc: NodeRpc, trie: str, prefix: str, at: str | None = None) -> list[str]:
    return [as_hex(key) for key in rpc.block(at).state.child_keys(child(trie), unhex(prefix))]


@method("childstate_getKeysPaged", "childstate_getKeysPagedAt")
def keys_paged(
    rpc: NodeRpc, trie: str, prefix: str | None, count: int, start: str | None = None, at: str | None = None
) -> list[str]:
    first = unhex(start) if start else None
    found = rpc.block(at).state.child_keys(child(trie), unhex(prefix or "0x"), count, first)
    return [as_hex(key) for key in found]


@method("state_getChildReadProof")
def read_proof(rpc: NodeRpc, trie: str, keys: list[str], at: str | None = None) -> dict[str, Any]:
    block = rpc.block(at)
    nodes = block.state.child_prove(child(trie), map(unhex, keys))
    return {"at": as_hex(block.hash), "proof": [as_hex(node) for node in nodes]}
