"""Probes: numbered UDP datagrams that a node's agent sends, and that the other node's agent counts and echoes.

They use the nodes' own addresses, so they meet the rules that node traffic meets.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping

PORT = 9701
_DATAGRAM = struct.Struct(">4sQI")
_PROBE, _ECHO = b"simP", b"simE"
_KEPT = 4096
"""Probe series whose arrivals are remembered until somebody asks."""


class Arrivals:
    """What arrived of each series of probes."""

    def __init__(self) -> None:
        self._series: OrderedDict[int, tuple[set[int], list[int]]] = OrderedDict()
        self._lock = threading.Lock()

    def record(self, series: int, number: int) -> None:
        with self._lock:
            seen, late = self._series.setdefault(series, (set(), []))
            if number not in seen and number < max(seen, default=-1):
                late.append(number)
            seen.add(number)
            while len(self._series) > _KEPT:
                self._series.popitem(last=False)

    def take(self, series: int) -> tuple[int, int]:
        """How many arrived, and how many of them after a later one; then forgets the series."""
        with self._lock:
            seen, late = self._series.pop(series, (set(), []))
            return len(seen), len(late)


def echo(arrivals: Arrivals, sock: socket.socket) -> None:
    """Counts and answers probes on a bound socket until the process ends."""
    while True:
        data, sender = sock.recvfrom(2048)
        if len(data) != _DATAGRAM.size:
            continue
        kind, series, number = _DATAGRAM.unpack(data)
        if kind == _PROBE:
            arrivals.record(series, number)
            with contextlib.suppress(OSError):  # no route back at this moment: the sender counts it as lost
                sock.sendto(_DATAGRAM.pack(_ECHO, series, number), sender)


def probe(targets: Mapping[str, int], count: int, interval: float, patience: float) -> dict[str, list[float]]:
    """Round-trip times in seconds of the echoed probes, by target address.

    ``targets`` gives each address its series number. ``count`` probes go to every target, one each ``interval``
    seconds; then echoes are awaited until all came or ``patience`` seconds passed.
    """
    sent: dict[tuple[int, int], float] = {}
    rtts: dict[tuple[int, int], float] = {}
    total = len(targets) * count
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        begin = time.monotonic()
        for number in range(count):
            _collect(sock, begin + number * interval, sent, rtts, total)
            for address, series in targets.items():
                sent[series, number] = time.monotonic()
                with contextlib.suppress(OSError):  # no route at this moment: the probe counts as lost
                    sock.sendto(_DATAGRAM.pack(_PROBE, series, number), (address, PORT))
        _collect(sock, time.monotonic() + patience, sent, rtts, total)
    return {address: [rtt for (of, _), rtt in rtts.items() if of == series] for address, series in targets.items()}


def _collect(
    sock: socket.socket,
    until: float,
    sent: Mapping[tuple[int, int], float],
    rtts: dict[tuple[int, int], float],
    total: int,
) -> None:
    """Takes echoes in until that time, or until all of ``total`` probes came back."""
    while len(rtts) < total and (left := until - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            data = sock.recv(2048)
        except TimeoutError:
            return
        now = time.monotonic()
        if len(data) != _DATAGRAM.size:
            continue
        kind, series, number = _DATAGRAM.unpack(data)
        if kind == _ECHO and (series, number) in sent:
            rtts.setdefault((series, number), now - sent[series, number])
