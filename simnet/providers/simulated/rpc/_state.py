"""``state_*``: storage, proofs, runtime APIs, metadata and versions."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from simnet.codec import blake2_256, read_bytes
from simnet.providers.simulated.ledger import ancestry
from simnet.providers.simulated.rpc._errors import RefusedError
from simnet.providers.simulated.rpc._node import NodeRpc, method
from simnet.providers.simulated.rpc._values import as_hex, optional_hex, unhex, version_json

_INVALID_RANGE, _INVALID_COUNT = 4001, 4002
"""sc-rpc-api state/error.rs."""

_PAGE = 1000
"""Keys that ``state_getKeysPaged`` gives at most (sc-rpc STORAGE_KEYS_PAGED_MAX_COUNT)."""


@method("state_getStorage", "state_getStorageAt")
def storage(rpc: NodeRpc, key: str, at: str | None = None) -> str | None:
    return optional_hex(rpc.block(at).state.get(unhex(key)))


@method("state_getStorageHash", "state_getStorageHashAt")
def storage_hash(rpc: NodeRpc, key: str, at: str | None = None) -> str | None:
    value = rpc.block(at).state.get(unhex(key))
    return None if value is None else as_hex(blake2_256(value))


@method("state_getStorageSize", "state_getStorageSizeAt")
def storage_size(rpc: NodeRpc, key: str, at: str | None = None) -> int | None:
    """Bytes of a value, or of all values whose keys begin so."""
    state = rpc.block(at).state
    value = state.get(unhex(key))
    if value is not None:
        return len(value)
    return sum(len(one) for _, one in state.items(unhex(key))) or None


@method("state_queryStorageAt")
def query_storage_at(rpc: NodeRpc, keys: list[str], at: str | None = None) -> list[dict[str, Any]]:
    block = rpc.block(at)
    get = block.state.get
    return [{"block": as_hex(block.hash), "changes": [[key, optional_hex(get(unhex(key)))] for key in keys]}]


@method("state_queryStorage")
def query_storage(rpc: NodeRpc, keys: list[str], begin: str, end: str | None = None) -> list[dict[str, Any]]:
    """All values at the first block, then what changed, up to the last."""
    first, here = rpc.block(begin), rpc.block(end)
    if not here.descends_from(first):
        raise RefusedError(
            _INVALID_RANGE,
            f"Cannot resolve a block range ['{begin}' ... '{end}']. 'from' block is not an ancestor of 'to'",
        )
    chain = [*takewhile(lambda block: block is not first, ancestry(here)), first]
    values: dict[str, str | None] = {}
    out = []
    for block in reversed(chain):
        now = {key: optional_hex(block.state.get(unhex(key))) for key in keys}
        changes = [[key, value] for key, value in now.items() if block is first or values[key] != value]
        if changes:
            out.append({"block": as_hex(block.hash), "changes": changes})
        values = now
    return out


@method("state_getKeysPaged", "state_getKeysPagedAt")
def keys_paged(
    rpc: NodeRpc, prefix: str | None, count: int, start: str | None = None, at: str | None = None
) -> list[str]:
    if count > _PAGE:
        raise RefusedError(_INVALID_COUNT, f"count exceeds maximum value. value: {count}, max: {_PAGE}")
    found = rpc.block(at).state.keys(unhex(prefix or "0x"), count, unhex(start) if start else None)
    return [as_hex(key) for key in found]


@method("state_getKeys")
def keys(rpc: NodeRpc, prefix: str, at: str | None = None) -> list[str]:
    return [as_hex(key) for key in rpc.block(at).state.keys(unhex(prefix))]


@method("state_getPairs")
def pairs(rpc: NodeRpc, prefix: str, at: str | None = None) -> list[list[str]]:
    return [[as_hex(key), as_hex(value)] for key, value in rpc.block(at).state.items(unhex(prefix))]


@method("state_getReadProof")
def read_proof(rpc: NodeRpc, keys: list[str], at: str | None = None) -> dict[str, Any]:
    block = rpc.block(at)
    return {"at": as_hex(block.hash), "proof": [as_hex(node) for node in block.state.prove(map(unhex, keys))]}


@method("state_call", "state_callAt")
def call(rpc: NodeRpc, function: str, data: str, at: str | None = None) -> str:
    block = rpc.block(at)
    return as_hex(block.state.call(block.runtime, function, unhex(data)))


@method("state_getMetadata")
def metadata(rpc: NodeRpc, at: str | None = None) -> str:
    block = rpc.block(at)
    return as_hex(read_bytes(block.state.call(block.runtime, "Metadata_metadata"), 0)[0])


@method("state_getRuntimeVersion", "chain_getRuntimeVersion")
def runtime_version(rpc: NodeRpc, at: str | None = None) -> dict[str, Any]:
    return version_json(rpc.block(at).runtime.version)
