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
from simnet.providers.docker.engine import by_node, containers_of, in_parallel
from simnet.providers.docker.sandbox.gate import PORT as RPC_PORT
from simnet.providers.docker.site import published_ports

_ANSWER_WITHIN = 5.0
"""Seconds; a busy node answers within one."""


def survey(client: docker.DockerClient, run: str) -> list[NodeStatus]:
    """Every node of a run by name, those included that join later."""
    containers = containers_of(client, run)
    nodes, sandboxes = by_node(containers, "node"), by_node(containers, "sandbox")
    return in_parallel(partial(_status, name, nodes.get(name), sandbox) for name, sandbox in sorted(sandboxes.items()))


def _process(container: Container | None) -> str:
    if container is None:
        return "not started"
    state = container.attrs["State"]
    if state["Status"] != "exited":
        return str(state["Status"])
    oom = ", out of memory" if state["OOMKilled"] else ""
    return f"exited ({state['ExitCode']}{oom})"


def _status(name: str, container: Container | None, sandbox: Container) -> NodeStatus:
    """The node, with what its RPC says."""
    port = published_ports(sandbox).get(RPC_PORT)
    node = NodeStatus(name=name, process=_process(container), rpc=f"ws://127.0.0.1:{port}" if port else None)
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
