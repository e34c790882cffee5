"""Numbers for the report's tables, computed from evidence. Seconds since the run began, heights in blocks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from simnet.checks.blocks import Reorganisation, lost_blocks, reorganisations
from simnet.checks.messages import quantile
from simnet.journal import DISCARDED, Evidence, Head, MessageTrace
from simnet.network.topology import RELAY


class Fate(StrEnum):
    """What became of a block."""

    FINALIZED = "finalized"
    FORKED = "forked off"
    OPEN = "not decided"


class Ending(StrEnum):
    """What became of a message on the finalized chains."""

    DELIVERED = "delivered"
    FAILED = "processing failed"
    OVERWEIGHT = "overweight"
    TWICE = "ended more than once"
    REFUSED = "refused by sender"
    DISCARDED = "discarded by governance"
    OPEN = "not ended"


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, 95th percentile and largest of some values; percentiles are values that occurred (nearest rank)."""

    p50: float
    p95: float
    max: float


def spread(values: Iterable[float | None]) -> Spread | None:
    """Of the values that are known; None when there are none."""
    ordered = sorted(value for value in values if value is not None)
    if not ordered:
        return None
    return Spread(quantile(ordered, 0.5), quantile(ordered, 0.95), ordered[-1])


def ending(trace: MessageTrace) -> Ending:
    """How a message ended; one that ended twice is told by that alone."""
    if trace.refused is not None:
        return Ending.REFUSED
    if not trace.terminals:
        return Ending.OPEN
    if len(trace.terminals) > 1:
        return Ending.TWICE
    if trace.terminals[0].success:
        return Ending.DELIVERED
    if trace.terminals[0].event in DISCARDED:
        return Ending.DISCARDED
    return Ending.OVERWEIGHT if trace.terminals[0].event == "OverweightEnqueued" else Ending.FAILED


def fates(evidence: Evidence, chain: str) -> dict[str, Fate]:
    """What became of each block of a chain, by hash."""
    final = {block.hash for block in evidence.canonical(chain)}
    lost = {block.hash for block in lost_blocks(evidence, chain, 0.0, math.inf)}
    return {
        hash_: Fate.FINALIZED if hash_ in final else Fate.FORKED if hash_ in lost else Fate.OPEN
        for hash_ in evidence.blocks.get(chain, {})
    }


def authors(evidence: Evidence) -> dict[tuple[str, str], Counter[Fate]]:
    """What became of blocks by chain and author: of all nodes that could author, then of keys that no node has,
    and of ``unknown``. No genesis blocks."""
    found: dict[tuple[str, str], Counter[Fate]] = {}
    for chain in evidence.chains():
        fate = fates(evidence, chain)
        role = "validator" if chain == RELAY else "collator"
        found |= {(chain, name): Counter() for name in evidence.nodes(chain, role)}
        for block in evidence.blocks[chain].values():
            if block.height > 0:
                found.setdefault((chain, block.author or "unknown"), Counter())[fate[block.hash]] += 1
    return found


def all_reorganisations(evidence: Evidence) -> list[Reorganisation]:
    """Of every node, in order of time."""
    found = [one for node in evidence.nodes() for one in reorganisations(evidence, node)]
    return sorted(found, key=lambda one: one.t)


def last_height(heads: Sequence[Head]) -> int | None:
    """The height that a node showed last; None when it showed none."""
    return heads[-1].height if heads else None
