"""One node's container: started, stopped, paused, wiped, set back; its logs followed, its end noticed."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from pathlib import Path

import docker.errors
from docker.models.containers import Container
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from simnet.errors import EngineError
from simnet.faults import Process
from simnet.journal import Journal, Reader
from simnet.journal.records import LogMatch, NodeDown, NodePaused, NodeResumed, NodeUp, RecordData
from simnet.network.topology import Node
from simnet.providers.cycles import OVERRIDES, Life
from simnet.providers.docker import confinement
from simnet.providers.docker.engine import Engine, remove_container

TAIL = 30
"""Log lines kept for error messages."""

BEGINS = re.compile(r"Highest known block at #(\d+)")
"""What a node says of its database when it starts (sc-service builder.rs). A collator says it of both its chains."""

OF_RELAY_CHAIN = "[Relaychain]"
"""What a collator puts before lines of its relay-chain client (cumulus)."""

STOP_TIMEOUT = 15
"""Seconds between SIGTERM and SIGKILL when a node is stopped."""

_BROKEN = (docker.errors.APIError, RequestException, HTTPError, OSError, ValueError)
"""What reading a log may raise when the engine, or the connection to it, breaks off."""

_RETRY = 0.5
_EXIT_WITHIN = 2.0
"""Seconds in which a process whose log ended has ended too; else only the reading has."""


@dataclass
class Runner:
    """The process of one node. ``command`` builds its command line from the node with the flags that hold now."""

    engine: Engine
    node: Node
    _: KW_ONLY
    sandbox: Container
    config_volume: str
    keystore: Mapping[str, bytes]
    command: Callable[[Node], list[str]]
    journal: Journal
    log_file: Path
    log_patterns: Sequence[str] = ()
    incarnation: int = field(init=False, default=0)
    expected: Process = field(init=False, default="killed")
    closing: bool = field(init=False, default=False)
    """Whether the network is being removed, also while a thread still starts the node: that it ends is no crash."""
    began: int | None = field(init=False, default=None)
    """Highest block of its own chain in the database when the process began, once its log has told."""
    kept: int | None = field(init=False, default=None)
    """The same of the copy of its database."""
    container: Container | None = field(init=False, default=None)
    _tail: deque[str] = field(init=False, default_factory=lambda: deque(maxlen=TAIL))
    _follower: threading.Thread | None = field(init=False, default=None)
    _lost_since: float | None = field(init=False, default=None)
    """Since when the log of the process that runs is not read; None while it is."""
    _last_read: float = field(init=False, default=0.0)
    _gap_lock: threading.Lock = field(init=False, default_factory=threading.Lock)
    _pause: threading.Event = field(init=False, default_factory=threading.Event)

    # -- acts -----------------------------------------------------------------------------------------------------

    def start(self, reason: str) -> None:
        """Starts the process in a fresh container over the node's database; returns when the engine says it runs.

        At the launch of the network nobody warps: peers that stand at genesis have no proof to give, and a node holds
        an empty one against them (sc-consensus-grandpa warp_proof.rs, "Empty proof").
        """
        node = self.node if reason != "launch" else replace(self.node, sync="full")
        if self.container is not None:
            remove_container(self.container)
        else:
            self.engine.fill_volume(node.image, self._database, "/data", self.keystore or {".simnet": b""})
        container = self.container = self.engine.container(
            node.image,
            node.name,
            role="node",
            node=node.name,
            entrypoint=[] if node.command is not None else None,
            command=list(node.command) if node.command is not None else self.command(node),
            network_mode=f"container:{self.sandbox.id}",
            environment=dict(node.env),
            volumes={
                self.engine.full_name(self._database): {"bind": "/data", "mode": "rw"},
                self.config_volume: {"bind": "/cfg", "mode": "ro"},
            },
            **confinement.of_node(node),
        )
        self.expected, self.began = "running", None
        self._tail.clear()
        try:
            container.start()
        except docker.errors.APIError as error:
            raise EngineError(f"the engine could not start {node.name}: {error.explanation}") from error
        self._tell(NodeUp(image=node.image, flags=list(node.flags), reason=reason))
        self._watch(container)

    def override(self, code: bytes) -> None:
        """Puts code into the node's database folder, which it runs from its next start on in place of its chain's."""
        folder = OVERRIDES.rpartition("/data/")[2]
        self.engine.fill_volume(self.node.image, self._database, "/data", {f"{folder}/override.wasm": code})
        if OVERRIDES not in self.node.flags:
            self.node = replace(self.node, flags=(*self.node.flags, OVERRIDES))

    def adopt(self, container: Container, node: Node, incarnation: int, expected: Process) -> None:
        """Takes over a container that another process of simnet made; its log goes on where the file ends."""
        self.container, self.node, self.incarnation, self.expected = container, node, incarnation, expected
        since = self.log_file.stat().st_mtime if self.log_file.exists() else None
        self._watch(container, since)

    def end(self, process: Process) -> None:
        """Ends the process on purpose: ``stopped`` by SIGTERM, ``killed`` by SIGKILL."""
        container = self._container()
        self.expected = process
        try:
            if self.process() == "paused":
                container.unpause()
            if process == "stopped":
                container.stop(timeout=STOP_TIMEOUT)
            else:
                container.kill()
        except docker.errors.APIError as error:
            if error.status_code != 409:
                raise EngineError(f"the engine could not end {self.node.name}: {error.explanation}") from error
        container.wait(timeout=STOP_TIMEOUT * 2)
        self._down(container, intended=True)

    def pause(self) -> None:
        self.expected = "paused"
        self._container().pause()
        self._tell(NodePaused())

    def resume(self) -> None:
        self._container().unpause()
        self.expected = "running"
        self._tell(NodeResumed())

    def wipe(self) -> None:
        """Deletes the databases of an ended node; the next start is a new incarnation with the same keys."""
        remove_container(self._container())
        self.container = None
        self.engine.remove_volume(self._database)
        self.incarnation += 1

    @property
    def has_snapshot(self) -> bool:
        """Whether the engine has a copy of the databases, whichever process took it."""
        return self.engine.has_volume(self._snapshot)

    def keep(self) -> None:
        """Copies the databases of an ended node, in the place of an earlier copy."""
        if self.has_snapshot:
            self.engine.remove_volume(self._snapshot)
        self.engine.copy_volume(self.sandbox.attrs["Image"], self._database, self._snapshot)

    def restore(self) -> None:
        """Puts the copy in the place of an ended node's databases; the next start is a new incarnation."""
        self.wipe()
        self.engine.copy_volume(self.sandbox.attrs["Image"], self._snapshot, self._database)

    def process(self) -> Process:
        """What the engine says of the process now."""
        if self.container is None:
            return "killed"
        self.container.reload()
        state = self.container.attrs["State"]
        if state["Paused"]:
            return "paused"
        return "running" if state["Running"] else "stopped"

    def life(self) -> Life:
        """The process as the engine has it."""
        container = self._container()
        container.reload()
        config = container.attrs["Config"]
        return Life(
            process=f"{container.id} {container.attrs['State']['StartedAt']}",
            incarnation=self.incarnation,
            block=self.began,
            image=config["Image"],
            command=tuple(config["Cmd"] or ()),
        )

    def rebase(self, log_file: Path) -> None:
        """Another run begins: the log goes on in its folder."""
        self.log_file = log_file
        if self._lost_since is not None:
            self._lost_since = self.journal.clock()

    def note_open_gap(self) -> None:
        """Journals that the log is not read any more, before the run is judged."""
        follower = self._follower
        if self._lost_since is None and follower is not None and not follower.is_alive():
            self._lost_since = self._last_read
        if self.expected == "running":
            self._note_gap("its log was not read up to the end", lasts=True)

    # -- watching -------------------------------------------------------------------------------------------------

    @property
    def _database(self) -> str:
        return f"{self.node.name}-{self.incarnation}"

    @property
    def _snapshot(self) -> str:
        return f"{self.node.name}-snapshot"

    def _watch(self, container: Container, since: float | None = None) -> None:
        self._lost_since, self._last_read = None, self.journal.clock()
        self._follower = threading.Thread(
            target=self._follow, args=(container, since), name=f"log {self.node.name}", daemon=True
        )
        self._follower.start()

    def _container(self) -> Container:
        if self.container is None:
            raise EngineError(f"{self.node.name} has no container: it was never started")
        return self.container

    def _follow(self, container: Container, since: float | None) -> None:
        """Copies the log to its file until the process ends, then says so if nobody asked for that.

        Where reading breaks off while the process runs on it is begun anew, and the time in between is a gap.
        """
        while True:
            with contextlib.suppress(*_BROKEN):
                stream = container.logs(stream=True, follow=True, since=since)
                self._note_gap("its log could not be read")
                self._copy(stream)
            if self.container is not container or self.expected in ("stopped", "killed"):
                return
            if self._ended(container):
                return
            if self._lost_since is None:
                self._lost_since = self._last_read
            self._pause.wait(_RETRY)
            since = time.time()

    def _copy(self, stream: Iterable[bytes]) -> None:
        rest = b""
        self._last_read = self.journal.clock()
        for chunk in stream:
            *lines, rest = (rest + chunk).split(b"\n")
            with self.log_file.open("ab") as file:  # for each chunk, since another run has another folder
                file.writelines(line + b"\n" for line in lines)
            for line in lines:
                self._line(line.decode(errors="replace"))
            self._last_read = self.journal.clock()

    def _ended(self, container: Container) -> bool:
        """Whether the process ended by itself, which is journaled then."""
        try:
            container.wait(timeout=_EXIT_WITHIN)
            if self.expected == "running" and self.container is container and not self.closing:
                self._down(container, intended=False)
        except (docker.errors.APIError, EngineError, RequestException):
            return False
        if self.container is container:
            self._follower = None
        return True

    def _note_gap(self, reason: str, *, lasts: bool = False) -> None:
        with self._gap_lock:
            if self._lost_since is not None:
                self.journal.append_gap(self.node.name, Reader.LOG, self._lost_since, reason)
                self._lost_since = self.journal.clock() if lasts else None

    def _line(self, line: str) -> None:
        self._tail.append(line)
        begins = BEGINS.search(line) if self.began is None else None
        if begins is not None and OF_RELAY_CHAIN not in line:
            self.began = int(begins[1])
        for pattern in self.log_patterns:
            if re.search(pattern, line):
                self._tell(LogMatch(pattern=pattern, line=line[:2000]))

    def _down(self, container: Container, *, intended: bool) -> None:
        container.reload()
        state = container.attrs["State"]
        exit_code, oom_killed = state["ExitCode"], state["OOMKilled"]
        tail = [] if intended else list(self._tail)
        self._tell(NodeDown(intended=intended, exit_code=exit_code, oom_killed=oom_killed, log_tail=tail))

    def _tell(self, data: RecordData) -> None:
        self.journal.append(data, observer=self.node.name, incarnation=self.incarnation)
