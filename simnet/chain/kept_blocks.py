"""A block as a node gives it over JSON-RPC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simnet.chain.rpc import Rpc
from simnet.errors import RpcError


def kept_block(rpc: Rpc, hash_: str) -> Mapping[str, Any] | None:
    """Its ``header`` and ``extrinsics`` (0x hex); None where the node has it no more, as a fork that it pruned."""
    found = rpc.call("chain_getBlock", [hash_])
    return None if found is None else found["block"]


def block_at(rpc: Rpc, hash_: str) -> Mapping[str, Any]:
    """The same of a block that is needed; raises :class:`RpcError` where the node has it no more."""
    found = kept_block(rpc, hash_)
    if found is None:
        raise RpcError(f"chain_getBlock: the node has no block {hash_} any more")
    return found
