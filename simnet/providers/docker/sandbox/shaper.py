"""When a packet from a shaped source may pass: pure scheduling, without sockets or a clock of its own."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from .link import CLEAR, Link

_BACKLOG_SECONDS = 0.3
_BACKLOG_BYTES = 256 * 1024


def backlog_limit(rate: float) -> float:
    """Bytes that may wait for a link of ``rate`` bits per second before its queue drops from the tail."""
    return max(rate * _BACKLOG_SECONDS / 8, _BACKLOG_BYTES)


@dataclass
class Flow:
    """Packets from one source. Their order is kept, also under jitter, save for those that are to be reordered."""

    random: Random
    link: Link = CLEAR
    _backlog: float = 0.0
    _backlog_at: float = 0.0
    _last_due: float = 0.0

    def due(self, length: int, now: float) -> float | None:
        """The time at which a packet of ``length`` bytes is to be let through; None when it is lost."""
        link = self.link
        if link.loss and self.random.random() < link.loss:
            return None
        start = now
        if link.rate is not None:
            drained = (now - self._backlog_at) * link.rate / 8
            backlog = max(0.0, self._backlog - drained) + length
            if backlog > backlog_limit(link.rate):
                return None
            self._backlog, self._backlog_at = backlog, now
            start = now + backlog * 8 / link.rate
        if link.reorder and self.random.random() < link.reorder:
            return start
        wait = link.delay
        if link.jitter:
            wait += self.random.uniform(-link.jitter, link.jitter)
        self._last_due = max(start, start + wait, self._last_due)
        return self._last_due


class Shaper:
    """Holds packet ids until they are due. A change of links touches only packets that arrive after it."""

    def __init__(self, seed: str) -> None:
        """``seed`` makes the random streams, one per source, repeatable."""
        self._seed = seed
        self._flows: dict[str, Flow] = {}
        self._order = itertools.count()
        self._held: list[tuple[float, int, int]] = []

    def replace(self, links: Mapping[str, Link]) -> None:
        """The links of all sources; a source that is not named passes at once, behind what it already has here."""
        for source in links:
            if source not in self._flows:
                self._flows[source] = Flow(Random(f"{self._seed}/{source}"))
        for source, flow in self._flows.items():
            flow.link = links.get(source, CLEAR)

    def links(self) -> dict[str, Link]:
        """The sources that are shaped now."""
        return {source: flow.link for source, flow in self._flows.items() if flow.link.shaped}

    def arrive(self, packet: int, source: str, length: int, now: float) -> bool:
        """Takes a packet in; False when it is lost."""
        flow = self._flows.get(source)
        due = now if flow is None else flow.due(length, now)
        if due is None:
            return False
        heapq.heappush(self._held, (due, next(self._order), packet))
        return True

    def release(self, now: float) -> list[int]:
        """Ids of the packets that are due, in the order in which they leave."""
        out: list[int] = []
        while self._held and self._held[0][0] <= now:
            out.append(heapq.heappop(self._held)[2])
        return out

    @property
    def next_due(self) -> float | None:
        return self._held[0][0] if self._held else None
