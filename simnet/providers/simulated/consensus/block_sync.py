"""Block sync: a node that lacks more than a block fetches ranges from its peers, and imports one block after the other.

Follows sc-network-sync, strategy/chain_sync.rs. While it is far behind, what it imports goes in silently, so that no
subsystem acts on it, and the node authors nothing. What it missed of finality it learns in the end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simnet.providers.simulated.clock import NEVER
from simnet.providers.simulated.consensus.propagation import Propagation
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.observer import Observer
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.times import IMPORT, SKIPPED_IMPORT, SYNC_IMPORT, Times
from simnet.providers.simulated.transport import Transport
from simnet.providers.simulated.view import View

FAR = 5
"""Blocks by which the median of its peers may be ahead of a node that is not far behind (sc-network-sync 0.60
chain_sync.rs, MAJOR_SYNC_BLOCKS)."""

AT_ONCE = 64
"""Blocks that one request asks for (sc-cli 0.64 network_params.rs, max_blocks_per_request)."""

AHEAD = 2048
"""Blocks that were asked for and are not imported, at most (sc-network-sync 0.60, MAX_DOWNLOAD_AHEAD)."""

REQUEST = 200
"""Bytes of a request, roughly."""

_ENVELOPE = 100
"""Bytes around a block in an answer, roughly."""


@dataclass
class _Arrived:
    """A block that waits to be imported: from whom, and whether the node was far behind when it came."""

    peer: int
    silent: bool


@dataclass
class _Download:
    """What a node fetches. Blocks are in ``asked`` from the request to their import."""

    goals: dict[ExecutedBlock, None] = field(default_factory=dict)
    asked: dict[ExecutedBlock, None] = field(default_factory=dict)
    arrived: dict[ExecutedBlock, _Arrived] = field(default_factory=dict)
    peers: list[int] = field(default_factory=list)
    busy: set[int] = field(default_factory=set)
    """Peers that have not answered yet."""
    importing: bool = False
    over: bool = False
    """Whether it has all but what warp sync skipped."""


@dataclass(eq=False)
class BlockSync:
    """Downloads of all nodes of one chain.

    ``justified`` is told of imports by whose justification a block may be final, with the peer that gave it; ``done``
    when a node has all that it heard of; ``held`` says that a node fetches no blocks yet.
    """

    processes: Processes
    transport: Transport
    times: Times
    members: NDArray[np.bool_]
    propagation: Propagation
    observer: Observer
    justified: Callable[[int, ExecutedBlock, int], None]
    done: Callable[[int], None]
    held: Callable[[int], bool]
    _downloads: dict[int, _Download] = field(init=False, default_factory=dict)

    def reached(self, source: int, receiver: int) -> None:
        """A node hears what another one calls best."""
        view, best = self.propagation.view(receiver), self.propagation.view(source).best
        lacking = best not in view and not self.propagation.comes(receiver, best)
        if not lacking and view.skipped is None:
            return
        told = self.transport.direct(source, receiver, REQUEST)
        if told < NEVER:
            self.processes.when(receiver, told, lambda: self.learn(receiver, best))

    def learn(self, node: int, block: ExecutedBlock) -> None:
        """A node hears of a block that it may lack."""
        view = self.propagation.view(node)
        if self.held(node) or (block in view and view.skipped is None):
            return
        download = self._downloads.setdefault(node, _Download())
        if block not in view and block not in download.goals:
            download.goals = {goal: None for goal in download.goals if not block.descends_from(goal)}
            download.goals[block] = None
            download.over = False
        self._proceed(node, download)
        self._import(node, download)

    def ended(self, node: int) -> None:
        """The process ended: what it fetched and did not import is lost."""
        self._downloads.pop(node, None)

    def peers(self, node: int) -> list[int]:
        """Nodes of the chain that a node is connected with."""
        nodes = self.processes.nodes
        return [
            other.index
            for other in nodes
            if other.index != node and self.members[other.index] and self.transport.carries(node, other.index)
        ]

    def target(self, node: int) -> int | None:
        """The median height of what a node's peers call best, the higher one of two; None without a peer."""
        return self._median(self.peers(node))

    def judge(self, node: int, peers: Iterable[int] | None = None, *, far: bool = False) -> None:
        """Sees whether a node is far behind its peers, or is ``far`` anyhow."""
        one, chain = self.processes.nodes[node], self.propagation.chain
        median = self._median(self.peers(node) if peers is None else peers)
        best = self.propagation.view(node).best.number
        far = far or (median is not None and median > best + FAR)
        if far == (chain in one.syncing):
            return
        if far:
            one.syncing[chain] = None
            self.observer.log(one, f"far behind on {chain}: block {best}, peers have {median}")
        else:
            del one.syncing[chain]
            self.observer.log(one, f"not far behind on {chain} any more: block {best}")
        if chain == one.spec.chain:
            self.observer.behind(one)

    def _median(self, peers: Iterable[int]) -> int | None:
        heights = sorted(self.propagation.view(peer).best.number for peer in peers)
        return heights[len(heights) // 2] if heights else None

    # -- fetching -------------------------------------------------------------------------------------------------

    def _proceed(self, node: int, download: _Download) -> None:
        """Asks every peer that is not busy for a range that nobody was asked for and that it has."""
        view = self.propagation.view(node)
        download.peers = self.peers(node)
        self.judge(node, download.peers)
        free = [peer for peer in download.peers if peer not in download.busy]
        for goal in self._goals(node, download):
            lacking = deque(block for block in view.missing(goal) if block not in download.asked)
            while free and lacking and len(download.asked) < AHEAD:
                peer = free.pop(0)
                theirs, blocks = self.propagation.view(peer), list[ExecutedBlock]()
                while lacking and len(blocks) < AT_ONCE and lacking[0] in theirs:
                    blocks.append(lacking.popleft())
                if blocks:
                    self._ask(node, download, peer, blocks)

    def _goals(self, node: int, download: _Download) -> list[ExecutedBlock]:
        """The latest first, what warp sync skipped last."""
        skipped = self.propagation.view(node).skipped
        return [*reversed(download.goals), *([] if skipped is None else [skipped])]

    def _ask(self, node: int, download: _Download, peer: int, blocks: list[ExecutedBlock]) -> None:
        size = sum(len(one.header) + sum(map(len, one.extrinsics)) + _ENVELOPE for one in blocks)
        arrival = self.transport.ask(node, peer, REQUEST, size)
        if arrival == NEVER:
            return
        download.busy.add(peer)
        download.asked.update(dict.fromkeys(blocks))
        self.processes.when(node, arrival, lambda: self._answered(node, download, peer, blocks))

    def _answered(self, node: int, download: _Download, peer: int, blocks: list[ExecutedBlock]) -> None:
        if self._downloads.get(node) is not download:
            return
        download.busy.discard(peer)
        if self.transport.carries(node, peer):
            silent = self.propagation.chain in self.processes.nodes[node].syncing
            download.arrived.update({block: _Arrived(peer, silent) for block in blocks})
        else:
            for block in blocks:
                download.asked.pop(block, None)
        self._proceed(node, download)
        self._import(node, download)

    # -- importing ------------------------------------------------------------------------------------------------

    def _import(self, node: int, download: _Download) -> None:
        """Begins to import the next block that can be."""
        if download.importing:
            return
        view = self.propagation.view(node)
        following = next((one for one in download.arrived if one in view or view.has_parent(one)), None)
        if following is None:
            if not download.busy:
                self._rest(node, download)
            return
        download.importing = True
        takes = self.times.one(SKIPPED_IMPORT if _fills(view, following) else SYNC_IMPORT)

        def execute() -> None:
            now = self.processes.clock.now
            self.processes.work(node, now, takes, lambda: self._stored(node, download, following), IMPORT.share)

        assert following.parent is not None
        self.propagation.compiled.when_ready(node, following.parent, execute)

    def _stored(self, node: int, download: _Download, block: ExecutedBlock) -> None:
        if self._downloads.get(node) is not download:
            return
        download.importing = False
        came = download.arrived.pop(block)
        download.asked.pop(block, None)
        view = self.propagation.view(node)
        if block not in view:
            if _fills(view, block):
                view.fill(block, self.processes.clock.now)
            elif self.propagation.store(node, block, told=not came.silent) is not None:
                del self._downloads[node]
                self.judge(node, download.peers)
                return
            else:
                self.justified(node, block, came.peer)
                self.judge(node, download.peers)
        self._import(node, download)

    def _rest(self, node: int, download: _Download) -> None:
        """Nothing is under way: goals that no peer has any more are given up, others asked for if they can be."""
        view = self.propagation.view(node)
        theirs = [self.propagation.view(peer) for peer in self.peers(node)]
        download.goals = {
            goal: None for goal in download.goals if goal not in view and any(goal in one for one in theirs)
        }
        if download.goals:
            self._proceed(node, download)
            return
        if view.skipped is None:
            del self._downloads[node]
        if not download.over:
            download.over = True
            self.judge(node)
            self.done(node)
        if view.skipped is not None:
            self._proceed(node, download)


def _fills(view: View, block: ExecutedBlock) -> bool:
    """Whether a block is one of those that warp sync skipped."""
    return view.skipped is not None and block.number <= view.skipped.number
