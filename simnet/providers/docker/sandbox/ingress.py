"""The loop that holds packets on ingress: from the kernel's queue through the shaper to a verdict."""

from __future__ import annotations

import selectors
import time
import traceback

from .link import Link
from .nfqueue import ACCEPT, DROP, PacketQueue
from .shaper import Shaper


class Ingress:
    """One thread's work. When it fails, which standard error has, the queue is closed, so that packets pass."""

    def __init__(self, queue: PacketQueue, shaper: Shaper) -> None:
        self.shaper = shaper
        self._queue = queue
        self._failed = False

    def links(self) -> dict[str, Link]:
        """The sources that are shaped now: none after a failure."""
        return {} if self._failed else self.shaper.links()

    def run(self) -> None:
        """Runs until the process ends."""
        try:
            self._loop()
        except Exception:
            self._failed = True
            traceback.print_exc()
        finally:
            self._queue.close()

    def _loop(self) -> None:
        # select() waits to the microsecond, epoll only to the millisecond
        with selectors.SelectSelector() as selector:
            selector.register(self._queue, selectors.EVENT_READ)
            while True:
                due = self.shaper.next_due
                selector.select(None if due is None else max(0.0, due - time.monotonic()))
                now = time.monotonic()
                lost = [
                    packet.id
                    for packet in self._queue.receive()
                    if not self.shaper.arrive(packet.id, packet.source, packet.length, now)
                ]
                self._queue.judge(DROP, lost)
                self._queue.judge(ACCEPT, self.shaper.release(time.monotonic()))
