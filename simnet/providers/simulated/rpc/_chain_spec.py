"""``chainSpec_v1_*``: what the chain spec says (JSON-RPC specification)."""

from __future__ import annotations

from typing import Any

from simnet.providers.simulated.rpc._methods import method
from simnet.providers.simulated.rpc._node import NodeRpc
from simnet.providers.simulated.rpc._system import chain, properties
from simnet.providers.simulated.rpc._values import as_hex


@method("chainSpec_v1_chainName")
def chain_name(rpc: NodeRpc) -> str:
    return chain(rpc)


@method("chainSpec_v1_genesisHash", "archive_v1_genesisHash")
def genesis_hash(rpc: NodeRpc) -> str:
    return as_hex(rpc.ledger.genesis.hash)


@method("chainSpec_v1_properties")
def spec_properties(rpc: NodeRpc) -> dict[str, Any]:
    return properties(rpc)
