"""How long simulated nodes take for what no protocol fixes: drawn anew each time, as real nodes take.

Each is log-normal, given by its median and by the standard deviation of its logarithm. The values are what real nodes
(release 1.25.1, two shared cores) showed in runs of the quickstart and of two validators down: medians of head times
and of the nodes' own histograms, and a spread such that 5 and 95 % lie about where theirs do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simnet.providers.simulated.clock import MILLISECOND, SECOND


@dataclass(frozen=True)
class Duration:
    """A log-normal time. ``median`` in nanoseconds; what lies beyond ``cut`` standard deviations is drawn there.

    ``share`` of a core is what a process uses in that time; for the rest it waits, such as for others on its machine.
    Only nodes with a limit of cores know it.
    """

    median: int
    spread: float
    cut: float = math.inf
    share: float = 1.0


COLLECTING = Duration(60 * MILLISECOND, 0.9)
"""From a slot's begin until its author has the inherents together."""
AUTHORING = Duration(60 * MILLISECOND, 0.9, share=0.25)
"""Making, sealing and importing a block of one's own: with COLLECTING 70 to 160 ms at the median, 5 % under 30 ms."""
IMPORT = Duration(35 * MILLISECOND, 0.9, share=0.25)
"""Checking, executing and storing another's block: block_verification_and_import_time, mean 17 to 48 ms. With half a
core on a quiet machine the median is 8 ms, which fits into a period of the quota, so that it is CPU time; authoring is
taken to be like it."""
SYNC_IMPORT = Duration(15 * MILLISECOND, 0.9)
"""The same for one block of many that a node fetches because it is behind. Five that a restarted validator told one by
one came 2 to 67 ms apart (median 20), one 268 ms; four that lacked 48 to 51 blocks had all of them within two seconds
of their start (six runs of 2026-11-28)."""
SKIPPED_IMPORT = Duration(3 * MILLISECOND, 0.5)
"""Storing a block that warp sync had skipped, which is not executed. A real validator stored 43 of them, its state and
two other blocks within the same second of its log; a closer look was not had."""
STATE_IMPORT = Duration(100 * MILLISECOND, 0.5)
"""Building the trie of each MiB of a state that was fetched: bounded by the same second as SKIPPED_IMPORT."""
COLLATING = Duration(150 * MILLISECOND, 0.5)
"""Making a parachain block and its collation, after the relay block is there."""
BUILDING = Duration(50 * MILLISECOND, 0.3)
"""Making and importing a parachain block alone: from one block of a candidate to the next that does not wait for its
time, 40 to 70 ms in eight candidates of Asset Hub."""
VALIDATING = Duration(250 * MILLISECOND, 0.4, share=0.35)
"""Executing a proof on a validator: pvf_execution_time, mean 140 to 440 ms, and up to 90 ms in the queue. With half a
core on a quiet machine the mean of 216 is 181 ms (5 to 95 %: 64 to 424 ms), so that CPU time is some 90 ms
(``python -m benchmarks.node_load``)."""
PREPARING = Duration(8 * SECOND, 0.15)
"""Compiling a validation code before a validator executes it for the first time since its process started:
pvf_preparation_time, 7.6 to 8.6 s on the four validators of a quickstart. It takes one core all that time: with half a
core 18 s."""
START = Duration(8 * SECOND, 0.4, cut=3)
"""From a validator's process to its RPC answering; nearly all of it compiles the runtime.
Six nodes with eight runtimes took 30 to 49 s on two quiet cores, so one runtime 6 s and two at once 12 s. On a busy
machine it is several times that."""
COMPILING = Duration(3500 * MILLISECOND, 0.15, share=2.0)
"""Compiling a MiB of a new runtime, as it is stored, on two cores, which a node uses at once for this: a collator took
4 s for Penpal's 1.2 MiB. Six nodes that shared two cores took 27 to 30 s for Rococo's 1.3 MiB, all together; of nodes
with `cpus` it takes as much longer as they have less."""
MEBIBYTE = 1 << 20
START_COLLATOR = Duration(14 * SECOND, 0.4, cut=3)
"""The same for a collator, which compiles its own chain's runtime as well. Cut, since one in 7,000 would take longer
than a minute, by nothing that was measured."""
SIGNATURE = 100_000
"""Checking a signature of sr25519, of a statement, an approval or a vote: 106 µs with half a core (``polkadot benchmark
machine``), 49 µs on the hardware that this asks for."""
ASSIGNMENT = 250_000
"""Checking the VRF of an assignment, which has a proof beside a signature: an estimate from what this takes."""
BACKGROUND = 0.01
"""Cores that a node's process takes for what has no time of its own here (networking, gossip). Three real validators
with two parachains used 0.045 to 0.05 cores each, 0.035 of which go into what they executed and imported
(``python -m benchmarks.node_load``). With hundreds of validators it is more."""
DISCOVERY = 2 * SECOND
"""After a node's RPC answers, until it finds the validators that it asks for proofs, chunks and statements. Real nodes
find them by authority discovery; 16 recoveries failed after 19 restarts of validators, all within 2 s of the start of
their subsystems and none later, and were tried again a minute later."""


class Times:
    """Draws durations, all from one stream."""

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random

    def one(self, what: Duration) -> int:
        """Nanoseconds."""
        deviation = max(-what.cut, min(what.cut, self._random.standard_normal()))
        return int(what.median * math.exp(what.spread * deviation))

    def many(self, what: Duration, count: int) -> NDArray[np.int64]:
        """Nanoseconds, one for each of ``count`` nodes."""
        deviations = self._random.standard_normal(count).clip(-what.cut, what.cut)
        drawn: NDArray[np.int64] = (what.median * np.exp(what.spread * deviations)).astype(np.int64)
        return drawn
