"""What other processes ask of a served network: how it is, faults, its end. Both ends of it are here."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from simnet.errors import EngineError, InputError, SimnetError
from simnet.faults import Fault, fault_from
from simnet.journal import Kind
from simnet.providers.injection import Reading
from simnet.providers.simulated.network import SimulatedNetwork
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.rpc import InvalidParamsError, RefusedError
from simnet.providers.simulated.serving._front import CHANGES
from simnet.providers.simulated.serving._registry import Entry, door_of
from simnet.providers.standing import FaultReport, NetworkDriver, NodeStatus

_FAILED = -32000
"""Code of an error of simnet's own; its exit code is taken off."""

_ANSWER_WITHIN = 30.0
"""Real seconds in which a question is answered; changes may take as long as they take."""


class Control:
    """The served side. Its methods are called as JSON-RPC, in the thread that drives the network."""

    def __init__(self, network: SimulatedNetwork, urls: Mapping[str, str]) -> None:
        self.ending = False
        """Whether someone asked for the end."""
        self._network = network
        self._urls = urls
        self._driver = NetworkDriver(network)
        self._methods: dict[str, Callable[..., Any]] = {
            "simnet_status": lambda: [asdict(one) for one in self.nodes()],
            "simnet_inject": self._inject,
            "simnet_heal": self._heal,
            "simnet_down": self._down,
        }

    def call(self, method: str, params: Sequence[Any]) -> Any:
        if method not in self._methods:
            raise InvalidParamsError(f"no method {method}")
        try:
            return self._methods[method](*params)
        except SimnetError as error:
            raise RefusedError(_FAILED - error.exit_code, str(error)) from error

    def subscribe(self, method: str, params: Sequence[Any], handler: Callable[[Any], None]) -> str:
        raise InvalidParamsError("nothing to subscribe to")

    def unsubscribe(self, number: str) -> bool:
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
        downs = self._network.evidence.of_kind[Kind.NODE_DOWN]
        code = next((one.data["exit_code"] for one in reversed(downs) if one.observer == node.name), None)
        return f"exited ({code})"

    def _inject(self, fault: Mapping[str, Any], name: str | None) -> list[dict[str, Any]]:
        return [asdict(self._driver.inject(fault_from(fault), name))]

    def _heal(self, name: str) -> list[dict[str, Any]]:
        return [asdict(one) for one in self._driver.heal(name)]

    def _down(self) -> None:
        self.ending = True


class RemoteDriver:
    """The asking side: a network that another process serves."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._door = door_of(entry)

    def nodes(self) -> list[NodeStatus]:
        return [NodeStatus(**one) for one in self._ask("simnet_status", [], within=_ANSWER_WITHIN)]

    def inject(self, fault: Fault, name: str | None) -> FaultReport:
        return _report(self._ask("simnet_inject", [fault.as_data(), name])[0])

    def heal(self, name: str) -> list[FaultReport]:
        return [_report(one) for one in self._ask("simnet_heal", [name])]

    def down(self) -> None:
        """Has the network end; it goes on for a moment after this."""
        self._ask("simnet_down", [])

    def _ask(self, method: str, params: list[Any], within: float | None = None) -> Any:
        url = self._door.url + ("" if within is not None else CHANGES)
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(url, body, {"Authorization": f"Bearer {self._door.token}"})
        try:
            with _OPENER.open(request, timeout=within) as response:
                answer = json.load(response)
        except (OSError, ValueError, urllib.error.URLError) as error:
            raise EngineError(
                f"process {self._entry.pid}, which serves {self._entry.run}, does not answer ({error}); `simnet down`"
                " cleans up when it is gone"
            ) from error
        if "error" in answer:
            raise _error(answer["error"])
        return answer["result"]


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Loopback needs no proxy."""


def _report(data: Mapping[str, Any]) -> FaultReport:
    return FaultReport(**{**data, "readings": tuple(Reading(**one) for one in data["readings"])})


def _error(error: Mapping[str, Any]) -> SimnetError:
    if error["code"] == _FAILED - InputError.exit_code:
        return InputError(error["message"])
    return SimnetError(error["message"])
