"""Figures of a run that two providers are compared by, from its journal alone.

All are of the time from the barrier t0 to the end, since starts differ by what machines do. Times in seconds, heights
in blocks. A figure that a run cannot have (no message was sent, nothing was healed) is left out.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from simnet.checks import OneChain
from simnet.checks.blocks import lost_blocks
from simnet.checks.gone_over import missed
from simnet.checks.messages import quantile
from simnet.faults import Kill, Outage
from simnet.journal import Block, Evidence, Record, UpgradePhase, upgrade_phases
from simnet.journal.records import RuntimeEvent, UpgradeAsked
from simnet.network.topology import RELAY
from simnet.report.figures import all_reorganisations

AFTER_CHANGE = 3
"""Relay blocks after a session change that are compared with the others: two lose their candidates, one is spare."""

_UNITS = {"s": "s", "blocks": "blocks", "share": "of all", "rate": "per block", "per_100": "per 100"}


def figures(evidence: Evidence) -> dict[str, float]:
    """Every figure that the run has, by name; the name ends in its unit."""
    if evidence.t0 is None:
        return {}
    found: dict[str, float] = {}
    for part in (_finality, _after_healing, _authors, _forks, _lag, _parachains, _messages, _upgrades):
        found |= part(evidence, evidence.t0, evidence.watched_until)
    return {name: round(value, 3) for name, value in found.items()}


SEEN = 0.5
"""Seconds by which a time of real nodes is seen late: over RPC, by threads of a harness that shares their machine."""


def slack(name: str) -> float:
    """By how much a figure of real nodes may be off for want of a better view."""
    return SEEN if name.endswith("_s") else 0.0


def unit(name: str) -> str:
    """The unit of a figure in words."""
    return next(words for ending, words in _UNITS.items() if name.endswith("_" + ending))


def _finality(evidence: Evidence, start: float, end: float) -> dict[str, float]:
    """The longest time in which no validator finalized anything new, and how many blocks were finalized per slot."""
    rises, top = [start], 0
    heads = (head for node in evidence.nodes(RELAY, "validator") for head in evidence.finalized[node])
    for head in sorted(heads, key=lambda one: one.t):
        if head.height > top:
            top = head.height
            if start < head.t <= end:
                rises.append(head.t)
    return {"longest_stall_s": max(two - one for one, two in pairwise([*rises, end]))}


def _after_healing(evidence: Evidence, start: float, end: float) -> dict[str, float]:
    """From the end of healing of the first fault: until every validator has finalized a block that none had, and until
    all agree, if it concerned validators; of processes that were down also how long they took to start."""
    window = next((one for one in evidence.windows.values() if one.heal_end is not None), None)
    if window is None or window.heal_end is None or window.heal_start is None:
        return {}
    found: dict[str, float] = {}
    if set(window.nodes) & set(evidence.nodes(RELAY, "validator")):
        recovery = _recovery(evidence, window.heal_end, end)
        if recovery is not None:
            found["recovery_s"] = recovery
        agreed = OneChain(after=window.name, within=end).judge(evidence).figures.get("seconds")
        if agreed is not None:
            found["agreed_s"] = agreed
    if window.fault["kind"] in (Kill.kind, Outage.kind):
        found["start_s"] = window.heal_end - window.heal_start
    return found


def _recovery(evidence: Evidence, healed: float, end: float) -> float | None:
    validators = evidence.nodes(RELAY, "validator")
    at_heal = [evidence.head_at(node, healed, finalized=True) for node in validators]
    top = max((head.height for head in at_heal if head is not None), default=0)
    waits = []
    for node in validators:
        later = (head.t for head in evidence.finalized[node] if head.t > healed and head.height > top)
        reached = next(later, None)
        if reached is None or reached > end:
            return None
        waits.append(reached - healed)
    return max(waits)


def _relay_blocks(evidence: Evidence, start: float, end: float) -> list[Block]:
    return [block for block in evidence.blocks[RELAY].values() if start <= block.t <= end]


def _authors(evidence: Evidence, start: float, end: float) -> dict[str, float]:
    """Each validator's share of the relay blocks, forks included; the share of slots that have a block in the chain
    that is best in the end."""
    blocks = _relay_blocks(evidence, start, end)
    if not blocks:
        return {}
    counts = dict.fromkeys(evidence.nodes(RELAY, "validator"), 0)
    for block in blocks:
        if block.author in counts:
            counts[block.author] += 1
    found = {f"author_{name}_share": count / len(blocks) for name, count in counts.items()}
    tops = [evidence.best[node][-1] for node in counts if evidence.best[node]]
    top = max(tops, key=lambda head: head.height)
    slots = [block.slot for block in evidence.ancestors(RELAY, top.hash) if block.slot is not None and block.t >= start]
    if len(slots) > 1:
        found["filled_slots_share"] = (len(slots) - 1) / (slots[0] - slots[-1])
    return found


def _forks(evidence: Evidence, start: float, end: float) -> dict[str, float]:
    """Relay blocks that lost of those at or below the last finalized height, and the deepest reorganisation."""
    validators = evidence.nodes(RELAY, "validator")
    depths = [one.depth for one in all_reorganisations(evidence) if one.node in validators and start <= one.t <= end]
    found: dict[str, float] = {"deepest_reorganisation_blocks": max(depths, default=0)}
    tip = evidence.tip(RELAY)
    decided = [block for block in _relay_blocks(evidence, start, end) if tip and block.height <= tip.height]
    if decided:
        found["lost_per_100"] = 100 * len(lost_blocks(evidence, RELAY, start, end)) / len(decided)
    return found


def _lag(evidence: Evidence, start: float, end: float) -> dict[str, float]:
    """How far finality lags behind, on every validator at each of its new best blocks."""
    lags = []
    for node in evidence.nodes(RELAY, "validator"):
        for head in evidence.best[node]:
            if start <= head.t <= end:
                final = evidence.head_at(node, head.t, finalized=True)
                lags.append(head.height - (final.height if final else 0))
    if not lags:
        return {}
    return {"median_lag_blocks": quantile(sorted(lags), 0.5), "largest_lag_blocks": max(lags)}


def _parachains(evidence: Evidence, start: float, end: float) -> dict[str, float]:
    """Candidates that a finalized relay block includes, per parachain: on average, and how many fewer a session change
    costs: of the three blocks after one, against as many others."""
    paras = [chain for chain in evidence.chains() if chain != RELAY]
    chain = [block for block in evidence.canonical(RELAY) if start <= block.t <= end]
    if not paras or not chain:
        return {}
    included: dict[str, int] = defaultdict(int)
    for block, _ in _inclusions(evidence):
        included[block.hash] += 1
    changes = {block.height for block, _ in evidence.canonical_events(RELAY, "Session", "NewSession")}
    after = {height + more for height in changes for more in range(1, AFTER_CHANGE + 1)}
    rates = [included[block.hash] / len(paras) for block in chain]
    lean = [rate for block, rate in zip(chain, rates, strict=True) if block.height in after]
    others = [rate for block, rate in zip(chain, rates, strict=True) if block.height not in after]
    found = {"included_rate": sum(rates) / len(rates)}
    if lean and others:
        found["session_change_costs_blocks"] = AFTER_CHANGE * (sum(others) / len(others) - sum(lean) / len(lean))
    return found


def _messages(evidence: Evidence, start: float, end: float) -> dict[str, float]:
    """From the block that sent a message to the block that ended it, of those that ended."""
    traces = evidence.messages()
    seconds = sorted(one.transit for one in traces if one.transit is not None)
    blocks = sorted(one.transit_blocks for one in traces if one.transit_blocks is not None)
    found: dict[str, float] = {}
    if seconds:
        found |= {"median_latency_s": quantile(seconds, 0.5), "longest_latency_s": seconds[-1]}
    if blocks:
        found |= {"median_latency_blocks": quantile(blocks, 0.5), "longest_latency_blocks": blocks[-1]}
    return found


def _upgrades(evidence: Evidence, start: float, end: float) -> dict[str, float]:
    """Of the first upgrade of the relay chain and of a parachain: what they missed over ten blocks, and of the
    parachain's how many relay blocks lay from where its code was noted to the end of pre-checking, to the go-ahead and
    to the inclusion of the first block under the new code."""
    found: dict[str, float] = {}
    for asked in evidence.of(UpgradeAsked):
        chain, code = asked.chain or "", asked.data.code
        kind = "relay" if chain == RELAY else "parachain"
        first: dict[str, UpgradePhase] = {}
        for phase in upgrade_phases(evidence, chain, code, asked.t):
            first.setdefault(phase.name, phase)
        if "first used" not in first or not start <= asked.t <= end or f"{kind}_missed_blocks" in found:
            continue
        found[f"{kind}_missed_blocks"] = missed(evidence, chain, code)[0]
        phases = ("pre-checking began", "accepted by validators", "told to go ahead")
        included = _included(evidence, chain, code)
        if included is not None and first.keys() >= set(phases):
            noted, accepted, go_ahead = (first[name].height for name in phases)
            found["noted_to_accepted_blocks"] = accepted - noted
            found["noted_to_go_ahead_blocks"] = go_ahead - noted
            found["noted_to_included_blocks"] = included - noted
    return found


def _included(evidence: Evidence, chain: str, code: str) -> int | None:
    """The first finalized relay block that includes one of a parachain's which that code made."""
    for block, record in _inclusions(evidence):
        made = evidence.blocks[chain].get(str(record.data.fields.get("para_head")))
        by = None if made is None else evidence.code(chain, made.parent)
        if by is not None and by.data.code == code:
            return block.height
    return None


def _inclusions(evidence: Evidence) -> list[tuple[Block, Record[RuntimeEvent]]]:
    return evidence.canonical_events(RELAY, "ParaInclusion", "CandidateIncluded")
