"""One pass of the reference, and how fast many of them are."""

from __future__ import annotations

import hashlib
import json
import math
import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.reference.chain import Chain
from benchmarks.reference.decoding import Decoders
from benchmarks.reference.nodes import Nodes
from benchmarks.reference.recording import BUNDLED, load

CHECKSUM = "0b265ef942c1372e41fba403d415d9ccf7640fc7926be8bdab7f2a46d5369169"
"""What one pass comes to: SHA-256 over the roots of all states, then over all records. Its beginning names the
reference, since ratios to a work that comes to something else do not compare."""

EDITION = CHECKSUM[:8]

PASSES = 20
"""Passes of a measurement, beside one to warm up: three seconds on the machine where they were chosen."""


class AnotherWorkError(Exception):
    """A pass came to something else than it ever did, so its speed says nothing."""


@dataclass(frozen=True)
class Speed:
    """How fast the reference was.

    ``rate``: passes a second of wall time, ``cpu_rate``: a second of CPU time. ``error``: standard error of the first
    as a share of it, from pass to pass. ``wasm``: the share of the time in WASM. ``shortest`` and ``longest`` pass in
    seconds.
    """

    edition: str
    passes: int
    rate: float
    cpu_rate: float
    error: float
    wasm: float
    shortest: float
    longest: float

    def encode(self) -> str:
        """As JSON, for another process."""
        return json.dumps(asdict(self))

    @classmethod
    def decode(cls, text: str) -> Speed:
        """What :meth:`encode` made."""
        return cls(**json.loads(text))

    def __str__(self) -> str:
        return (
            f"reference {self.edition}: {self.rate:.3f} passes/s ± {self.error:.1%}, {self.cpu_rate:.3f} passes/CPU-s"
            f" ({self.passes} passes of {1000 * self.shortest:.0f} to {1000 * self.longest:.0f} ms,"
            f" {self.wasm:.0%} of it in WASM)"
        )


class Work:
    """The reference in this process, ready to run. Raises
    :class:`~benchmarks.reference.recording.AnotherRuntimeError` for other bundled runtimes than the recorded ones."""

    def __init__(self, bundled: Path = BUNDLED) -> None:
        self._recording = load()
        self._chain = Chain(self._recording, bundled)
        self._event = Decoders(self._recording.types).of(self._recording.events)
        self.wasm = 0.0
        """Seconds spent in executing blocks so far."""

    def run(self) -> str:
        """One pass; what it comes to."""
        nodes = Nodes(self._event)
        roots = hashlib.sha256()
        executed = self._chain.run()
        for block in self._recording.blocks:
            began = time.perf_counter()
            root, events = next(executed)
            self.wasm += time.perf_counter() - began
            roots.update(root)
            nodes.take(block, events)
        return hashlib.sha256(roots.digest() + nodes.digest().encode()).hexdigest()


def measure(passes: int = PASSES) -> Speed:
    """Runs the reference; raises :class:`AnotherWorkError` when a pass comes to something else than it should."""
    work = Work()
    _checked(work.run())
    work.wasm = 0.0
    used = time.process_time()
    times = list(_times(work, passes))
    used, total = time.process_time() - used, sum(times)
    return Speed(
        edition=EDITION,
        passes=passes,
        rate=passes / total,
        cpu_rate=passes / used,
        error=statistics.stdev(times) / math.sqrt(passes) / statistics.mean(times),
        wasm=work.wasm / total,
        shortest=min(times),
        longest=max(times),
    )


def _times(work: Work, passes: int) -> Iterator[float]:
    for _ in range(passes):
        began = time.perf_counter()
        _checked(work.run())
        yield time.perf_counter() - began


def _checked(came_to: str) -> None:
    if came_to != CHECKSUM:
        raise AnotherWorkError(
            f"a pass of the reference came to {came_to}, not to {CHECKSUM}: something under benchmarks/reference/ was"
            " changed, which must not be; restore it"
        )
