"""Links between simulated nodes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from simnet.faults import LinkState
from simnet.network.topology import Topology
from simnet.providers.simulated.arrivals import FEW
from simnet.providers.simulated.clock import MILLISECOND, NEVER, SECOND
from simnet.providers.simulated.links._connections import OPEN, Connections
from simnet.providers.simulated.links._graph import MESH, connections
from simnet.providers.simulated.links._spread import FAR, Edges, OrderOfFew, OrderOfMany, at_once, at_once_few, earliest
from simnet.providers.simulated.links._streams import Floats, Ints, Quality
from simnet.providers.simulated.links._wires import Wires

IDLE = 10 * SECOND
"""A connection that only requests use is closed after this time without one: DEFAULT_IDLE_CONNECTION_TIMEOUT of
Substrate's network crate."""
MASKS = 64
"""Masks of nodes whose edges are kept at most: there are about as many as parachains."""
GOSSIP_JITTER = 0.05
"""How much longer the paths of gossip in a large network take at most, as a share: queues on the way."""
PROBES = 1000
"""Packets of one measurement: a share of 1 % is seen to a third of it."""


class PacketMeasurement(TypedDict):
    """What probes saw of a directed link: packets, not connections.

    ``reachable``: echoes come back. Round trips in milliseconds, None without one. ``loss``: the share that did not
    reach the target. ``throughput``: bits per second of a long transfer, 0 when no connection can be.
    """

    reachable: bool
    probes: int
    rtt_mean: float | None
    rtt_min: float | None
    rtt_max: float | None
    loss: float
    throughput: float


class Links:
    """TCP between nodes, which are numbered by their place in ``topology.nodes``. Times are integer nanoseconds.

    ``latency`` is one way in seconds, n x n; ``schedule(t, act)`` has ``act`` done at ``t`` on the clock that ``now``
    reads. ``on_reach(a, b)`` is called when a pair that could not exchange data can again: a connection was made, a
    retransmission got through after a cut healed, or a stopped process went on. Nothing that was sent meanwhile is
    delivered: the two have to exchange what the other lacks.

    In the beginning all nodes run and are connected, but for those that join late. A message whose sending began
    before a cut arrives. What a node sends is not bounded over all its links together.
    """

    def __init__(
        self,
        topology: Topology,
        latency: Floats,
        random: np.random.Generator,
        schedule: Callable[[int, Callable[[], None]], None],
        now: Callable[[], int],
        on_reach: Callable[[int, int], None],
    ) -> None:
        n = len(topology.nodes)
        (self._probing,) = random.spawn(1)
        self._random = random
        self._wires = Wires(topology, latency)
        running = np.array([not node.joins_late for node in topology.nodes])
        graph = connections(topology, random)
        self._connections = Connections(self._wires, graph, running, random, schedule, now, on_reach)
        self._order = OrderOfFew(n) if n <= FEW else OrderOfMany(n)
        self._n = n
        self._seen = -1
        self._sorted: tuple[Ints, Edges] | None = None
        """The pairs of all edges and the edges, both directions of each, whether or not they carry data."""
        self._edges: dict[bytes, Edges] = {}
        self._single: dict[tuple[int, int], Quality] = {}
        self._paths: dict[tuple[int, int], Ints] = {}
        """How long gossip of a source takes to each node, -1 where it does not come; see :meth:`gossip`."""

    def apply(self, links: Mapping[tuple[str, str], LinkState]) -> None:
        """Makes the directed links (source, target) as ``links`` says from now on, those that it does not name
        clear."""
        before = self._wires.cut
        self._wires.apply(links)
        self._order.forget(*np.nonzero(self._wires.cut & ~before))
        self._connections.rewired()
        self._sorted = None

    def set_process(self, node: int, running: bool, *, frozen: bool = False) -> None:
        """A process starts, ends, is stopped (SIGSTOP: ``frozen``) or goes on.

        One that ended loses its connections and gets them anew after it starts. One that is frozen keeps them: its
        kernel takes data in, but it sends and forwards nothing, and neither makes nor takes connections.
        """
        if running and not self._connections.running[node]:
            self._connections.start(node)
        elif not running and self._connections.running[node]:
            self._connections.end(node)
            self._order.forget(node)
        if running and frozen != self._connections.frozen[node]:
            self._connections.freeze(node, frozen)

    def spread(
        self, source: int, size: int, at: int, hop: int, *, among: NDArray[np.bool_] | None = None
    ) -> NDArray[np.int64]:
        """When gossip of ``size`` bytes that ``source`` sends at ``at`` reaches each node; NEVER where it does not.

        It goes by the earliest path over connections that carry data now, between nodes of the mask ``among`` (the
        source always takes part); a node takes ``hop`` before it forwards. The source's own time is ``at``.
        """
        edges = self._carrying(among, source)
        row, known = edges.row(source), None
        if row.everywhere and isinstance(self._order, OrderOfFew):
            flights, sendings = row.quality.flights(size, self._random), row.quality.sendings(size)
            known = at_once_few(edges, self._order, source, at, hop, flights, sendings)
        elif row.everywhere:
            flight, sending = row.quality.flight(size, self._random), row.quality.sending(size)
            known = at_once(edges, self._order, source, at, hop, flight, sending)
        if known is None:
            flight, sending = edges.quality.flight(size, self._random), edges.quality.sending(size)
            known = earliest(edges, self._order, source, at, hop, flight, sending)
        known[known >= FAR] = NEVER
        return known

    def gossip(self, source: int, size: int, at: int, hop: int) -> NDArray[np.int64]:
        """As :meth:`spread` to all, for small messages of which there are many.

        In a large network whose links are all clear or cut, the paths of one source are found once while nothing
        changes; each message then takes them with a jitter of its own, and keeps no order with others.
        """
        if self._n <= MESH or not self._wires.plain:
            return self.spread(source, size, at, hop)
        self._refresh()
        if (source, hop) not in self._paths:
            flight = self.spread(source, size, at, hop) - at
            self._paths[source, hop] = np.where(flight < FAR, flight, -1)
        flight = self._paths[source, hop]
        longer = 1 + GOSSIP_JITTER * self._random.random(self._n)
        return np.where(flight < 0, NEVER, at + (flight * longer).astype(np.int64))

    def direct(self, source: int, target: int, size: int, at: int) -> int:
        """When one message, a request or a response, arrives. NEVER when the link is cut or a connection stalls, when
        one of the two processes does not run or the source is frozen, and when a connection would have to be made to a
        node that is frozen or only just starts.

        Without a connection, one is opened first, which takes a round trip.
        """
        if source == target:
            return at
        nodes = self._connections
        if not (nodes.running[source] and nodes.running[target]) or nodes.frozen[source]:
            return NEVER
        flat = source * self._n + target
        quality = self._quality(source, target)
        if not nodes.open(source, target):
            if self._wires.cut[source, target] or self._wires.cut[target, source] or nodes.stalled(source, target):
                return NEVER
            back = target * self._n + source
            used = max(self._order.used(flat), self._order.used(back))
            joined = nodes.joined(source, target)
            if joined or at - used > IDLE:
                if not (nodes.listens(source) and nodes.listens(target)):
                    return NEVER
                if joined:
                    nodes.ask(source, target, at)
                at += int(quality.rtt[0])
        (flight,), (sending,) = quality.flights(size, self._random), quality.sendings(size)
        return self._order.one(flat, at, flight, sending)

    def request(self, source: int, target: int, there: int, back: int, at: int) -> int:
        """When the answer to a request arrives, by sizes in bytes: two messages as :meth:`direct` sends them.

        In a large network whose links are all clear or cut they keep no order with others and cost no more than the
        way and the bytes.
        """
        if self._n <= MESH or not self._wires.plain:
            arrived = self.direct(source, target, there, at)
            return NEVER if arrived == NEVER else self.direct(target, source, back, arrived)
        nodes, cut = self._connections, self._wires.cut
        if not (nodes.listens(source) and nodes.listens(target)) or cut[source, target] or cut[target, source]:
            return NEVER
        return at + self._wires.exchange(source, target, there + back)

    def carries(self, a: int, b: int) -> bool:
        """Whether the two are connected and data flows between them now. Of nodes without a connection that gossip
        uses, as most pairs of a large network are, it does not."""
        return self._connections.carries(a, b)

    def peers(self, node: int) -> int:
        """Connections that the node itself takes for live: a stalled one counts until it is given up."""
        return self._connections.peers(node)

    def measured(self, source: str, target: str) -> PacketMeasurement:
        """What probes would see now of the link between two nodes, whether or not their processes run.

        Probes have random numbers of their own, so that measuring changes nothing else.
        """
        a, b = self._wires.places[source], self._wires.places[target]
        cut, back_cut = self._wires.cut[a, b], self._wires.cut[b, a]
        there, back = self._quality(a, b), self._quality(b, a)
        draw = self._probing.random((4, PROBES))
        arrived = draw[0] >= (1.0 if cut else there.loss[0])
        echoed = arrived & (draw[1] >= (1.0 if back_cut else back.loss[0]))
        rtt = (there.low + there.span * draw[2] + back.low + back.span * draw[3])[echoed] / MILLISECOND
        seen = bool(echoed.any())
        rate = float(8 * SECOND / (there.per_byte + there.beyond)[0])
        return PacketMeasurement(
            reachable=seen,
            probes=PROBES,
            rtt_mean=float(rtt.mean()) if seen else None,
            rtt_min=float(rtt.min()) if seen else None,
            rtt_max=float(rtt.max()) if seen else None,
            loss=float(1 - arrived.mean()),
            throughput=0.0 if cut or back_cut else rate,
        )

    def _refresh(self) -> None:
        """Forgets what was derived from connections and wires that have changed since."""
        if self._seen != self._connections.changes:
            self._seen = self._connections.changes
            self._edges.clear()
            self._single.clear()
            self._paths.clear()

    def _quality(self, source: int, target: int) -> Quality:
        self._refresh()
        quality = self._single.get((source, target))
        if quality is None:
            quality = self._single[source, target] = self._wires.quality(np.array([source]), np.array([target]))
        return quality

    def _carrying(self, among: NDArray[np.bool_] | None, source: int) -> Edges:
        """The edges that carry data between nodes of a mask and ``source``."""
        self._refresh()
        if among is not None and not among[source]:
            among = among.copy()
            among[source] = True
        key = b"" if among is None else among.tobytes()
        edges = self._edges.get(key)
        if edges is None:
            if len(self._edges) >= MASKS:
                self._edges.clear()
            edges = self._edges[key] = self._all_edges() if among is None else self._some_edges(among)
        return edges

    def _all_edges(self) -> Edges:
        pairs = self._connections.pairs
        if self._sorted is None or len(self._sorted[0]) != 2 * len(pairs):
            source: Ints = np.concatenate([pairs["a"], pairs["b"]])
            target: Ints = np.concatenate([pairs["b"], pairs["a"]])
            order = np.lexsort((source, target))
            source, target = source[order], target[order]
            every = Edges(self._n, source, target, self._wires.quality(source, target))
            self._sorted = order % len(pairs), every
        pair, every = self._sorted
        carries = pairs["state"][pair] == OPEN
        return every.take(np.flatnonzero(carries & ~self._connections.frozen[every.source]))

    def _some_edges(self, among: NDArray[np.bool_]) -> Edges:
        every = self._edges.get(b"")
        if every is None:
            every = self._edges[b""] = self._all_edges()
        return every.take(np.flatnonzero(among[every.source] & among[every.target]))
