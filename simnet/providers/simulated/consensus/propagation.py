"""Blocks on their way: announced after import, fetched, imported, announced further."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simnet.providers.simulated.clock import NEVER
from simnet.providers.simulated.code_caches import CodeCaches
from simnet.providers.simulated.ledger import ExecutedBlock, Ledger
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.runtime_overrides import RuntimeOverrides
from simnet.providers.simulated.times import IMPORT, Times
from simnet.providers.simulated.transport import Transport
from simnet.providers.simulated.view import View
from simnet.providers.simulated.weights import beyond_ordinary


@dataclass(eq=False)
class Propagation:
    """How blocks of one chain reach the nodes that follow it.

    ``imported`` is told of each import, after it, and whether the node tells of it; ``lacks`` of a block that was
    announced to a node which has not even its parent; ``refused`` says before an import why a node may not import a
    block whose parent it has. It tries again when another block of that chain comes, as real nodes do that sync again.
    """

    chain: str

    processes: Processes
    transport: Transport
    times: Times
    members: NDArray[np.bool_]
    ledger: Ledger
    view: Callable[[int], View]
    imported: Callable[[int, ExecutedBlock, bool], None]
    lacks: Callable[[int, ExecutedBlock], None]
    compiled: CodeCaches
    overrides: RuntimeOverrides
    refused: Callable[[int, ExecutedBlock], str | None] = lambda *_: None
    _due: dict[tuple[int, ExecutedBlock], int] = field(init=False, default_factory=dict)
    """When a node is to import a block that is on its way to it, at the earliest."""

    def publish(self, node: int, block: ExecutedBlock) -> str | None:
        """A node made a block: it imports it and tells the others. Why it may not import it, if so."""
        why = self.keep(node, block)
        if why is None:
            self.announce(node, block)
        return why

    def keep(self, node: int, block: ExecutedBlock) -> str | None:
        """A node made a block and imports it. Why it may not, if so."""
        self.ledger.add(block)
        return self.take(node, block)

    def announce(self, source: int, block: ExecutedBlock) -> None:
        """Makes a block that ``source`` has known to all whom its connections reach.

        Announcement, request and answer each cross every link, so a path costs three times what gossip does.
        """
        size = sum(map(len, block.extrinsics)) // 3
        arrivals = self.transport.spread(source, size, IMPORT.median // 3, self.members)
        now, takes = self.processes.clock.now, self.times.many(IMPORT, len(arrivals)) + beyond_ordinary(block)
        for node in np.flatnonzero(arrivals < NEVER):
            if node != source and block not in self.view(int(node)):
                self._import_at(int(node), block, now + 3 * (int(arrivals[node]) - now), int(takes[node]))

    def take(self, node: int, block: ExecutedBlock) -> str | None:
        """A node imports a block of its own making, or one that has come, with the ancestors that it lacks. Why it may
        not import one of them, if so."""
        for one in self.view(node).missing(block):
            why = self.store(node, one)
            if why is not None:
                return why
        return None

    def store(self, node: int, block: ExecutedBlock, *, told: bool = True) -> str | None:
        """A node imports a block whose parent it has, and tells of it or not. Why it may not, if so."""
        why = self.overrides.refused(node, block) or self.refused(node, block)
        if why is None:
            self.view(node).add(block, self.processes.clock.now)
            self.imported(node, block, told)
        return why

    def comes(self, node: int, block: ExecutedBlock) -> bool:
        """Whether a block is on its way to a node that was told of it."""
        return (node, block) in self._due

    def _import_at(self, node: int, block: ExecutedBlock, there: int, takes: int) -> None:
        """A block is at a node, which imports it in the time that this takes on a core of its own, or in more."""
        t = there + takes
        if self._due.get((node, block), NEVER) <= t:
            return
        self._due[node, block] = t

        def come() -> None:
            if self._due.get((node, block)) != t:
                return
            del self._due[node, block]
            view = self.view(node)
            if block in view:
                return
            if view.has_parent(block):
                assert block.parent is not None
                self.compiled.when_ready(node, block.parent, lambda: self._execute(node, block))
            else:
                self.lacks(node, block)

        self.processes.work(node, there, takes, come, IMPORT.share)

    def _execute(self, node: int, block: ExecutedBlock) -> None:
        if block not in self.view(node):
            self.store(node, block, told=self.chain not in self.processes.nodes[node].syncing)

    def ended(self, node: int) -> None:
        """The process ended: nothing is on its way to it any more."""
        for key in [key for key in self._due if key[0] == node]:
            del self._due[key]
