"""Who was watched: what nodes gave evidence over a time, as far as the journal shows that somebody looked.

A node that runs and has nothing new to show is watched all the same, so absence of records alone is no gap. That a
reader stopped is told by gaps, by a node of which nothing was seen, and by one of which nothing came up to the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Literal

from simnet.checks.agreement import TOLERANCE
from simnet.checks.coverage import ENDED, Away, Coverage
from simnet.faults import effective, fault_from
from simnet.journal import Block, Evidence, Gap, Reader
from simnet.journal.records import NodeReady, NodeUp, PeerCount

FIRST_WITHIN = 20.0
"""Seconds after its RPC answered by which a node has shown its heads; observers read them first of all."""

QUIET = 60.0
"""Seconds for which a node may show nothing new that others in its reach have, or its observer nothing up to the end of
the run: ten slots of the relay chain. Nodes that a cut kept apart take up to 50 s to find each other again."""

STANDING = 60.0
"""Seconds without a new block after which a chain stands: ten slots."""

SAMPLES_WITHIN = 45.0
"""Seconds between two samples of a metric, of which one is taken every 15 s: one may be lost to a busy node."""


def coverage(
    evidence: Evidence,
    start: float,
    end: float,
    judged: Iterable[str],
    *,
    onlookers: Iterable[str] = (),
    what: Reader = Reader.HEADS,
    samples: Mapping[str, Sequence[float]] | None = None,
    syncing: Literal["unseen", "excused"] | None = None,
) -> Coverage:
    """What evidence there is of the judged nodes between two times, and of the ``onlookers``, who may have seen what
    the check is about. ``samples`` are the times of each judged node's samples, where a check leans on them.

    A node that syncs, since it is far behind its peers, tells nothing of what it imports and finalizes. ``syncing``
    says what that is to a check that leans on every head: ``unseen``, or a time in which a node is ``excused``.
    """
    nodes = tuple(dict.fromkeys(judged))
    others = tuple(name for name in dict.fromkeys(onlookers) if name not in nodes)
    missing: list[Gap] = []
    silent: list[Gap] = []
    away: list[Away] = []
    blind: list[str] = []
    ran: list[str] = []
    end = max(start, min(end, evidence.watched_until))
    for name in (*nodes, *others):
        lost, ends, running = _life(evidence, name, start, end, what)
        for one, two in running:
            lost += _lost(evidence, name, one, two, what)
        if samples is not None:
            lost += _between(samples.get(name, ()), name, running)
        if name in nodes:
            ran += [name] if running else []
            silent += [Gap(name, one.start, one.end, ENDED, what) for one in ends if one.why == ENDED]
            if what is Reader.HEADS:
                silent += [gap for one, two in running for gap in _quiet(evidence, name, one, two, end - start)]
            if syncing is not None:
                behind = [gap for one, two in running for gap in _syncing(evidence, name, one, two)]
                if syncing == "unseen":
                    silent += behind
                else:
                    away += [Away(name, gap.start, gap.end, gap.reason) for gap in behind]
            if lost and sum(two - one for one, two in _without(running, lost)) <= 0:
                blind.append(name)
        missing += lost
        away += [one for one in ends if one.why != ENDED]
    return Coverage(ran=tuple(ran), missing=tuple(missing), silent=tuple(silent), blind=tuple(blind), away=tuple(away))


def unseen(nodes: Iterable[str], start: float, end: float, why: str) -> Coverage:
    """That nothing of what a check leans on is known of these nodes, though they were watched."""
    names = tuple(nodes)
    return Coverage(missing=tuple(Gap(name, start, end, why) for name in names), blind=names)


def of_every_fork(
    evidence: Evidence, chain: str, start: float, end: float, judged: Iterable[str] = ()
) -> tuple[list[Block], Coverage]:
    """The blocks of a chain that were first seen between two times, forks included, and what the absence of something
    in them rests on: that every node of the chain was watched, and every block was read."""
    blocks = [b for b in evidence.blocks[chain].values() if start <= b.t <= end and b.height > 0]
    seen = coverage(evidence, start, end, judged, onlookers=evidence.nodes(chain))
    nothing = "" if blocks else f"no block of {chain} was seen in that time; that proves no absence"
    return blocks, replace(seen, unread=unread(evidence, blocks), nothing=nothing)


def unread(evidence: Evidence, blocks: Sequence[Block]) -> str:
    """Why an event that was not found in these blocks may have happened all the same, in words: one's contents were
    not read, or its parent was not even seen. Empty if neither is so."""
    dark = [block for block in blocks if block.height > 0 and block.hash not in evidence.read]
    if dark:
        return f"the events of {len(dark)} of {len(blocks)} {dark[0].chain} blocks of that time were not read"
    return hole(evidence, blocks)


def hole(evidence: Evidence, blocks: Iterable[Block]) -> str:
    """Which of these blocks has a parent that was not seen, in words; empty if all of them hang together."""
    for block in blocks:
        known = evidence.blocks[block.chain]
        if block.height > 1 and block.parent not in known and block.height > min(b.height for b in known.values()):
            return f"the parent of {block.chain} block {block.height} was not seen"
    return ""


def of_one_chain(
    evidence: Evidence, chain: str, start: float, end: float, judged: Iterable[str], onlookers: Iterable[str] = ()
) -> Coverage:
    """As :func:`coverage`, for what rests on which block descends from which. A hole after that time counts as well:
    beyond it nobody knows which blocks led to those that were finalized in the end."""
    later = (block for block in evidence.blocks[chain].values() if block.t >= start)
    seen = coverage(evidence, start, end, judged, onlookers=onlookers)
    return replace(seen, broken=hole(evidence, later))


def of_final_blocks(evidence: Evidence, chain: str, start: float, end: float) -> Coverage:
    """As :func:`of_one_chain`, for what rests on the blocks alone that its nodes finalized: a node that goes on after a
    gap shows finality that includes those of the gap, and they are read then. A gap up to the end counts."""

    def read_later(gap: Gap) -> bool:
        head = evidence.head_at(gap.observer, end, finalized=True)
        return head is not None and head.t >= gap.end

    seen = of_one_chain(evidence, chain, start, end, (), evidence.nodes(chain))
    return replace(seen, missing=tuple(gap for gap in seen.missing if not read_later(gap)))


def standstill(chain: str, gained: Iterable[float], start: float, end: float) -> str:
    """The longest time between two times in which a chain gained no block, in words, given when it did; empty where
    that is at most :data:`STANDING`."""
    times = [start, *sorted(t for t in gained if start < t < end), end]
    _, one, two = max((two - one, one, two) for one, two in pairwise(times))
    return f"the chain {chain} gained no block from {one:.0f} s to {two:.0f} s" if two - one > STANDING else ""


def gone_on(evidence: Evidence, gap: Gap) -> bool:
    """Whether a node showed something after a gap of its heads."""
    return _last_sign(evidence, gap.observer) >= gap.end


def unheard(evidence: Evidence, nodes: Iterable[str], what: Reader = Reader.HEADS) -> Coverage:
    """What is missing of the whole run for a finding about all that nodes ever showed: those of which nothing was seen,
    or nothing after a gap. A gap that ends while a node goes on takes nothing away, since finality that a node shows
    afterwards, and that its process runs, says the same of the time before."""
    until = evidence.watched_until
    whole = coverage(evidence, 0.0, until, nodes, what=what)
    missing = [gap for gap in whole.missing if gap.observer in whole.blind or not _heard_after(evidence, gap, until)]
    return Coverage(missing=tuple(missing), blind=whole.blind)


def _heard_after(evidence: Evidence, gap: Gap, until: float) -> bool:
    if gap.what is Reader.HEADS:
        return gone_on(evidence, gap)
    return gap.end < until - QUIET


# -- one node -------------------------------------------------------------------------------------------------------

_Span = tuple[float, float]


def _life(
    evidence: Evidence, name: str, start: float, end: float, what: Reader
) -> tuple[list[Gap], list[Away], list[_Span]]:
    """Between two times: what is not known of the node's process, when there was none, and when it ran."""
    ups = [record.t for record in evidence.of(NodeUp) if record.observer == name]
    if not ups:
        if joins_late(evidence, name):
            return [], [Away(name, start, end, "not started")], []
        return [Gap(name, start, end, "nothing shows that it ran", what)], [], [(start, end)]
    lost: list[Gap] = []
    ends = [Away(name, 0.0, ups[0], "not started")]
    for down in evidence.downs[name]:
        t = down.end if down.end is not None else evidence.now
        ends.append(Away(name, down.start, t, _why(evidence, name, down.start) if down.intended else ENDED))
    if what is not Reader.LOG:
        readies = [record.t for record in evidence.of(NodeReady) if record.observer == name]
        for up, following in pairwise([*ups, evidence.now]):
            last = min([following, *(d.start for d in evidence.downs[name] if d.start >= up)])
            ready = next((t for t in readies if up <= t <= last), None)
            why = next((one.why for one in ends if one.end == up), "starting")
            if ready is not None:
                ends.append(Away(name, up, ready, why))
            elif last < evidence.now:
                ends.append(Away(name, up, last, why))
            else:
                lost.append(Gap(name, up, last, "it never answered after its start", what))
    clipped = [Away(name, max(start, one.start), min(end, one.end), one.why) for one in ends]
    ends = [one for one in clipped if one.start < one.end]
    lost = [replace(g, start=max(start, g.start), end=min(end, g.end)) for g in lost if g.start < end and g.end > start]
    return lost, ends, _without([(start, end)], ends)


def joins_late(evidence: Evidence, name: str) -> bool:
    """Whether a node is not started with the network but by a step."""
    return any(node.name == name and node.joins_late for node in evidence.network.nodes)


def _why(evidence: Evidence, name: str, t: float) -> str:
    """Which fault or step took the node's process away."""
    found = [
        window.name
        for window in evidence.windows.values()
        if any(name in value.nodes and value.start <= t and (end is None or t <= end) for value, end in window.spans())
    ]
    return f"down by {found[-1]}" if found else "down"


def _without(spans: Iterable[_Span], cuts: Iterable[Away | Gap]) -> list[_Span]:
    """What is left of the spans beside the cuts."""
    left = list(spans)
    for cut in cuts:
        left = [
            piece
            for one, two in left
            for piece in ((one, min(two, cut.start)), (max(one, cut.end), two))
            if piece[0] < piece[1]
        ]
    return left


def _lost(evidence: Evidence, name: str, start: float, end: float, what: Reader) -> list[Gap]:
    """Times of a span in which the node ran and its reader read nothing."""
    found = [
        replace(gap, start=max(start, gap.start), end=min(end, gap.end))
        for gap in evidence.gaps_within(name, start, end, what)
    ]
    if what is not Reader.HEADS:
        return found
    for heads in (evidence.best[name], evidence.finalized[name]):
        first = heads[0].t if heads else end
        if not heads or first > start + FIRST_WITHIN:
            return [*found, Gap(name, start, min(end, max(start, first)), "it showed no head")]
    sign = _last_sign(evidence, name)
    downs = evidence.downs[name]
    last = downs[-1].start if downs and downs[-1].end is None else evidence.watched_until
    if sign < end and sign < last - QUIET and _others_told(evidence, name, sign + QUIET):
        found.append(Gap(name, max(start, sign), end, f"nothing was seen of it after {sign:.0f} s"))
    return found


def _last_sign(evidence: Evidence, name: str) -> float:
    """When the observer of a node journaled something of it for the last time."""
    peers = next((r.t for r in reversed(evidence.of(PeerCount)) if r.observer == name), 0.0)
    return max(peers, _last_head(evidence, name))


def _last_head(evidence: Evidence, name: str) -> float:
    return max((found[-1].t for found in (evidence.best[name], evidence.finalized[name]) if found), default=0.0)


def _others_told(evidence: Evidence, name: str, t: float) -> bool:
    """Whether after a time other observers still told what that of this node would have told as well: the peers that
    all nodes have at the end, or heads of its chain. Journals of earlier versions do not end with peers."""
    return any(record.t > t and record.observer != name for record in evidence.of(PeerCount)[-1:]) or any(
        _last_head(evidence, other) > t for other in evidence.nodes(evidence.chain_of(name)) if other != name
    )


def _between(times: Sequence[float], name: str, running: Sequence[_Span]) -> list[Gap]:
    """Times between samples for which a node that ran gave none."""
    inside = [[t for t in times if start <= t <= end] for start, end in running]
    longest = SAMPLES_WITHIN if any(inside) else 0.0
    return [
        Gap(name, one, two, "it gave nothing to judge", Reader.METRICS)
        for (start, end), found in zip(running, inside, strict=True)
        for one, two in pairwise([start, *found, end])
        if two - one > longest
    ]


def _quiet(evidence: Evidence, name: str, start: float, end: float, judged: float) -> list[Gap]:
    """Times of a span in which a node showed no new best block although others in its reach had shown higher ones for
    long. ``judged`` is the length of the whole interval in seconds."""
    patience = min(QUIET, judged / 2)
    times = [head.t for head in evidence.best[name] if start < head.t <= end]
    chain = evidence.chain_of(name)
    found = []
    for one, two in pairwise([start, *times, end]):
        if two - one > patience:
            own = evidence.head_at(name, one, finalized=False)
            least = (own.height if own else 0) + TOLERANCE
            ahead = [
                other
                for other in evidence.nodes(chain)
                if (head := evidence.head_at(other, two - patience, finalized=False)) and head.height > least
            ]
            near = [other for other in ahead if other != name and other in _reach(evidence, name, two)]
            if near:
                far = "far behind its peers, " if _syncing(evidence, name, one, two) else ""
                reason = f"{far}it showed no new block while {near[0]} did"
                found.append(Gap(name, one, two, reason))
    return found


def _syncing(evidence: Evidence, name: str, start: float, end: float) -> list[Gap]:
    """Times of a span in which a node said that it was far behind: it tells nothing of what it imports and finalizes
    then (docs/protocol.md)."""
    told = [(record.t, record.data.syncing) for record in evidence.of(PeerCount) if record.observer == name]
    spans = [(one, two) for (one, far), (two, _) in pairwise([*told, (end, False)]) if far]
    found = [(max(start, one), min(end, two)) for one, two in spans]
    return [Gap(name, one, two, "far behind its peers, it told nothing") for one, two in found if one < two]


def _reach(evidence: Evidence, name: str, t: float) -> tuple[str, ...]:
    """The nodes that a node could hear of at a time, by the faults of then and of the last minute, after which those
    that a fault kept apart may still be looking for each other."""
    active = [
        fault_from(window.fault)
        for window in evidence.windows.values()
        if window.apply_start <= t and (window.heal_end is None or t < window.heal_end + QUIET)
    ]
    groups = effective(evidence.network.topology, active).components()
    return next((group for group in groups if name in group), ())
