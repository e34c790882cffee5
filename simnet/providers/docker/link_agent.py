"""The host's end of one sandbox's link agent: JSON lines over TCP (verbs in ``sandbox/control.py``)."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from simnet.errors import DeadlineError, FaultError
from simnet.faults import LinkState
from simnet.providers.docker.sandbox.control import VERSION

_TIMEOUT = 10.0
_RETRY = 0.02

AgentTable = dict[str, LinkState]
"""Links that are not clear, by the IPv4 address of the node at their other end."""


@dataclass(frozen=True)
class Tables:
    """What one agent holds: links that end at its node, and (with netem) the quality of links that start there."""

    ingress: AgentTable
    egress: AgentTable


@dataclass
class LinkAgent:
    """One agent, with the secret that its sandbox was given. Each call has a connection of its own.

    Every call raises :class:`FaultError` when the agent cannot be reached, does not answer or refuses.
    """

    host: str
    port: int
    token: str

    def __str__(self) -> str:
        return f"link agent at {self.host}:{self.port}"

    @cached_property
    def mode(self) -> str:
        """How it shapes: ``netem`` (on egress), ``nfqueue`` (on ingress), ``filter`` if its kernel can only cut."""
        answer = self._ask("hello")
        if answer.get("version") != VERSION:
            raise FaultError(f"{self} speaks version {answer.get('version')}; this simnet speaks {VERSION}")
        return str(answer["mode"])

    def wait_ready(self, deadline: float) -> None:
        """Waits until the agent answers; ``deadline`` in seconds from now. Raises :class:`DeadlineError`."""
        end = time.monotonic() + deadline
        pause = threading.Event()
        while True:
            try:
                self.mode  # noqa: B018 - asked for its answer
            except FaultError as error:
                if time.monotonic() >= end:
                    raise DeadlineError(
                        f"not ready after {deadline:g}s: {error}. See `docker logs` of its sandbox"
                    ) from error
                pause.wait(_RETRY)
            else:
                return

    def apply(self, generation: int, tables: Tables) -> Tables:
        """Replaces all rules and returns what was then read back. A lower ``generation`` than the last is refused."""
        return _tables(self._ask("apply", generation=generation, **vars(tables)))

    def read(self) -> Tables:
        """What the kernel's rules and the shaper hold now."""
        return _tables(self._ask("read"))

    def probe(
        self, targets: Mapping[str, int], *, count: int, interval: float, patience: float
    ) -> dict[str, list[float]]:
        """Round-trip times in seconds of the probes that came back, by target address.

        ``targets`` gives each address a series number of its own. ``count`` probes go to every target, one every
        ``interval`` seconds; then echoes are awaited until all came or ``patience`` seconds passed.
        """
        request = {"targets": dict(targets), "count": count, "interval": interval, "patience": patience}
        return dict(self._ask("probe", count * interval + patience, **request)["rtts"])

    def arrived(self, series: Sequence[int]) -> dict[int, tuple[int, int]]:
        """How many of each series arrived since it was last asked for, and how many of them after a later one."""
        counts = self._ask("arrived", series=series)["arrived"]
        return {number: (seen, late) for number, (seen, late) in zip(series, counts, strict=True)}

    def _ask(self, verb: str, takes: float = 0.0, **request: Any) -> dict[str, Any]:
        """The answer, which the agent gives after about ``takes`` seconds."""
        lines = ({"token": self.token}, {"verb": verb, **request})
        try:
            with socket.create_connection((self.host, self.port), timeout=_TIMEOUT) as connection:
                connection.sendall("".join(f"{json.dumps(line, default=vars)}\n" for line in lines).encode())
                connection.settimeout(takes + _TIMEOUT)
                with connection.makefile("rb") as answers:
                    line = answers.readline()
            if not line.endswith(b"\n"):
                raise ConnectionResetError("it closed the connection; its token may be another, or it has just ended")
            answer: dict[str, Any] = json.loads(line)
        except (OSError, ValueError) as error:
            raise FaultError(f"{self} did not answer {verb!r}: {error}. Is its sandbox running?") from error
        if "error" in answer:
            raise FaultError(f"{self} refused {verb!r}: {answer['error']}")
        return answer


def _tables(answer: dict[str, Any]) -> Tables:
    ingress, egress = (
        {address: LinkState(**link) for address, link in answer[side].items()} for side in ("ingress", "egress")
    )
    return Tables(ingress, egress)
