"""The state of all links at this node: taking a desired one in, and telling what is really installed."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Literal

from . import egress, filters
from .ingress import Ingress
from .link import CLEAR, Link

Mode = Literal["netem", "nfqueue", "filter"]
"""Where delay, loss and rate are made; ``filter``: nowhere, this kernel can only cut."""

Table = dict[str, Link]
"""Links by the IPv4 address of the node at their other end."""


class Rules:
    """Serialises changes and reads, so that a read never sees half a change."""

    def __init__(self, mode: Mode, ingress: Ingress | None) -> None:
        self.mode: Mode = mode
        self.generation = 0
        self._ingress = ingress
        self._lock = threading.Lock()

    def apply(self, generation: int, ingress: Table, outgoing: Table) -> dict[str, Table]:
        """Replaces everything and reads it back, as :meth:`read` gives it.

        Raises :class:`ValueError` for an older generation than the last or for what this kernel cannot do, and
        :class:`OSError` when a command fails.
        """
        with self._lock:
            if generation < self.generation:
                raise ValueError(f"generation {generation} is older than {self.generation}, which is in force")
            if self.mode != "nfqueue" and any(link.shaped for link in ingress.values()):
                raise ValueError(f"links are not shaped on ingress in mode {self.mode}")
            filters.install(filters.wanted(ingress, queue=self.mode == "nfqueue"))
            if self._ingress is not None:
                self._ingress.shaper.replace(ingress)
            if self.mode == "netem":
                egress.install(outgoing)
            self.generation = generation
            return self._installed()

    def read(self) -> dict[str, Table]:
        """The tables ``ingress`` and ``egress`` as the kernel and the shaper have them."""
        with self._lock:
            return self._installed()

    def _installed(self) -> dict[str, Table]:
        found = filters.installed()
        shaped = {} if self._ingress is None else self._ingress.links()
        incoming = {
            source: replace(shaped.get(source, CLEAR) if source in found.queued else CLEAR, cut=source in found.cut)
            for source in found.cut | found.queued
        }
        return {"ingress": incoming, "egress": egress.installed().shaped if self.mode == "netem" else {}}
