"""``childstate_*``: child tries; they are named by their whole storage key."""

from __future__ import annotations

from typing import Any

from simnet.codec import blake2_256
from simnet.providers.simulated.rpc._errors import InvalidParamsError
from simnet.providers.simulated.rpc._limits import listed
from simnet.providers.simulated.rpc._node import NodeRpc, method
from simnet.providers.simulated.rpc._parameters import U32, Hash, HexBytes
from simnet.providers.simulated.rpc._values import as_hex, optional_hex

_PREFIX = b":child_storage:default:"


def child(key: bytes) -> bytes:
    """A child trie's own name; raises :class:`InvalidParamsError` for the key of none."""
    if not key.startswith(_PREFIX):
        raise InvalidParamsError("Invalid child storage key")
    return key[len(_PREFIX) :]


@method("childstate_getStorage")
def storage(rpc: NodeRpc, child_storage_key: HexBytes, key: HexBytes, hash_: Hash | None) -> str | None:
    return optional_hex(rpc.block(hash_).state.child_get(child(child_storage_key), key))


@method("childstate_getStorageEntries")
def storage_entries(
    rpc: NodeRpc, child_storage_key: HexBytes, keys: list[HexBytes], hash_: Hash | None
) -> list[str | None]:
    state, trie = rpc.block(hash_).state, child(child_storage_key)
    return listed(optional_hex(state.child_get(trie, key)) for key in keys)


@method("childstate_getStorageHash")
def storage_hash(rpc: NodeRpc, child_storage_key: HexBytes, key: HexBytes, hash_: Hash | None) -> str | None:
    value = rpc.block(hash_).state.child_get(child(child_storage_key), key)
    return None if value is None else as_hex(blake2_256(value))


@method("childstate_getStorageSize")
def storage_size(rpc: NodeRpc, child_storage_key: HexBytes, key: HexBytes, hash_: Hash | None) -> int | None:
    value = rpc.block(hash_).state.child_get(child(child_storage_key), key)
    return None if value is None else len(value)


@method("childstate_getKeys")
def keys(rpc: NodeRpc, child_storage_key: HexBytes, prefix: HexBytes, hash_: Hash | None) -> list[str]:
    return listed(as_hex(key) for key in rpc.block(hash_).state.child_keys(child(child_storage_key), prefix))


@method("childstate_getKeysPaged", "childstate_getKeysPagedAt")
def keys_paged(
    rpc: NodeRpc,
    child_storage_key: HexBytes,
    prefix: HexBytes | None,
    count: U32,
    start_key: HexBytes | None,
    hash_: Hash | None,
) -> list[str]:
    found = rpc.block(hash_).state.child_keys(child(child_storage_key), prefix or b"", count, start_key)
    return listed(as_hex(key) for key in found)


@method("state_getChildReadProof")
def read_proof(rpc: NodeRpc, child_storage_key: HexBytes, keys: list[HexBytes], hash_: Hash | None) -> dict[str, Any]:
    block = rpc.block(hash_)
    nodes = block.state.child_prove(child(child_storage_key), keys)
    return {"at": as_hex(block.hash), "proof": [as_hex(node) for node in nodes]}
