"""How a network on Docker is, asked of the engine and of its nodes' RPC; whoever drives it is not disturbed."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import partial

import docker
from docker.models.containers import Container

from simnet.chain.rpc import WebSocketRpc
from simnet.errors import RpcError
from simnet.providers.deployments import NodeStatus
from simnet.providers.docker.commands import RPC_PORT
from simnet.providers.docker.engine import ROLE_LABEL, by_node, containers_of, in_parallel
from simnet.providers.docker.site import SANDBOX_SUFFIX, published_ports

_ANSWER_WITHIN = 5.0
"""Seconds; a busy node answers within one."""


def survey(client: docker.DockerClient, run: str) -> list[NodeStatus]:
    """Every node of a run by name, those included that join later."""
    containers = containers_of(client, run)
    nodes = by_node(containers)
    found = []
    for sandbox in containers:
        if sandbox.labels.get(ROLE_LABEL) == "sandbox":
            name = str(sandbox.name).removeprefix(f"simnet-{run}-").removesuffix(SANDBOX_SUFFIX)
            port = published_ports(sandbox).get(RPC_PORT)
            url = f"ws://127.0.0.1:{port}" if port else None
            found.append(NodeStatus(name=name, process=_process(nodes.get(name)), rpc=url))
    return sorted(in_parallel(partial(_asked, node) for node in found), key=lambda node: node.name)


def _process(container: Container | None) -> str:
    if container is None:
        return "not started"
    state = container.attrs["State"]
    if state["Status"] != "exited":
        return str(state["Status"])
    oom = ", out of memory" if state["OOMKilled"] else ""
    return f"exited ({state['ExitCode']}{oom})"


def _asked(node: NodeStatus) -> NodeStatus:
    """The node with what its RPC says."""
    if node.rpc is None or node.process != "running":
        return node
    try:
        with contextlib.closing(WebSocketRpc(node.rpc, timeout=_ANSWER_WITHIN)) as rpc:
            best = rpc.call("chain_getHeader", timeout=_ANSWER_WITHIN)
            head = rpc.call("chain_getFinalizedHead", timeout=_ANSWER_WITHIN)
            finalized = rpc.call("chain_getHeader", [head], timeout=_ANSWER_WITHIN)
            health = rpc.call("system_health", timeout=_ANSWER_WITHIN)
            chain = rpc.call("system_chain", timeout=_ANSWER_WITHIN)
    except RpcError:
        return node
    return replace(
        node,
        chain=str(chain),
        best=int(best["number"], 16),
        finalized=int(finalized["number"], 16),
        peers=int(health["peers"]),
    )
