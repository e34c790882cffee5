"""The command line of each node, built only from flags that its binary knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from simnet.network.topology import Node
from simnet.providers.docker.sandbox.gate import NODE_PORT
from simnet.providers.docker.sandbox.gate import PORT as RPC_PORT

P2P_PORT = 30333
RELAY_P2P_PORT = 30334
"""Port of the relay-chain client inside a collator."""
METRICS_PORT = 9615


def node_command(
    node: Node,
    *,
    known: frozenset[str],
    node_key: bytes,
    address: str,
    bootnodes: Sequence[str],
    relay_bootnodes: Sequence[str],
) -> list[str]:
    """Arguments after the entry point. Specs lie in /cfg, data in /data; ``known`` are the flags that the binary
    lists. Collators do not look for boot nodes in the relay chain's DHT: they are told of each other, and one that
    finds none may end of a fork (docs/traps.md)."""
    args = [
        "--name", node.name, "--chain", f"/cfg/{node.chain}.json", "--base-path", "/data",
        "--node-key", node_key.hex(), "--listen-addr", f"/ip4/0.0.0.0/tcp/{P2P_PORT}",
        "--public-addr", f"/ip4/{address}/tcp/{P2P_PORT}",
        "--rpc-port", str(NODE_PORT), "--rpc-cors", "all", "--rpc-methods", "unsafe",
        "--rpc-max-connections", "200", "--prometheus-external", "--prometheus-port", str(METRICS_PORT),
        "--no-mdns", "--no-telemetry", "--allow-private-ip",
    ]  # fmt: skip
    if node.role == "validator":
        args += ["--validator", *_if_known(known, "--insecure-validator-i-know-what-i-do")]
    if node.role == "collator":
        args += ["--collator"]
    for flag in ("--no-hardware-benchmarks", "--no-dht-bootnode-discovery"):
        args += _if_known(known - {*node.flags}, flag)
    args += _boot(bootnodes)
    if node.sync != "full":
        args += ["--sync", node.sync]
    args += [*node.flags]
    if node.role == "collator":
        args += [
            "--", "--chain", "/cfg/relay.json", "--base-path", "/data/relay-chain",
            "--listen-addr", f"/ip4/0.0.0.0/tcp/{RELAY_P2P_PORT}",
            "--public-addr", f"/ip4/{address}/tcp/{RELAY_P2P_PORT}",
            "--rpc-port", str(RPC_PORT + 1), "--no-prometheus", "--no-mdns", "--no-telemetry", "--allow-private-ip",
            *_boot(relay_bootnodes),
        ]  # fmt: skip
    return args


def authoring(node: Node, known: frozenset[str]) -> Node:
    """A collator that authors by slots, not by relay blocks, unless its own flags say how it does, or its binary knows
    no other way; ``known`` are the flags that it lists."""
    told = any("authoring" in flag or "slot-based" in flag for flag in node.flags)
    if node.role != "collator" or told or "--authoring" not in known:
        return node
    return replace(node, flags=("--authoring=slot-based", *node.flags))


def multiaddr(address: str, peer: str) -> str:
    return f"/ip4/{address}/tcp/{P2P_PORT}/p2p/{peer}"


def _boot(addresses: Sequence[str]) -> list[str]:
    return ["--bootnodes", *addresses] if addresses else []


def _if_known(known: frozenset[str], flag: str) -> list[str]:
    return [flag] if flag in known else []
