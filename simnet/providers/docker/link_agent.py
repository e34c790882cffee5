"""The host's end of one sandbox's link agent: JSON lines over TCP (verbs in ``sandbox/control.py``)."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from simnet.errors import DeadlineError, FaultError
from simnet.faults import LinkState

CONTROL_PORT = 9700
"""TCP, inside the sandbox; published to the host's loopback."""
PROBE_PORT = 9701
"""UDP, between sandboxes; never published."""
TOKEN_ENV = "SIMNET_TOKEN"
"""The sandbox's environment variable with the secret that :class:`LinkAgent` shows. Random loss and jitter are seeded
from it, so sandboxes that get the same tokens again behave alike."""
VERSION = 1
"""Of the agent's protocol."""

_TIMEOUT = 10.0
_RETRY = 0.02

AgentTable = dict[str, LinkState]
"""Links that are not clear, by the IPv4 address of the node at their other end."""


def sandbox_options() -> dict[str, Any]:
    """docker-py ``run`` options that the agent needs, besides :data:`TOKEN_ENV` in ``environment``."""
    return {
        "cap_drop": ["ALL"],
        "cap_add": ["NET_ADMIN"],
        "ports": {f"{CONTROL_PORT}/tcp": ("127.0.0.1", None)},
    }


@dataclass(frozen=True)
class Tables:
    """What one agent holds: links that end at its node, and (with netem) the quality of links that start there."""

    ingress: AgentTable
    egress: AgentTable


@dataclass(frozen=True)
class Series:
    """What arrived of one series of probes; ``late`` of them after a later one."""

    arrived: int
    late: int


@dataclass(frozen=True)
class AgentStats:
    """Counts since the agent started. Packets of shaped sources only; ``overruns`` are reads that came too late.

    ``lost`` by the link's loss, ``overflowed`` from the tail of a full queue, ``held`` now. ``failure`` says why the
    shaping loop ended, if it did.
    """

    seen: int
    lost: int
    overflowed: int
    held: int
    overruns: int
    cpu_seconds: float
    failure: str | None


class LinkAgent:
    """One agent. Calls from several threads are taken in turn; probes have connections of their own.

    Every call raises :class:`FaultError` when the agent cannot be reached, does not answer or refuses.
    """

    def __init__(self, host: str, port: int, token: str) -> None:
        self._address = (host, port)
        self._token = token
        self._lock = threading.Lock()
        self._connection: _Connection | None = None
        self._mode: str | None = None

    def __str__(self) -> str:
        return "link agent at {}:{}".format(*self._address)

    @property
    def mode(self) -> str:
        """How it shapes: ``netem`` (on egress), ``nfqueue`` (on ingress), ``filter`` if its kernel can only cut."""
        if self._mode is None:
            answer = self._call({"verb": "hello"})
            if answer.get("version") != VERSION:
                raise FaultError(f"{self} speaks version {answer.get('version')}; this simnet speaks {VERSION}")
            self._mode = str(answer["mode"])
        return self._mode

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
        request = {"verb": "apply", "generation": generation}
        return _tables(self._call(request | {name: _plain(table) for name, table in vars(tables).items()}))

    def read(self) -> Tables:
        """What the kernel's rules and the shaper hold now."""
        return _tables(self._call({"verb": "read"}))

    def probe(
        self, targets: Mapping[str, int], *, count: int, interval: float, patience: float
    ) -> dict[str, list[float]]:
        """Round-trip times in seconds of the probes that came back, by target address.

        ``targets`` gives each address a series number. Takes ``count * interval`` seconds and up to ``patience`` more.
        """
        request = {"verb": "probe", "targets": dict(targets), "count": count, "interval": interval}
        try:
            with contextlib.closing(self._connect()) as connection:
                answer = connection.ask(request | {"patience": patience}, count * interval + patience + _TIMEOUT)
        except (OSError, ValueError) as error:
            raise self._failed("probe", error) from error
        return dict(self._checked("probe", answer)["rtts"])

    def arrived(self, series: Sequence[int]) -> list[Series]:
        """What this agent counted of each series since it was last asked."""
        answer = self._call({"verb": "arrived", "series": list(series)})
        return [Series(*pair) for pair in zip(answer["arrived"], answer["late"], strict=True)]

    def stats(self) -> AgentStats:
        """What the agent did and what it cost."""
        return AgentStats(**self._call({"verb": "stats"}))

    def close(self) -> None:
        """Closes the connection; a later call opens it again."""
        with self._lock:
            self._drop()

    def _call(self, request: dict[str, Any]) -> dict[str, Any]:
        verb = request["verb"]
        with self._lock:
            try:
                answer = self._ask(request)
            except (OSError, ValueError) as error:
                self._drop()
                raise self._failed(verb, error) from error
        return self._checked(verb, answer)

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._connection is not None:
            try:
                return self._connection.ask(request, _TIMEOUT)
            except ConnectionError:
                self._drop()  # it broke since the last call; every verb may be sent twice
        self._connection = self._connect()
        return self._connection.ask(request, _TIMEOUT)

    def _connect(self) -> _Connection:
        return _Connection(self._address, self._token)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _failed(self, verb: str, error: Exception) -> FaultError:
        return FaultError(f"{self} did not answer {verb!r}: {error}. Is its sandbox running?")

    def _checked(self, verb: str, answer: dict[str, Any]) -> dict[str, Any]:
        if "error" in answer:
            raise FaultError(f"{self} refused {verb!r}: {answer['error']}")
        return answer


class _Connection:
    """One TCP connection, which begins with the token. Raises :class:`OSError`, or ValueError for what is not JSON."""

    def __init__(self, address: tuple[str, int], token: str) -> None:
        self._socket = socket.create_connection(address, timeout=_TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._socket.makefile("rb")
        self._first = json.dumps({"token": token}).encode() + b"\n"

    def ask(self, request: dict[str, Any], timeout: float) -> dict[str, Any]:
        self._socket.settimeout(timeout)
        self._socket.sendall(self._first + json.dumps(request).encode() + b"\n")
        self._first = b""
        line = self._answers.readline()
        if not line.endswith(b"\n"):
            raise ConnectionResetError("it closed the connection; its token may be another, or it has just ended")
        answer = json.loads(line)
        if not isinstance(answer, dict):
            raise ConnectionAbortedError(f"it sent {line[:80]!r}")
        return answer

    def close(self) -> None:
        self._answers.close()
        self._socket.close()


def _plain(table: AgentTable) -> dict[str, dict[str, Any]]:
    return {address: asdict(state) for address, state in table.items()}


def _tables(answer: dict[str, Any]) -> Tables:
    return Tables(
        ingress={address: LinkState(**link) for address, link in answer["ingress"].items()},
        egress={address: LinkState(**link) for address, link in answer["egress"].items()},
    )
