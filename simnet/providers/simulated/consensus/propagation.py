"""Blocks on their way: announced after import, fetched, imported, announced further; and synced after a silence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from simnet.providers.simulated.clock import MILLISECOND, NEVER
from simnet.providers.simulated.ledger import ExecutedBlock, Ledger
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.times import IMPORT, Times
from simnet.providers.simulated.transport import Transport
from simnet.providers.simulated.view import View

SYNC_IMPORT = 20 * MILLISECOND
"""Importing one block of a range that is caught up with. Not calibrated."""


class Propagation:
    """How blocks of one chain reach the nodes that follow it.

    ``imported`` is told of each import, after it; ``refused`` says before it why a node may not import a block whose
    parent it has. It tries again when another block of that chain comes, as real nodes do that sync again.
    """

    def __init__(
        self,
        processes: Processes,
        transport: Transport,
        times: Times,
        members: NDArray[np.bool_],
        ledger: Ledger,
        view: Callable[[int], View],
        imported: Callable[[int, ExecutedBlock], None],
        refused: Callable[[int, ExecutedBlock], str | None] = lambda *_: None,
    ) -> None:
        self._processes = processes
        self._transport = transport
        self._times = times
        self._clock = processes.clock
        self._members = members
        self._ledger = ledger
        self._view = view
        self._imported = imported
        self._refused = refused
        self._due: dict[tuple[int, ExecutedBlock], int] = {}
        """When a node is to import a block that is on its way to it."""

    def publish(self, node: int, block: ExecutedBlock) -> str | None:
        """A node made a block: it imports it and tells the others. Why it may not import it, if so."""
        why = self.keep(node, block)
        if why is None:
            self.announce(node, block)
        return why

    def keep(self, node: int, block: ExecutedBlock) -> str | None:
        """A node made a block and imports it. Why it may not, if so."""
        self._ledger.add(block)
        return self.take(node, block)

    def announce(self, source: int, block: ExecutedBlock) -> None:
        """Makes a block that ``source`` has known to all whom its connections reach.

        Announcement, request and answer each cross every link, so a path costs three times what gossip does.
        """
        size = sum(map(len, block.extrinsics)) // 3
        arrivals = self._transport.spread(source, size, IMPORT.median // 3, self._members)
        now, takes = self._clock.now, self._times.many(IMPORT, len(arrivals))
        for node in np.flatnonzero(arrivals < NEVER):
            if node != source and block not in self._view(int(node)):
                self._import_at(int(node), block, now + 3 * (int(arrivals[node]) - now) + int(takes[node]))

    def sync(self, source: int, receiver: int) -> None:
        """The receiver fetches what it lacks of the source's best chain."""
        best = self._view(source).best
        lacking = len(self._view(receiver).missing(best))
        if lacking:
            there = self._transport.direct(receiver, source, 200)
            back = self._transport.direct(source, receiver, 1000 * lacking)
            if NEVER not in (there, back):
                now = self._clock.now
                self._import_at(receiver, best, now + (there - now) + (back - now) + SYNC_IMPORT * lacking, tell=True)

    def take(self, node: int, block: ExecutedBlock) -> str | None:
        """A node imports a block of its own making, or one that has come, with the ancestors that it lacks. Why it may
        not import one of them, if so."""
        view = self._view(node)
        for one in view.missing(block):
            why = self._refused(node, one)
            if why is not None:
                return why
            view.add(one, self._clock.now)
            self._imported(node, one)
        return None

    def _import_at(self, node: int, block: ExecutedBlock, t: int, *, tell: bool = False) -> None:
        if self._due.get((node, block), NEVER) <= t:
            return
        self._due[node, block] = t

        def come() -> None:
            if self._due.get((node, block)) != t:
                return
            del self._due[node, block]
            new = block not in self._view(node)
            if self.take(node, block) is None and new and tell:
                self.announce(node, block)

        self._processes.when(node, t, come)

    def ended(self, node: int) -> None:
        """The process ended: nothing is on its way to it any more."""
        for key in [key for key in self._due if key[0] == node]:
            del self._due[key]
