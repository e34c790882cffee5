"""``chain_*``: headers, blocks and their hashes."""

from __future__ import annotations

from typing import Any

from simnet.providers.simulated.rpc._node import NodeRpc, method
from simnet.providers.simulated.rpc._values import as_hex, as_number, header_json


@method("chain_getHeader")
def header(rpc: NodeRpc, at: str | None = None) -> dict[str, Any] | None:
    block = rpc.find(at)
    return None if block is None else header_json(block.decoded())


@method("chain_getBlock")
def block_(rpc: NodeRpc, at: str | None = None) -> dict[str, Any] | None:
    block = rpc.find(at)
    if block is None:
        return None
    extrinsics = [as_hex(extrinsic) for extrinsic in block.extrinsics]
    return {"block": {"header": header_json(block.decoded()), "extrinsics": extrinsics}, "justifications": None}


@method("chain_getBlockHash", "chain_getHead")
def block_hash(rpc: NodeRpc, height: Any = None) -> Any:
    """The hash at a height of the best chain, of each height in a list, or of the best block."""
    if isinstance(height, list):
        return [block_hash(rpc, one) for one in height]
    if height is None:
        return as_hex(rpc.node.own.best.hash)
    block = rpc.node.own.best.ancestor(as_number(height))
    return None if block is None or block not in rpc.node.own else as_hex(block.hash)


@method("chain_getFinalizedHead", "chain_getFinalisedHead")
def finalized_head(rpc: NodeRpc) -> str:
    return as_hex(rpc.node.own.finalized.hash)
