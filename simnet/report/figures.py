"""Numbers for the report's tables, computed from evidence. Seconds since the run began, heights in blocks."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from simnet.checks.blocks import Reorganisation, lost_blocks, reorganisations
from simnet.checks.messages import disorder, quantile
from simnet.journal import DISCARDED, Evidence, MessageTrace
from simnet.journal.records import PhaseTimed
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


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """The messages of one channel. ``latency`` in seconds from the asking to the end, ``taken`` of that until the
    sender's block, ``transit_blocks`` from there in relay-chain blocks."""

    channel: str
    asked: int
    sent: int
    ended_once: int
    overtaken: int
    """Messages that came before one asked for earlier, in the sender's chain, on the relay chain or at the receiver."""
    endings: dict[Ending, int]
    latency: Spread | None
    taken: Spread | None
    transit_blocks: Spread | None


@dataclass(frozen=True, slots=True)
class AuthorFigures:
    """Blocks of one chain by one author. ``author`` is a node's name, a key that no node has, or ``unknown``."""

    chain: str
    author: str
    blocks: dict[Fate, int]


@dataclass(frozen=True, slots=True)
class ParachainFigures:
    """Heads and candidates of one parachain; candidates of finalized relay blocks. ``longest_wait`` is the longest time
    in seconds between two inclusions, from t0 to the run's end."""

    para: str
    best: int | None
    finalized: int | None
    backed: int
    included: int
    longest_wait: float | None


def spread(values: Iterable[float]) -> Spread | None:
    """None when there are no values."""
    ordered = sorted(values)
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


def channels(traces: Iterable[MessageTrace]) -> list[ChannelFigures]:
    """One row for each channel, in the order of first use."""
    by_channel: dict[str, list[MessageTrace]] = defaultdict(list)
    for trace in traces:
        by_channel[trace.channel].append(trace)
    return [_channel(name, members) for name, members in by_channel.items()]


def _channel(name: str, traces: list[MessageTrace]) -> ChannelFigures:
    endings = [ending(trace) for trace in traces]
    return ChannelFigures(
        channel=name,
        asked=len(traces),
        sent=sum(trace.sent is not None for trace in traces),
        ended_once=sum(len(trace.terminals) == 1 for trace in traces),
        overtaken=len({first.id for _, first, _ in disorder(traces)}),
        endings={one: endings.count(one) for one in Ending},
        latency=spread(trace.latency for trace in traces if trace.latency is not None),
        taken=spread(trace.sent - trace.asked for trace in traces if trace.sent is not None),
        transit_blocks=spread(trace.transit_blocks for trace in traces if trace.transit_blocks is not None),
    )


def fates(evidence: Evidence, chain: str) -> dict[str, Fate]:
    """What became of each block of a chain, by hash."""
    final = {block.hash for block in evidence.canonical(chain)}
    lost = {block.hash for block in lost_blocks(evidence, chain, 0.0, math.inf)}
    return {
        hash_: Fate.FINALIZED if hash_ in final else Fate.FORKED if hash_ in lost else Fate.OPEN
        for hash_ in evidence.blocks.get(chain, {})
    }


def authors(evidence: Evidence) -> list[AuthorFigures]:
    """One row for each author of each chain: all nodes that could author, then authors that are no node. No genesis
    blocks."""
    rows = []
    for chain in evidence.chains():
        fate = fates(evidence, chain)
        role = "validator" if chain == RELAY else "collator"
        counts = {name: dict.fromkeys(Fate, 0) for name in evidence.nodes(chain, role)}
        for block in evidence.blocks.get(chain, {}).values():
            if block.height > 0:
                counts.setdefault(block.author or "unknown", dict.fromkeys(Fate, 0))[fate[block.hash]] += 1
        rows += [AuthorFigures(chain, author, blocks) for author, blocks in counts.items()]
    return rows


def all_reorganisations(evidence: Evidence) -> list[Reorganisation]:
    """Of every node, in order of time."""
    found = [one for node in evidence.nodes() for one in reorganisations(evidence, node)]
    return sorted(found, key=lambda one: one.t)


def inclusions(evidence: Evidence) -> dict[str, list[float]]:
    """Times at which finalized relay blocks that include a candidate were first seen, by parachain."""
    found: dict[str, list[float]] = {para: [] for para in evidence.chains() if para != RELAY}
    for block, record in evidence.canonical_events(RELAY, "ParaInclusion", "CandidateIncluded"):
        found.setdefault(str(record.data.fields.get("para_id")), []).append(block.t)
    return found


def parachains(evidence: Evidence) -> list[ParachainFigures]:
    """One row for each parachain."""
    backed: dict[str, int] = defaultdict(int)
    for _, record in evidence.canonical_events(RELAY, "ParaInclusion", "CandidateBacked"):
        backed[str(record.data.fields.get("para_id"))] += 1
    end = run_end(evidence)
    rows = []
    for para, times in inclusions(evidence).items():
        nodes = evidence.nodes(para)
        moments = [evidence.t0, *(t for t in times if t > evidence.t0), end] if evidence.t0 is not None else []
        tip = evidence.tip(para)
        rows.append(
            ParachainFigures(
                para=para,
                best=max((head.height for node in nodes for head in evidence.best.get(node, ())), default=None),
                finalized=tip.height if tip else None,
                backed=backed[para],
                included=len(times),
                longest_wait=max((two - one for one, two in pairwise(moments)), default=None),
            )
        )
    return rows


def run_end(evidence: Evidence) -> float:
    """When the network's removal began, else the last record: what came after is no observation of the network."""
    ends = [record.data.start for record in evidence.of(PhaseTimed) if record.data.name == "teardown"]
    return float(ends[-1]) if ends else evidence.now


def total(spans: Iterable[tuple[float, float | None]], end: float) -> float:
    """Seconds that spans cover in all, up to ``end``; a span without an end lasts until then."""
    return sum(max(0.0, min(end, end if stop is None else stop) - start) for start, stop in spans)
