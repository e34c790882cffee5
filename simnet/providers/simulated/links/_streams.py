"""What one message costs over TCP connections: arrays with one value for each directed link.

Loss and reordering never reach an application; it sees delay and lower throughput.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simnet.providers.simulated.clock import MILLISECOND, SECOND

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SEGMENT = 1448
"""Bytes of data in one TCP segment: Ethernet's 1,500 less IPv4 and TCP headers with time stamps."""
WINDOW = 10 * SEGMENT
"""Bytes that a connection sends before it needs an acknowledgement (RFC 6928). Loss bounds throughput beyond."""
DUPLICATES = 3
"""Segments that must arrive behind a lost one before it is sent again at once (fast retransmit, RFC 5681)."""
DEFAULT_RATE = 1e9
"""Bits per second of a link without a rate: a common network card; the loopback of one host is faster still."""
RTO_MIN = 200 * MILLISECOND
"""Linux' TCP_RTO_MIN: the least that a retransmission timer adds to the round trip (tcp_rtt_estimator)."""
RTO_MAX = 120 * SECOND
"""Linux' TCP_RTO_MAX: retransmissions double their distance up to this."""
RETRIES = 15
"""Linux' tcp_retries2: the retransmissions until a connection is given up, if its timeout is RTO_MIN."""
GIVE_UP = 924.6 * SECOND
"""When that is. Linux counts time, not retransmissions, whatever the connection's own timeout: what RTO_MIN doubled up
to RTO_MAX takes for RETRIES of them and one timer more (retransmits_timed_out)."""
TICK = 4 * MILLISECOND
"""Between two ticks of the kernel's clock: CONFIG_HZ=250, as most distributions have it."""
WHEEL = 8**4 * TICK
"""After this time the kernel's timer wheel is as it was, for all timers that a retransmission sets."""
MATHIS = 1.22
"""sqrt(3/2): steady throughput is MSS/RTT * 1.22/sqrt(p) (Mathis, Semke, Mahdavi, Ott: The Macroscopic Behavior of
the TCP Congestion Avoidance Algorithm, 1997)."""
REORDER_COST = 0.1
"""Share of throughput lost to spurious fast retransmits when every packet is reordered. An assumption: Linux learns
the degree of reordering, so the cost is small."""
SIZES = 64
"""Sizes of messages whose sending times are kept at most."""
BASE_JITTER = 0.05
"""Share of the base latency that queues add at most, so that arrivals do not always have the same order."""
BASE_JITTER_MIN = 50_000
"""Nanoseconds that queues and schedulers add at most over even the shortest link."""


@dataclass(frozen=True, eq=False)
class Quality:
    """Some directed links as they are now. Times in nanoseconds.

    ``low`` is the least propagation time and ``span`` what jitter adds at most; ``per_byte`` is the time to send a byte
    and ``beyond`` what loss adds to it past the first window.
    """

    low: Floats
    span: Floats
    per_byte: Floats
    beyond: Floats
    loss: Floats
    rtt: Floats
    rto: Floats
    _sending: dict[int, Ints] = field(init=False, default_factory=dict)
    _sendings: dict[int, list[int]] = field(init=False, default_factory=dict)

    @cached_property
    def _lossy(self) -> Ints:
        return np.flatnonzero(self.loss)

    @cached_property
    def least(self) -> int:
        """The shortest propagation time of all."""
        return int(self.low.min(initial=RTO_MAX))

    def take(self, which: Ints | NDArray[np.bool_]) -> Quality:
        return Quality(*(getattr(self, name)[which] for name in _OF_LINKS))

    def flight(self, size: int, random: np.random.Generator) -> Ints:
        """Propagation, jitter and the repair of losses, drawn for one message of ``size`` bytes over each link."""
        out = random.random(len(self.low))
        out *= self.span
        out += self.low
        if len(self._lossy):
            out[self._lossy] += self._repair(size, random)
        return out.astype(np.int64)

    def flights(self, size: int, random: np.random.Generator) -> list[int]:
        """:meth:`flight` of few links: the same draws and the same arithmetic."""
        if len(self._lossy):
            flights: list[int] = self.flight(size, random).tolist()
            return flights
        draws = random.random(len(self.low)).tolist()
        return [int(draw * span + low) for draw, (span, low) in zip(draws, self._jitter, strict=True)]

    @cached_property
    def _jitter(self) -> list[tuple[float, float]]:
        return list(zip(self.span.tolist(), self.low.tolist(), strict=True))

    def sending(self, size: int) -> Ints:
        """Time to put ``size`` bytes on each link. Not to be changed: messages of one size share it."""
        known = self._sending.get(size)
        if known is None:
            out = self.per_byte * size
            if size > WINDOW and len(self._lossy):
                out += self.beyond * (size - WINDOW)
            if len(self._sending) >= SIZES:
                self._sending.clear()
            known = self._sending[size] = out.astype(np.int64)
        return known

    def sendings(self, size: int) -> list[int]:
        """:meth:`sending` of few links."""
        known = self._sendings.get(size)
        if known is None:
            if len(self._sendings) >= SIZES:
                self._sendings.clear()
            known = self._sendings[size] = self.sending(size).tolist()
        return known

    def _repair(self, size: int, random: np.random.Generator) -> Floats:
        """Time until a lost segment has arrived after all: a round trip when enough follows it, else a timeout.

        A retransmission that is lost too waits for timeouts that double. Tail loss probes (RFC 8985), which spare some
        timeouts of messages of two or three segments, are left out.
        """
        which = self._lossy
        loss, rto = self.loss[which], self.rto[which]
        segments = max(1, -(-size // SEGMENT))
        tail = min(segments, DUPLICATES)
        draw = random.random((3, len(which)))
        in_tail = draw[0] < 1 - (1 - loss) ** tail
        before = draw[1] < 1 - (1 - loss) ** (segments - tail)
        again = np.minimum(np.log(1 - draw[2]) // np.log(loss), RETRIES - 1)
        repaired = np.where(before, self.rtt[which] + backoff(rto, again), 0.0)
        return np.where(in_tail, backoff(rto, again + 1), repaired)


_OF_LINKS = [one.name for one in fields(Quality) if one.init]


def retransmissions(rto: float, lost: int, wheel: int) -> Ints:
    """Times of all retransmissions after a loss at ``lost`` while nothing gets through, and last of when the connection
    is given up: at the first timer to expire from GIVE_UP on. ``wheel`` is where the kernel's clock was at time 0."""
    times, wait = [lost], rto
    while len(times) <= RETRIES + 1 and times[-1] - lost < GIVE_UP:
        times.append(_expires(times[-1] + wheel, wait) - wheel)
        wait = min(2 * wait, RTO_MAX)
    return np.array(times[1:], dtype=np.int64)


def _expires(now: int, wait: float) -> int:
    """When a timer of the kernel expires: late, and the later the longer it waits, up to 2 s of 16 s and more.

    Linux' timer wheel (kernel/time/timer.c, calc_index) sorts a timer into one of its levels, the n-th of which is for
    63 * 8 ** (n - 1) ticks and more and expires every 8 ** n ticks, and has it expire there after its time.
    """
    ticks = wait / TICK
    level = next((n for n in range(4) if ticks < 63 * 8**n), 4)
    grain: int = 8**level * TICK
    return (int(now + wait) // grain + 1) * grain


def backoff(rto: Floats, count: Floats | Ints) -> Floats:
    """Time of the ``count``-th retransmission after the first sending, for a first timeout ``rto``."""
    doublings = np.maximum(np.ceil(np.log2(RTO_MAX / rto)), 0)
    doubled = np.minimum(count, doublings)
    out: Floats = rto * (2**doubled - 1) + np.maximum(count - doublings, 0) * RTO_MAX
    return out
