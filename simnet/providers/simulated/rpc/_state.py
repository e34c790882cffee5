"""``state_*``: storage, proofs, runtime APIs, metadata and versions."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from simnet.codec import blake2_256, read_bytes
from simnet.providers.simulated.ledger import ancestry
from simnet.providers.simulated.rpc._errors import RefusedError
from simnet.providers.simulated.rpc._limits import Room, listed
from simnet.providers.simulated.rpc._node import NodeRpc, method
from simnet.providers.simulated.rpc._parameters import U32, Hash, HexBytes, Text
from simnet.providers.simulated.rpc._values import as_hex, optional_hex, version_json

_INVALID_RANGE, _INVALID_COUNT = 4001, 4002
"""sc-rpc-api state/error.rs."""

_PAGE = 1000
"""Keys that ``state_getKeysPaged`` gives at most (sc-rpc STORAGE_KEYS_PAGED_MAX_COUNT)."""


@method("state_getStorage", "state_getStorageAt")
def storage(rpc: NodeRpc, key: HexBytes, hash_: Hash | None) -> str | None:
    return optional_hex(rpc.block(hash_).state.get(key))


_CODE = b":code"


@method("state_getStorageHash", "state_getStorageHashAt")
def storage_hash(rpc: NodeRpc, key: HexBytes, hash_: Hash | None) -> str | None:
    state = rpc.block(hash_).state
    if key != _CODE:
        value = state.get(key)
        return None if value is None else as_hex(blake2_256(value))
    number, _ = state.code_id  # a megabyte, which is asked for at every block
    if number not in rpc.code_hashes:
        value = state.get(key)
        rpc.code_hashes[number] = None if value is None else as_hex(blake2_256(value))
    return rpc.code_hashes[number]


@method("state_getStorageSize", "state_getStorageSizeAt")
def storage_size(rpc: NodeRpc, key: HexBytes, hash_: Hash | None) -> int | None:
    """Bytes of a value, or of all values whose keys begin so."""
    state = rpc.block(hash_).state
    value = state.get(key)
    if value is not None:
        return len(value)
    return sum(len(one) for _, one in state.items(key)) or None


@method("state_queryStorageAt")
def query_storage_at(rpc: NodeRpc, keys: list[HexBytes], at: Hash | None) -> list[dict[str, Any]]:
    block, room = rpc.block(at), Room()
    get = block.state.get
    changes = [[as_hex(key), room.take(optional_hex(get(key)))] for key in keys]
    return [{"block": as_hex(block.hash), "changes": changes}]


@method("state_queryStorage")
def query_storage(rpc: NodeRpc, keys: list[HexBytes], block: Hash, hash_: Hash | None) -> list[dict[str, Any]]:
    """All values at the first block, then what changed, up to the last."""
    first, last = rpc.block(block), rpc.block(hash_)
    if not last.descends_from(first):
        raise RefusedError(
            _INVALID_RANGE,
            f"Cannot resolve a block range ['{as_hex(first.hash)}' ... '{as_hex(last.hash)}']. 'from' block is not an"
            " ancestor of 'to'",
        )
    chain = [*takewhile(lambda one: one is not first, ancestry(last)), first]
    values: dict[bytes, bytes | None] = {}
    room = Room()
    out = []
    for here in reversed(chain):
        now = {key: here.state.get(key) for key in keys}
        changed = [key for key, value in now.items() if here is first or values[key] != value]
        if changed:
            changes = [[as_hex(key), room.take(optional_hex(now[key]))] for key in changed]
            out.append({"block": as_hex(here.hash), "changes": changes})
        values = now
    return out


@method("state_getKeysPaged", "state_getKeysPagedAt")
def keys_paged(
    rpc: NodeRpc, prefix: HexBytes | None, count: U32, start_key: HexBytes | None, hash_: Hash | None
) -> list[str]:
    if count > _PAGE:
        raise RefusedError(_INVALID_COUNT, f"count exceeds maximum value. value: {count}, max: {_PAGE}")
    found = rpc.block(hash_).state.keys(prefix or b"", count, start_key)
    return [as_hex(key) for key in found]


@method("state_getKeys")
def keys(rpc: NodeRpc, prefix: HexBytes, hash_: Hash | None) -> list[str]:
    return listed(as_hex(key) for key in rpc.block(hash_).state.keys(prefix))


@method("state_getPairs")
def pairs(rpc: NodeRpc, prefix: HexBytes, hash_: Hash | None) -> list[list[str]]:
    room = Room()
    return [[as_hex(key), room.take(as_hex(value))] for key, value in rpc.block(hash_).state.items(prefix)]


@method("state_getReadProof")
def read_proof(rpc: NodeRpc, keys: list[HexBytes], hash_: Hash | None) -> dict[str, Any]:
    block = rpc.block(hash_)
    return {"at": as_hex(block.hash), "proof": [as_hex(node) for node in block.state.prove(keys)]}


@method("state_call", "state_callAt")
def call(rpc: NodeRpc, name: Text, bytes_: HexBytes, hash_: Hash | None) -> str:
    block = rpc.block(hash_)
    return as_hex(block.state.call(block.runtime, name, bytes_))


@method("state_getMetadata")
def metadata(rpc: NodeRpc, hash_: Hash | None) -> str:
    block = rpc.block(hash_)
    return as_hex(read_bytes(block.state.call(block.runtime, "Metadata_metadata"), 0)[0])


@method("state_getRuntimeVersion", "chain_getRuntimeVersion")
def runtime_version(rpc: NodeRpc, hash_: Hash | None) -> dict[str, Any]:
    return version_json(rpc.block(hash_).runtime.version)
