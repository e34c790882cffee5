"""Where a run's nodes live on the engine, and the runners that are made from that: at launch, and when attaching."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from docker.models.containers import Container

from simnet.errors import NodeError
from simnet.network.accounts import keys, node_key, peer_id
from simnet.network.session_keys import KEY_TYPES
from simnet.network.topology import RELAY, Node
from simnet.providers.base import Launch, Plan
from simnet.providers.docker import confinement
from simnet.providers.docker.commands import METRICS_PORT, authoring, multiaddr, node_command
from simnet.providers.docker.engine import Engine
from simnet.providers.docker.images import Binaries
from simnet.providers.docker.link_agent import LinkAgent
from simnet.providers.docker.runner import Runner
from simnet.providers.docker.sandbox.control import PORT, TOKEN_ENV
from simnet.providers.docker.sandbox.gate import PAGES_ENV
from simnet.providers.docker.sandbox.gate import PORT as RPC_PORT
from simnet.providers.origins import USUAL, Origins
from simnet.providers.ports import HOST

CONFIG_VOLUME = "config"
SANDBOX_SUFFIX = "-net"
"""A node's sandbox is called as the node with this behind it."""
SANDBOX_OPTIONS: dict[str, Any] = {
    **confinement.SANDBOX,
    "ports": {f"{port}/tcp": (HOST, None) for port in (PORT, RPC_PORT, METRICS_PORT)},
}
"""How docker-py is to make a sandbox, besides :data:`TOKEN_ENV` in its ``environment``."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """The sandboxes of a network's nodes, by node name, and what its chains' specs call them, by chain."""

    engine: Engine
    sandboxes: Mapping[str, Container]
    tokens: Mapping[str, str]
    spec_ids: Mapping[str, str]

    @cached_property
    def addresses(self) -> dict[str, str]:
        """IPv4 address of each node."""
        return {name: _address(container) for name, container in self.sandboxes.items()}

    @cached_property
    def ports(self) -> dict[str, dict[int, int]]:
        """Ports on the host's loopback by node and port inside."""
        return {name: published_ports(container) for name, container in self.sandboxes.items()}

    @cached_property
    def agents(self) -> dict[str, LinkAgent]:
        """The link agent of each node."""
        return {name: agent_of(container, self.tokens[name]) for name, container in self.sandboxes.items()}

    def runners(self, plan: Plan, launch: Launch, slot_based: Collection[str] = ()) -> dict[str, Runner]:
        """A runner per node, none started. Collators of the chains ``slot_based`` author that way, unless their own
        flags say how."""
        binaries = Binaries(self.engine)
        (launch.run_dir / "logs").mkdir(exist_ok=True)
        return {node.name: self._runner(node, plan, launch, binaries, slot_based) for node in plan.topology.nodes}

    def _runner(
        self, node: Node, plan: Plan, launch: Launch, binaries: Binaries, slot_based: Collection[str]
    ) -> Runner:
        if node.chain in slot_based:
            node = authoring(node, binaries.flags(node.image))

        def boot(chain: str) -> list[str]:
            others = (other.name for other in plan.topology.on_chain(chain) if other.name != node.name)
            return [multiaddr(self.addresses[name], peer_id(node_key(plan.seed, name))) for name in others]

        def command(current: Node) -> list[str]:
            return node_command(
                current,
                known=binaries.flags(current.image),
                node_key=node_key(plan.seed, node.name),
                address=self.addresses[node.name],
                bootnodes=boot(node.chain),
                relay_bootnodes=boot(RELAY),
            )

        keystore = keys(node.account).keystore(KEY_TYPES[node.role])
        folder = f"chains/{self.spec_ids[node.chain]}/keystore"
        return Runner(
            self.engine,
            node,
            sandbox=self.sandboxes[node.name],
            config_volume=self.engine.full_name(CONFIG_VOLUME),
            keystore={f"{folder}/{name}": body for name, body in keystore.items()},
            command=command,
            journal=launch.journal,
            log_file=launch.run_dir / "logs" / f"{node.name}.log",
            log_patterns=plan.log_patterns,
        )


def start_sandbox(
    engine: Engine,
    image: str,
    node: str,
    *,
    network: str,
    token: str,
    pages: Origins = USUAL,
    rpc_port: int | None = None,
) -> Container:
    """A node's sandbox that runs, with its address and its published ports; ``pages`` may ask the node, at
    ``rpc_port`` of the host, or any free one."""
    options = {**SANDBOX_OPTIONS, "ports": {**SANDBOX_OPTIONS["ports"], f"{RPC_PORT}/tcp": (HOST, rpc_port)}}
    container = engine.container(
        image,
        node + SANDBOX_SUFFIX,
        role="sandbox",
        node=node,
        network=network,
        hostname=node,
        environment={TOKEN_ENV: token, PAGES_ENV: " ".join(pages.allowed or ("all",))},
        **options,
    )
    container.start()
    container.reload()
    return container


def agent_of(container: Container, token: str) -> LinkAgent:
    """The link agent of a sandbox that runs."""
    return LinkAgent("127.0.0.1", published_ports(container)[PORT], token)


def _address(container: Container) -> str:
    (network,) = container.attrs["NetworkSettings"]["Networks"].values()
    if not network["IPAddress"]:
        raise NodeError(f"the sandbox {container.name} got no address; it says: {container.logs(tail=5)!r}")
    return str(network["IPAddress"])


def published_ports(container: Container) -> dict[int, int]:
    """Ports on the host's loopback by the port inside; empty while the container is down."""
    published = container.attrs["NetworkSettings"]["Ports"]
    return {int(port.split("/")[0]): int(binds[0]["HostPort"]) for port, binds in published.items() if binds}
