"""The asking side of a network that another process serves."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from typing import Any

from simnet.errors import EngineError, InputError, SimnetError
from simnet.faults import Fault
from simnet.journal.records import Reading
from simnet.providers.deployments import FaultReport, NodeStatus
from simnet.providers.simulated.discovery._served_networks import ServedNetwork

CHANGES = "/changes"
"""Path of the control port for what takes virtual time: such requests wait for one another."""

FAILED = -32000
"""JSON-RPC code of an error of simnet's own; its exit code is taken off."""

_ANSWER_WITHIN = 30.0
"""Real seconds in which a question is answered; changes may take as long as they take."""


class RemoteDriver:
    """Asks the control port; one request each time."""

    def __init__(self, entry: ServedNetwork) -> None:
        self._entry = entry

    def nodes(self) -> list[NodeStatus]:
        return [NodeStatus(**one) for one in self._ask("simnet_status", [], within=_ANSWER_WITHIN)]

    def inject(self, fault: Fault, name: str | None) -> FaultReport:
        return _report(self._ask("simnet_inject", [fault.as_data(), name]))

    def heal(self, name: str) -> list[FaultReport]:
        return [_report(one) for one in self._ask("simnet_heal", [name])]

    def down(self) -> None:
        """Has the network end; it goes on for a moment after this."""
        self._ask("simnet_down", [])

    def _ask(self, method: str, params: list[Any], within: float | None = None) -> Any:
        url = self._entry.url + ("" if within is not None else CHANGES)
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(url, body, {"Authorization": f"Bearer {self._entry.token}"})
        try:
            with _OPENER.open(request, timeout=within) as response:
                answer = json.load(response)
        except (OSError, ValueError) as error:
            raise EngineError(
                f"process {self._entry.pid}, which serves {self._entry.run}, does not answer ({error}); `simnet down`"
                " cleans up when it is gone"
            ) from error
        if "error" in answer:
            known = answer["error"]["code"] == FAILED - InputError.exit_code
            raise (InputError if known else SimnetError)(answer["error"]["message"])
        return answer["result"]


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Loopback needs no proxy."""


def _report(data: Mapping[str, Any]) -> FaultReport:
    return FaultReport(**{**data, "readings": tuple(Reading.from_data(one) for one in data["readings"])})
