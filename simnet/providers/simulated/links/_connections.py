"""Connections over time: what cuts, ends of processes and starts do to them, and when they carry data again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from simnet.providers.simulated.clock import NEVER, SECOND
from simnet.providers.simulated.links._graph import Connection
from simnet.providers.simulated.links._streams import WHEEL, Ints, retransmissions
from simnet.providers.simulated.links._wires import Wires

OPEN, STALLED, CLOSED = range(3)
"""Data flows; data waits for a retransmission, by whatever cause; there is no connection."""
FIRST_LOSS = SECOND // 2
"""The first segment lost to a cut is sent within this time of its start: nodes gossip several times a second."""
RECONNECT = 10 * SECOND
"""About the time between two attempts to connect to a peer that was lost. An assumption to calibrate."""
RECONNECT_SPREAD = 0.2
"""Share by which that time differs from pair to pair, either way."""
SYN_RETRIES = np.array([0, 1, 3, 7], dtype=np.int64) * SECOND
"""When an attempt sends its SYN: Linux repeats it after 1 s (TCP_TIMEOUT_INIT) and doubles, until the next attempt."""
JOINING = 0.6 * SECOND
"""Mean of the exponential time after which a node that started listens and connects. Five real validators (release
1.25.1) that had missed at most five blocks told the first of them 0.0 to 0.65 s after their RPC answered. Those that
had missed more told none of them, but each of ten the very next block, 1.5 to 7 s after, so that they had joined by
then."""

_COLUMNS = np.dtype(
    [
        ("a", np.int64), ("b", np.int64), ("chance", np.bool_),
        ("wanted", np.bool_), ("state", np.int8), ("cut", np.bool_),
        ("lost", np.int64), ("rto", np.float64),
        ("attempt", np.int64), ("period", np.int64),
        ("plan", np.int64), ("due", np.int64), ("seen_a", np.int64), ("seen_b", np.int64),
    ]
)  # fmt: skip
"""One row for each pair of nodes that is connected, or was.

``a`` opened the connection; ``chance``: another peer will do as well; ``wanted``: it is opened again when lost.
``lost`` is when the first segment was lost to the cut that stalls it, ``rto`` the timeout then. ``attempt`` and
``period``: when it is opened again. ``plan`` counts plans, so that an action of an earlier one does nothing; ``due`` is
when the last one acts. ``seen_a`` and ``seen_b``: until when each end takes it for live.
"""


class Connections:
    """``running``, ``frozen`` and ``ready`` (when it listens) are of nodes. ``changes`` grows with every change.

    ``on_reach(a, b)`` is called when :meth:`carries` of a pair becomes true, by a scheduled action.
    """

    def __init__(
        self,
        wires: Wires,
        graph: Sequence[Connection],
        running: NDArray[np.bool_],
        random: np.random.Generator,
        schedule: Callable[[int, Callable[[], None]], None],
        now: Callable[[], int],
        on_reach: Callable[[int, int], None],
    ) -> None:
        n = len(running)
        self._wires, self._random, self._schedule, self._now, self._on_reach = wires, random, schedule, now, on_reach
        self.running = running
        self.frozen = np.zeros(n, dtype=np.bool_)
        self.ready = np.full(n, now())
        self.changes = 0
        self._wheel = int(random.integers(WHEEL))
        self._row = np.full((n, n), -1, dtype=np.int32)
        self.pairs = np.zeros(0, dtype=_COLUMNS)
        self._stand_in: dict[int, int] = {}
        self._stands_for: dict[int, int] = {}
        self._add(graph)
        both = running[self.pairs["a"]] & running[self.pairs["b"]]
        self.pairs["state"][both] = OPEN
        self.pairs["seen_a"][both] = self.pairs["seen_b"][both] = NEVER
        for row in np.flatnonzero(~both & self.pairs["chance"]).tolist():
            schedule(now() + RECONNECT, partial(self._replace, row))

    def open(self, a: int, b: int) -> bool:
        """Whether data flows at least between the two kernels."""
        row = self._row[a, b]
        return row >= 0 and bool(self.pairs["state"][row] == OPEN)

    def carries(self, a: int, b: int) -> bool:
        """Whether two processes exchange data now."""
        return self.open(a, b) and not (self.frozen[a] or self.frozen[b])

    def joined(self, a: int, b: int) -> bool:
        """Whether the two keep a connection, or try to."""
        row = self._row[a, b]
        return row >= 0 and bool(self.pairs["wanted"][row])

    def stalled(self, a: int, b: int) -> bool:
        row = self._row[a, b]
        return row >= 0 and bool(self.pairs["state"][row] == STALLED)

    def listens(self, node: int) -> bool:
        """Whether the node accepts and opens connections."""
        return bool(self.running[node] and not self.frozen[node] and self.ready[node] <= self._now())

    def peers(self, node: int) -> int:
        """Connections that the node itself takes for live."""
        if not self.running[node]:
            return 0
        now, pairs = self._now(), self.pairs
        own = (pairs["a"] == node) & (pairs["seen_a"] > now) | (pairs["b"] == node) & (pairs["seen_b"] > now)
        return int(np.count_nonzero(own))

    def rewired(self) -> None:
        """Takes over what the wires now cut."""
        pairs = self.pairs
        cut = self._wires.cut[pairs["a"], pairs["b"]] | self._wires.cut[pairs["b"], pairs["a"]]
        changed = np.flatnonzero(cut != pairs["cut"])
        pairs["cut"] = cut
        stalls = changed[cut[changed] & (pairs["state"][changed] == OPEN)]
        pairs["state"][stalls] = STALLED
        pairs["lost"][stalls] = self._now() + self._random.integers(FIRST_LOSS, size=len(stalls))
        pairs["rto"][stalls] = self._wires.timeout(pairs["a"][stalls], pairs["b"][stalls])
        self.changes += 1
        for row in changed.tolist():
            if not cut[row]:
                self._learn_of_end(row)
            self._plan(row)

    def start(self, node: int) -> None:
        """The process starts; it opens its connections when it is ready."""
        self.running[node] = True
        self.ready[node] = self._now() + int(self._random.exponential(JOINING))
        for row in self._of(node):
            self.pairs["attempt"][row] = self.ready[[self.pairs["a"][row], self.pairs["b"][row]]].max()
            self._plan(row)
            if self.pairs["chance"][row] and self.pairs["a"][row] == node:
                self._schedule(int(self.ready[node]) + RECONNECT, partial(self._replace, row))

    def end(self, node: int) -> None:
        """The process ends; peers learn of it unless the link is cut."""
        self.running[node] = self.frozen[node] = False
        pairs = self.pairs
        for row in self._of(node):
            if pairs["state"][row] == CLOSED and row not in self._stands_for:
                pairs["seen_a" if pairs["a"][row] == node else "seen_b"][row] = 0
                self._plan(row)
                continue
            given_up = int(self._retransmissions(row)[-1]) if pairs["state"][row] == STALLED else 0
            self._close(row)
            if pairs["cut"][row]:
                pairs["seen_b" if pairs["a"][row] == node else "seen_a"][row] = given_up

    def freeze(self, node: int, frozen: bool) -> None:
        """Stops a process or has it go on; its kernel keeps its connections meanwhile."""
        self.frozen[node] = frozen
        self.changes += 1
        for row in self._of(node):
            if self.pairs["state"][row] == CLOSED:
                self._plan(row)
            elif self.pairs["state"][row] == OPEN and not frozen:
                a, b = int(self.pairs["a"][row]), int(self.pairs["b"][row])
                if self.carries(a, b):
                    self._schedule(self._now(), partial(self._reached, a, b))

    def ask(self, a: int, b: int, at: int) -> None:
        """A request opens the connection that the two want anyway."""
        row = int(self._row[a, b])
        if at + self._round_trip(row) < self.pairs["due"][row]:
            self.pairs["attempt"][row] = at
            self._plan(row)

    def _add(self, graph: Sequence[Connection]) -> None:
        rows = np.zeros(len(graph), dtype=_COLUMNS)
        rows["a"] = [connection.owner for connection in graph]
        rows["b"] = [connection.peer for connection in graph]
        rows["chance"] = [connection.chance for connection in graph]
        rows["wanted"] = True
        rows["state"] = CLOSED
        rows["attempt"] = self._now()
        rows["period"] = RECONNECT
        rows["cut"] = self._wires.cut[rows["a"], rows["b"]] | self._wires.cut[rows["b"], rows["a"]]
        numbers = np.arange(len(self.pairs), len(self.pairs) + len(rows))
        self._row[rows["a"], rows["b"]] = self._row[rows["b"], rows["a"]] = numbers
        self.pairs = np.append(self.pairs, rows)

    def _of(self, node: int) -> list[int]:
        rows = self._row[node]
        return rows[rows >= 0].tolist()  # type: ignore[no-any-return]

    def _plan(self, row: int) -> None:
        """Schedules what happens to a pair next if nothing changes before, and drops what was planned."""
        pairs = self.pairs
        pairs["plan"][row] += 1
        plan = int(pairs["plan"][row])
        due, act = NEVER, self._carry
        if pairs["state"][row] == STALLED:
            *sent, end = self._retransmissions(row).tolist()
            heard = [] if pairs["cut"][row] else [t for t in sent if t >= self._now()]
            due, act = (heard[0], self._carry) if heard else (end, self._close)
        elif pairs["wanted"][row] and self._connectable(row):
            due = self._next_attempt(row) + self._round_trip(row)
        pairs["due"][row] = due
        if due < NEVER:
            self._schedule(due, partial(self._act, act, row, plan))

    def _act(self, act: Callable[[int], None], row: int, plan: int) -> None:
        if self.pairs["plan"][row] == plan:
            act(row)

    def _carry(self, row: int) -> None:
        """A retransmission gets through, or a connection is made."""
        pairs = self.pairs
        pairs["state"][row] = OPEN
        pairs["seen_a"][row] = pairs["seen_b"][row] = NEVER
        self.changes += 1
        if row in self._stand_in:
            self._dismiss(self._stand_in[row])
        self._reached(int(pairs["a"][row]), int(pairs["b"][row]))

    def _reached(self, a: int, b: int) -> None:
        if self.carries(a, b):
            self._on_reach(a, b)

    def _close(self, row: int) -> None:
        pairs, draw = self.pairs, self._random.random(2)
        pairs["state"][row] = CLOSED
        pairs["seen_a"][row] = pairs["seen_b"][row] = 0
        pairs["period"][row] = int(RECONNECT * (1 + RECONNECT_SPREAD * (2 * draw[0] - 1)))
        pairs["attempt"][row] = self._now() + int(pairs["period"][row] * draw[1])
        self.changes += 1
        home = self._stands_for.get(row)
        if home is not None:
            self._dismiss(row)
        elif pairs["chance"][row]:
            home = row
        self._plan(row)
        if home is not None:
            self._schedule(self._now() + RECONNECT, partial(self._replace, home))

    def _replace(self, row: int) -> None:
        """The node that opened a lost connection opens one to another peer, until the lost one is back."""
        pairs, node = self.pairs, int(self.pairs["a"][row])
        if pairs["state"][row] != CLOSED or row in self._stand_in or not self.running[node]:
            return
        listening = self.running & ~self.frozen & (self.ready <= self._now())
        known = self._row[node]
        listening[known >= 0] &= ~pairs["wanted"][known[known >= 0]]
        listening[node] = False
        able = np.flatnonzero(listening & ~self._wires.cut[node] & ~self._wires.cut[:, node])
        if not len(able) or not self.listens(node):
            self._schedule(self._now() + RECONNECT, partial(self._replace, row))
            return
        peer = int(able[self._random.integers(len(able))])
        if self._row[node, peer] < 0:
            self._add([Connection(node, peer, chance=False)])
        other = int(self._row[node, peer])
        self._stand_in[row], self._stands_for[other] = other, row
        self.pairs["wanted"][other] = True
        self.pairs["attempt"][other] = self._now()
        self._plan(other)

    def _dismiss(self, row: int) -> None:
        """Ends a connection that stood in for another."""
        del self._stand_in[self._stands_for.pop(row)]
        pairs = self.pairs
        pairs["wanted"][row] = False
        pairs["state"][row] = CLOSED
        pairs["seen_a"][row] = pairs["seen_b"][row] = 0
        pairs["plan"][row] += 1
        self.changes += 1

    def _learn_of_end(self, row: int) -> None:
        """An end that did not hear of the other's end is told so in reply to its next retransmission."""
        pairs, now = self.pairs, self._now()
        for seen in ("seen_a", "seen_b"):
            if pairs["state"][row] == CLOSED and pairs[seen][row] > now:
                sent = self._retransmissions(row)
                pairs[seen][row] = sent[sent >= now].min(initial=pairs[seen][row])

    def _retransmissions(self, row: int) -> Ints:
        """Times of all retransmissions of a stalled connection, and last of when it is given up."""
        return retransmissions(float(self.pairs["rto"][row]), int(self.pairs["lost"][row]), self._wheel)

    def _next_attempt(self, row: int) -> int:
        """The next SYN of a closed pair from now on."""
        now, first, period = self._now(), int(self.pairs["attempt"][row]), int(self.pairs["period"][row])
        if now <= first:
            return first
        begun = first + (now - first) // period * period
        sent = begun + SYN_RETRIES
        return int(sent[sent >= now].min(initial=begun + period))

    def _connectable(self, row: int) -> bool:
        pairs, ends = self.pairs, [self.pairs["a"][row], self.pairs["b"][row]]
        able = (self.running[ends] & ~self.frozen[ends]).all()
        return bool(able and pairs["state"][row] == CLOSED and not pairs["cut"][row])

    def _round_trip(self, row: int) -> int:
        return int(self._wires.round_trip(self.pairs["a"][row], self.pairs["b"][row]))
