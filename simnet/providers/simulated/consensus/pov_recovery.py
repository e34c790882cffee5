"""Recovery of proofs: a parachain's node that lacks a block which waits on the relay chain, or is included there, makes
it, and the others of its candidate, from the proof that validators keep (cumulus-client-pov-recovery)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from simnet.network.topology import RELAY
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.candidates import Candidate
from simnet.providers.simulated.clock import MILLISECOND, NEVER
from simnet.providers.simulated.consensus.availability import Availability
from simnet.providers.simulated.consensus.propagation import Propagation
from simnet.providers.simulated.ledger import ExecutedBlock, Ledger
from simnet.providers.simulated.observer import Observer
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.protocols import NodeProtocol
from simnet.providers.simulated.times import IMPORT, Times
from simnet.providers.simulated.wall_time import SLOT

_SHORTEST, _LONGEST = SLOT * MILLISECOND // 2, SLOT * MILLISECOND
"""Nanoseconds for which a collator waits, so that the block may come by itself (cumulus-client-service
DARecoveryProfile::Collator: from half a relay slot to a whole one)."""


@dataclass
class _Wanted:
    """A candidate of the node's parachain that is on the relay chain. ``waiting``: queued to be recovered, or being
    recovered."""

    candidate: Candidate
    waiting: bool = False


@dataclass
class _Recoveries:
    """What one node's process knows. Blocks are named by their hashes, candidates by those of their last blocks."""

    wanted: dict[bytes, _Wanted] = field(default_factory=dict)
    queue: deque[bytes] = field(default_factory=deque)
    again: set[bytes] = field(default_factory=set)
    """Candidates of which a first attempt failed."""
    orphans: dict[bytes, list[ExecutedBlock]] = field(default_factory=dict)
    """Recovered blocks that wait for a parent which is being recovered, by the parent."""


@dataclass(eq=False)
class PovRecovery(NodeProtocol):
    """Recoveries of all nodes of parachains. ``random`` draws the waiting, ``times`` what importing takes."""

    processes: Processes
    availability: Availability
    candidates: Mapping[bytes, Candidate]
    ledgers: Mapping[str, Ledger]
    propagation: Mapping[str, Propagation]
    random: Random
    times: Times
    observer: Observer

    def __post_init__(self) -> None:
        self._nodes = {
            node.index: _Recoveries()
            for node in self.processes.nodes
            if node.spec.chain != RELAY and node.para is not None
        }

    def ended(self, node: int) -> None:
        """The process ended: nothing of it is in the database."""
        if node in self._nodes:
            self._nodes[node] = _Recoveries()

    def imported(self, node: int, block: ExecutedBlock) -> None:
        """A relay block: candidates that wait there for availability may be of blocks that the node lacks."""
        one = self.processes.nodes[node]
        if node not in self._nodes or one.behind:
            return
        para, final = int(one.spec.chain), self.processes.para_view(node).finalized.number
        wanted = self._nodes[node].wanted
        for core in relay_state.cores(block):
            candidate = None if core.candidate is None or core.para != para else self.candidates.get(core.candidate)
            if candidate is None or candidate.head.number <= final or candidate.head.hash in wanted:
                continue
            wanted[candidate.head.hash] = _Wanted(candidate)
            self._want(node, candidate.head.hash)

    def included(self, node: int, head: bytes) -> None:
        """The best relay block includes a block that the node lacks: it wants all that leads there."""
        self._want(node, head, ancestors=True)

    def came(self, node: int, block: ExecutedBlock) -> None:
        """The node has a new block of its parachain; others may have waited for it."""
        recoveries = self._nodes[node]
        if block.hash in recoveries.wanted:
            recoveries.wanted[block.hash].waiting = False
        for child in recoveries.orphans.pop(block.hash, ()):
            self._import(node, child)

    def finalized(self, node: int, block: ExecutedBlock) -> None:
        """The node's parachain is final up to a block: what is not higher is wanted no more."""
        recoveries = self._nodes[node]
        recoveries.wanted = {
            hash_: one for hash_, one in recoveries.wanted.items() if one.candidate.head.number > block.number
        }

    def _want(self, node: int, hash_: bytes, *, ancestors: bool = False) -> None:
        """Queues a candidate that the node lacks, after those before it if they are asked for too.

        Those are found by the parents of last blocks. For a candidate of several blocks that is no other one's last,
        and nothing is queued then: it waits for peers (``PoVRecovery::recover``)."""
        recoveries, view, lacking = self._nodes[node], self.processes.para_view(node), []
        while hash_ in recoveries.wanted:
            one = recoveries.wanted[hash_]
            known = self._block(node, hash_)
            if one.waiting or (known is not None and known in view):
                break
            one.waiting = True
            lacking.append(hash_)
            if not ancestors:
                break
            if len(one.candidate.blocks) > 1:
                return
            hash_ = one.candidate.parent.hash
        for one_hash in reversed(lacking):
            self._queue(node, one_hash)

    def _queue(self, node: int, hash_: bytes) -> None:
        recoveries = self._nodes[node]
        recoveries.queue.append(hash_)
        delay = _SHORTEST + int(self.random.random() * (_LONGEST - _SHORTEST))

        def due() -> None:
            self._recover(node, recoveries.queue.popleft())

        self.processes.when(node, self.processes.clock.now + delay, due)

    def _recover(self, node: int, hash_: bytes) -> None:
        recoveries = self._nodes[node]
        one = recoveries.wanted.get(hash_)
        if one is None or not one.waiting:
            return
        self.observer.log(self.processes.nodes[node], f"block 0x{hash_.hex()[:8]} not here: its proof is recovered")
        there = self.availability.recover(node, one.candidate, from_backers=False)
        if there < NEVER:
            takes = sum(self.times.one(IMPORT) for _ in one.candidate.blocks)
            self.processes.work(node, there, takes, lambda: self._recovered(node, one.candidate), IMPORT.share)
        elif hash_ not in recoveries.again:
            recoveries.again.add(hash_)
            self._queue(node, hash_)
        else:
            recoveries.again.discard(hash_)
            self._give_up(recoveries, hash_)

    def _recovered(self, node: int, candidate: Candidate) -> None:
        """The proof is here. That of an invalid candidate has another block than it says."""
        recoveries, hash_, parent = self._nodes[node], candidate.head.hash, candidate.parent
        recoveries.again.discard(hash_)
        if self._block(node, hash_) is None:
            self._give_up(recoveries, hash_)
        elif parent in self.processes.para_view(node):
            for block in candidate.blocks:
                self._import(node, block)
        elif parent.hash in recoveries.wanted and recoveries.wanted[parent.hash].waiting:
            above = parent
            for block in candidate.blocks:
                recoveries.orphans.setdefault(above.hash, []).append(block)
                above = block
        else:
            self._give_up(recoveries, hash_)

    def _import(self, node: int, block: ExecutedBlock) -> None:
        """Imports a recovered block and announces it, as a node does with every block that is not its own."""
        if block not in self.processes.para_view(node):
            propagation = self.propagation[self.processes.nodes[node].spec.chain]
            propagation.take(node, block)
            propagation.announce(node, block)

    def _give_up(self, recoveries: _Recoveries, hash_: bytes) -> None:
        """Lets a block be wanted anew, and drops those that waited for it."""
        orphans = [hash_]
        while orphans:
            orphans += [child.hash for child in recoveries.orphans.pop(orphans.pop(), ())]
        if hash_ in recoveries.wanted:
            recoveries.wanted[hash_].waiting = False

    def _block(self, node: int, hash_: bytes) -> ExecutedBlock | None:
        return self.ledgers[self.processes.nodes[node].spec.chain].get(hash_)
