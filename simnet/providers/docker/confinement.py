"""What each kind of container may do and take: no privilege that its process does not need, and no more than it needs.

Measured with the engine's usual seccomp profile: of what a validator's PVF host looks for (polkadot-node-core-pvf
36.0.0, security.rs) landlock and seccomp work with all this as they do without it, and what else it would like,
namespaces of its workers' own, that profile refuses with it and without it. Nodes of release 1.25.1 write nothing
outside their volume but the sockets of their PVF workers, which are in /tmp.
"""

from __future__ import annotations

from typing import Any

from simnet.network.topology import Node

PIDS = 4096
"""Processes and threads of a node whose file says nothing. On two cores one has about 60; most of them grow with cores,
and tokio may add 512 that block (tokio 1, Builder::max_blocking_threads)."""

_OTHER_PIDS = 256
"""Of sandboxes and tools. An agent has four, and one more for each connection that it serves."""

_TMP = {"/tmp": "size=256m,mode=1777"}

_CONFINED: dict[str, Any] = {
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "read_only": True,
    "tmpfs": _TMP,
}


def of_node(node: Node) -> dict[str, Any]:
    """Options of docker-py for a node's container. What its memory is limited to it gets without swap on top."""
    return {
        **_CONFINED,
        "mem_limit": node.memory,
        "memswap_limit": node.memory,
        "pids_limit": PIDS if node.pids is None else node.pids,
        "nano_cpus": None if node.cpus is None else int(node.cpus * 1e9),
    }


SANDBOX: dict[str, Any] = {**_CONFINED, "cap_add": ["NET_ADMIN"], "pids_limit": _OTHER_PIDS}
"""Of a sandbox: it sets filters, queues and rates of its own network namespace."""

TOOL: dict[str, Any] = {**_CONFINED, "pids_limit": _OTHER_PIDS}
"""Of a container that runs one command to its end."""

COPYING: dict[str, Any] = {**TOOL, "cap_add": ["CHOWN", "DAC_OVERRIDE", "FOWNER"]}
"""Of one that copies files of any owner and keeps whose they are."""
