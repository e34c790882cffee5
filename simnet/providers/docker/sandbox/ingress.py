"""The loop that holds packets on ingress: from the kernel's queue through the shaper to a verdict."""

from __future__ import annotations

import selectors
import sys
import time
import traceback

from .nfqueue import ACCEPT, DROP, PacketQueue
from .shaper import Shaper


class Ingress:
    """One thread's work. When it fails the queue is closed, so packets pass, and ``failure`` says why."""

    def __init__(self, queue: PacketQueue, shaper: Shaper) -> None:
        self.queue = queue
        self.shaper = shaper
        self.failure: str | None = None

    def run(self) -> None:
        """Runs until the process ends."""
        try:
            self._loop()
        except Exception as error:
            self.failure = f"{type(error).__name__}: {error}"
            traceback.print_exc(file=sys.stderr)
        finally:
            self.queue.close()

    def _loop(self) -> None:
        # select() waits to the microsecond, epoll only to the millisecond
        with selectors.SelectSelector() as selector:
            selector.register(self.queue, selectors.EVENT_READ)
            while True:
                due = self.shaper.next_due
                selector.select(None if due is None else max(0.0, due - time.monotonic()))
                now = time.monotonic()
                lost = [
                    packet.id
                    for packet in self.queue.receive()
                    if not self.shaper.arrive(packet.id, packet.source, packet.length, now)
                ]
                self.queue.judge(DROP, lost)
                self.queue.judge(ACCEPT, self.shaper.release(time.monotonic()))
