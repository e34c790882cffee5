"""``archive_v1_*``: any block that the node has (JSON-RPC specification). Unknown blocks give null."""

from __future__ import annotations

from typing import Any

from simnet.errors import HostError, RuntimeTrap
from simnet.providers.simulated.rpc._node import NodeRpc, method
from simnet.providers.simulated.rpc._parameters import U64, Hash, HexBytes, Text
from simnet.providers.simulated.rpc._values import as_hex


@method("archive_v1_body")
def body(rpc: NodeRpc, hash_: Hash) -> list[str] | None:
    block = rpc.find(hash_)
    return None if block is None else [as_hex(extrinsic) for extrinsic in block.extrinsics]


@method("archive_v1_header")
def header(rpc: NodeRpc, hash_: Hash) -> str | None:
    block = rpc.find(hash_)
    return None if block is None else as_hex(block.header)


@method("archive_v1_finalizedHeight")
def finalized_height(rpc: NodeRpc) -> int:
    return rpc.node.own.finalized.number


@method("archive_v1_genesisHash", "chainSpec_v1_genesisHash")
def genesis_hash(rpc: NodeRpc) -> str:
    return as_hex(rpc.ledger.genesis.hash)


@method("archive_v1_hashByHeight")
def hash_by_height(rpc: NodeRpc, height: U64) -> list[str]:
    """Up to the finalized height the one block of that height that is final; above it of every one that the node has,
    not only of the best chain."""
    final = rpc.node.own.finalized
    if height <= final.number:
        block = final.ancestor(height)
        return [as_hex(block.hash)] if block is not None else []
    return [as_hex(block.hash) for block in rpc.node.own.imported if block.number == height]


@method("archive_v1_call")
def call(rpc: NodeRpc, hash_: Hash, function: Text, call_parameters: HexBytes) -> dict[str, Any] | None:
    block = rpc.find(hash_)
    if block is None:
        return None
    try:
        return {"success": True, "value": as_hex(block.state.call(block.runtime, function, call_parameters))}
    except (RuntimeTrap, HostError) as error:
        return {"success": False, "error": str(error)}
