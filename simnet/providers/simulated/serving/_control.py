"""What other processes may ask of a served network: how it is, faults, its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from simnet.errors import SimnetError
from simnet.faults import fault_from
from simnet.journal.records import NodeDown
from simnet.providers.deployments import NetworkDriver, NodeStatus
from simnet.providers.simulated.discovery import FAILED
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.rpc import Failures, InvalidParamsError, RefusedError
from simnet.providers.simulated.serving._conversation import Params
from simnet.providers.simulated.simulated_network import SimulatedNetwork


class Control:
    """The served side. Its methods are called as JSON-RPC, in the thread that drives the network."""

    def __init__(self, network: SimulatedNetwork, urls: Mapping[str, str], say: Callable[[str], None]) -> None:
        self.ending = False
        """Whether someone asked for the end."""
        self.failures = Failures(say)
        self._network = network
        self._urls = urls
        driver = NetworkDriver(network)
        self._methods: dict[str, Callable[..., Any]] = {
            "simnet_status": lambda: [asdict(one) for one in self.nodes()],
            "simnet_inject": lambda fault, name: asdict(driver.inject(fault_from(fault), name)),
            "simnet_heal": lambda name: [asdict(one) for one in driver.heal(name)],
            "simnet_down": self._down,
        }

    def call(self, method: str, params: Params) -> Any:
        if method not in self._methods:
            raise InvalidParamsError(f"no method {method}")
        try:
            return self._methods[method](*params)
        except SimnetError as error:
            raise RefusedError(FAILED - error.exit_code, str(error)) from error

    def subscribe(self, method: str, params: Params, handler: Callable[[Any], None]) -> str:
        raise InvalidParamsError("nothing to subscribe to")

    def unsubscribe(self, number: str) -> bool:
        return False

    def lasts(self, number: str) -> bool:
        return False

    def nodes(self) -> list[NodeStatus]:
        """Every node now, by name."""
        network = self._network
        out = []
        for node in sorted(network.simulation.nodes, key=lambda one: one.name):
            answers = node.ready and node.process == "running"
            out.append(
                NodeStatus(
                    name=node.name,
                    process=self._process(node),
                    rpc=self._urls[node.name],
                    chain=network.simulation.chain_ids[node.spec.chain],
                    best=node.own.best.number if answers else None,
                    finalized=node.own.finalized.number if answers else None,
                    peers=network.simulation.links.peers(node.index) if answers else None,
                )
            )
        return out

    def _process(self, node: SimulatedNode) -> str:
        if node.life == 0:
            return "not started"
        if node.process != "down":
            return node.process
        downs = self._network.evidence.of(NodeDown)
        code = next((one.data.exit_code for one in reversed(downs) if one.observer == node.name), None)
        return f"exited ({code})"

    def _down(self) -> None:
        self.ending = True
