"""``chain_*``: headers, blocks and their hashes."""

from __future__ import annotations

from typing import Any

from simnet.providers.simulated.rpc._limits import listed
from simnet.providers.simulated.rpc._node import NodeRpc, method
from simnet.providers.simulated.rpc._parameters import Hash, NumberOrHex
from simnet.providers.simulated.rpc._values import as_hex, header_json


@method("chain_getHeader")
def header(rpc: NodeRpc, hash_: Hash | None) -> dict[str, Any] | None:
    block = rpc.find(hash_)
    return None if block is None else header_json(block.decoded())


@method("chain_getBlock")
def block_(rpc: NodeRpc, hash_: Hash | None) -> dict[str, Any] | None:
    block = rpc.find(hash_)
    if block is None:
        return None
    extrinsics = [as_hex(extrinsic) for extrinsic in block.extrinsics]
    return {"block": {"header": header_json(block.decoded()), "extrinsics": extrinsics}, "justifications": None}


@method("chain_getBlockHash", "chain_getHead")
def block_hash(rpc: NodeRpc, hash_: NumberOrHex | list[NumberOrHex] | None) -> Any:
    """The hash at a height of the best chain, of each height in a list, or of the best block."""
    if isinstance(hash_, list):
        return listed(_hash_at(rpc, one) for one in hash_)
    return as_hex(rpc.node.own.best.hash) if hash_ is None else _hash_at(rpc, hash_)


@method("chain_getFinalizedHead", "chain_getFinalisedHead")
def finalized_head(rpc: NodeRpc) -> str:
    return as_hex(rpc.node.own.finalized.hash)


def _hash_at(rpc: NodeRpc, height: int) -> str | None:
    block = rpc.node.own.best.ancestor(height)
    return None if block is None or block not in rpc.node.own else as_hex(block.hash)
