"""Watches one node over its JSON-RPC: heads, blocks, peers; and says when it could not be watched."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from simnet.chain.recorder import ChainRecorder
from simnet.chain.rpc import WebSocketRpc
from simnet.codec import DecodeError
from simnet.errors import RpcError
from simnet.journal import Journal, Kind, Reader
from simnet.journal.records import BestHead, FinalizedHead, NodeReady, PeerCount, RecordData

HEALTH_INTERVAL = 6.0
"""Seconds between looks at a node's peers: one relay slot."""

GAP_AFTER = 20.0
"""Seconds without any answer from a node that should run after which it counts as not watched."""

_RETRY = 0.5
_LAST_BLOCK = 10.0
"""Seconds that closing leaves a node that answers to have the block read that it is at."""

_HEADS = {"best": BestHead(), "finalized": FinalizedHead()}


@dataclass
class RpcObserver:
    """One thread per node. ``should_answer`` tells whether the node is supposed to run and answer now; ``answered`` is
    told of each call that it answered: method, parameters, result."""

    name: str
    chain: str
    url: str
    journal: Journal
    recorder: ChainRecorder
    should_answer: Callable[[], bool]
    answered: Callable[[str, Sequence[Any], Any], None] = lambda *_: None
    incarnation: int = field(init=False, default=0)
    _stop: threading.Event = field(init=False, default_factory=threading.Event)
    _inbox: queue.SimpleQueue[tuple[str, Any]] = field(init=False, default_factory=queue.SimpleQueue)
    _rpc: WebSocketRpc | None = field(init=False, default=None)
    _since: float | None = field(init=False, default=None)
    """When the node answered last, or since when it should answer."""
    _answered: bool = field(init=False, default=False)
    """Whether it did since it should; before, it may be starting."""
    _heads: dict[Kind, str] = field(init=False, default_factory=dict)
    _peers: PeerCount | None = field(init=False, default=None)
    _announced: bool = field(init=False, default=False)
    version: str | None = field(init=False, default=None)
    """What the process that answered last said of its release."""

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run, name=f"observer {self.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def rebase(self) -> None:
        """The journal's clock began anew with another run."""
        if self._since is not None:
            self._since = self.journal.clock()

    def note_end(self) -> None:
        """Before the run is judged: journals a gap that lasts, or else once more the peers that the node had last."""
        self._note_gap("it did not answer up to the end")
        if self._answered and self._peers is not None and self.should_answer():
            self._tell(self._peers)

    @property
    def rpc(self) -> WebSocketRpc:
        """The live connection; raises :class:`RpcError` while there is none."""
        rpc = self._rpc
        if rpc is None or rpc.closed:
            raise RpcError(f"{self.name} has no JSON-RPC connection now")
        return rpc

    def expect_again(self, *, at_once: bool = False) -> None:
        """The process was started, or resumed and should answer ``at_once``: its next answer is announced as ready."""
        self._announced = False
        self._since = self.journal.clock() if at_once else None
        self._answered = at_once
        self._peers = None

    def close(self) -> None:
        """Ends the thread; a gap that is open is journaled."""
        self._stop.set()
        self._inbox.put(("closed", None))
        if self.should_answer():
            self._thread.join(timeout=_LAST_BLOCK)
        if self._rpc is not None:
            self._rpc.close()
        self._thread.join(timeout=_LAST_BLOCK)
        self.note_end()

    def _run(self) -> None:
        while not self._stop.is_set():
            if not self.should_answer():
                self._since, self._answered = None, False
                self._stop.wait(_RETRY)
                continue
            if self._since is None:
                self._since = self.journal.clock()
            try:
                self._watch()
            except (RpcError, DecodeError):
                self._stop.wait(_RETRY)

    def _watch(self) -> None:
        """Connects and records until the connection breaks (:class:`RpcError`) or the node should not answer any
        more."""
        inbox: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._inbox = inbox
        self._rpc = rpc = WebSocketRpc(self.url, on_close=lambda: inbox.put(("closed", None)), on_answer=self.answered)
        try:
            self.version = str(rpc.call("system_version"))
            self._contact()
            self.recorder.prepare(rpc)
            self._current(rpc)
            rpc.subscribe("chain_subscribeAllHeads", lambda header: inbox.put(("block", header)))
            rpc.subscribe("chain_subscribeNewHeads", lambda header: inbox.put(("best", header)))
            rpc.subscribe("chain_subscribeFinalizedHeads", lambda header: inbox.put(("finalized", header)))
            health_due = time.monotonic()
            while not self._stop.is_set() and self.should_answer():
                if time.monotonic() >= health_due:
                    self._health(rpc)
                    health_due = time.monotonic() + HEALTH_INTERVAL
                try:
                    what, header = inbox.get(timeout=max(0.05, health_due - time.monotonic()))
                except queue.Empty:
                    continue
                if what == "closed":
                    raise RpcError(f"{self.name} closed the connection")
                self._contact()
                self._block(rpc, header, _HEADS.get(what))
        finally:
            rpc.close()

    def _current(self, rpc: WebSocketRpc) -> None:
        """The heads as they are. Asked for before subscribing: a subscription begins with the head as it was then,
        which would look like a fall if a later one were known already."""
        self._block(rpc, rpc.call("chain_getHeader"), _HEADS["best"])
        finalized = rpc.call("chain_getFinalizedHead")
        self._block(rpc, rpc.call("chain_getHeader", [finalized]), _HEADS["finalized"])

    def _block(self, rpc: WebSocketRpc, header: Any, head: RecordData | None) -> None:
        """Records a block, and the ``head`` that it is, if that is another than before."""
        height, hash_ = self.recorder.block(rpc, self.name, self.incarnation, header)
        if head is not None and self._heads.get(head.kind) != hash_:
            self._heads[head.kind] = hash_
            self._tell(head, chain=self.chain, height=height, hash=hash_)
        self.recorder.read_contents(rpc, self.name)

    def _health(self, rpc: WebSocketRpc) -> None:
        health = rpc.call("system_health", timeout=HEALTH_INTERVAL * 2)
        self._contact()
        peers = PeerCount(count=int(health["peers"]), syncing=bool(health["isSyncing"]))
        if peers != self._peers:
            self._peers = peers
            self._tell(peers)

    def _tell(self, data: RecordData, **where: Any) -> None:
        self.journal.append(data, observer=self.name, incarnation=self.incarnation, **where)

    def _contact(self) -> None:
        if self._answered:
            self._note_gap("its JSON-RPC did not answer")
        self._since, self._answered = self.journal.clock(), True
        if not self._announced:
            self._announced = True
            self._tell(NodeReady(version=self.version))

    def _note_gap(self, reason: str) -> None:
        """Journals that nothing was read for so long."""
        now = self.journal.clock()
        if self._since is not None and now - self._since > GAP_AFTER and self.should_answer():
            self.journal.append_gap(self.name, Reader.HEADS, self._since, reason)
            self._since = now
