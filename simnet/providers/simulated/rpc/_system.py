"""``system_*`` and ``rpc_methods``: what the node is and whom it is connected with."""

from __future__ import annotations

from importlib import metadata
from typing import Any

from simnet.network.accounts import node_key, peer_id
from simnet.network.topology import Node
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.rpc._node import METHODS, SUBSCRIPTIONS, NodeRpc, method
from simnet.providers.simulated.rpc._values import as_hex


@method("system_name")
def name(_: NodeRpc) -> str:
    return "simnet simulated node"


@method("system_version")
def version(_: NodeRpc) -> str:
    return metadata.version("polkadot-simnet")


@method("system_chain", "chainSpec_v1_chainName")
def chain(rpc: NodeRpc) -> str:
    return str(rpc.spec["name"])


@method("system_chainType")
def chain_type(rpc: NodeRpc) -> str:
    return str(rpc.spec.get("chainType", "Live"))


@method("system_properties", "chainSpec_v1_properties")
def properties(rpc: NodeRpc) -> dict[str, Any]:
    """What the chain spec says of tokens and addresses; a spec that simnet made says nothing."""
    return rpc.spec.get("properties") or {}


@method("system_health")
def health(rpc: NodeRpc) -> dict[str, Any]:
    more = len(rpc.simulation.nodes) > 1
    return {"peers": rpc.peers(), "isSyncing": rpc.node.behind, "shouldHavePeers": more}


@method("system_syncState")
def sync_state(rpc: NodeRpc) -> dict[str, int]:
    """The best block when the process began, the best one now, and what peers have if that is higher."""
    node = rpc.node
    best, target = node.own.best.number, rpc.simulation.syncs[node.spec.chain].target(node.index)
    return {"startingBlock": node.began, "currentBlock": best, "highestBlock": max(best, target or 0)}


@method("system_nodeRoles")
def node_roles(rpc: NodeRpc) -> list[str]:
    return ["Full" if rpc.node.spec.role == "full" else "Authority"]


@method("system_localPeerId")
def local_peer_id(rpc: NodeRpc) -> str:
    return peer_id_of(rpc, rpc.node.spec)


@method("system_localListenAddresses", "system_reservedPeers")
def none_of_these(_: NodeRpc) -> list[str]:
    """None: simulated nodes listen on no port, and have no reserved peers."""
    return []


@method("system_peers")
def peers(rpc: NodeRpc) -> list[dict[str, Any]]:
    """Nodes of the same chain that this one is connected with, with the best blocks that they have."""
    return [
        {
            "peerId": peer_id_of(rpc, other.spec),
            "roles": "FULL" if other.spec.role == "full" else "AUTHORITY",
            "bestHash": as_hex(other.own.best.hash),
            "bestNumber": other.own.best.number,
        }
        for other in connected(rpc)
    ]


@method("rpc_methods")
def methods(_: NodeRpc) -> dict[str, list[str]]:
    return {"methods": sorted({*METHODS, *SUBSCRIPTIONS})}


def connected(rpc: NodeRpc) -> list[SimulatedNode]:
    """Other nodes of its chain with which it is connected now."""
    simulation, node = rpc.simulation, rpc.node
    return [
        other
        for other in simulation.nodes
        if other is not node
        and other.spec.chain == node.spec.chain
        and simulation.links.carries(node.index, other.index)
    ]


def peer_id_of(rpc: NodeRpc, node: Node) -> str:
    return peer_id(node_key(rpc.seed, node.name))
