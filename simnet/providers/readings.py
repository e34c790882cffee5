"""What was seen of links and of byzantine acts, set against what was asked of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from simnet.faults import USES, Effective, LinkState, Pair
from simnet.journal.records import ActTally, Reading

SLACK = 0.025
"""Seconds that a round trip may take beyond the links' own delay: scheduling on a busy machine."""


@dataclass(frozen=True)
class Probes:
    """What probes saw of one directed link: ``arrived`` of ``sent``, the median round trip in seconds, None without
    an echo."""

    sent: int
    arrived: int
    rtt_median: float | None


def describe(state: LinkState) -> str:
    """A link's state for people."""
    if state.cut:
        return "cut"
    parts = []
    if state.delay:
        jitter = f" ± {state.jitter * 1000:g}" if state.jitter else ""
        parts.append(f"{state.delay * 1000:g}{jitter} ms")
    if state.loss:
        parts.append(f"{state.loss:.1%} lost")
    if state.reorder:
        parts.append(f"{state.reorder:.1%} reordered")
    if state.rate is not None:
        parts.append(f"{state.rate / 1e6:g} Mbit/s")
    return ", ".join(parts) or "clear"


def link_readings(state: Effective, measured: Mapping[Pair, Probes]) -> list[Reading]:
    """One reading per kind of link: links that were asked to be alike in both directions are told together."""
    groups: dict[tuple[LinkState, LinkState], list[Pair]] = defaultdict(list)
    for source, target in measured:
        groups[state.links[source, target], state.links[target, source]].append((source, target))
    return [_reading(there, back, pairs, measured) for (there, back), pairs in groups.items()]


def _reading(there: LinkState, back: LinkState, pairs: list[Pair], measured: Mapping[Pair, Probes]) -> Reading:
    names = ", ".join(f"{source}>{target}" for source, target in pairs[:3])
    more = f" and {len(pairs) - 3} more" if len(pairs) > 3 else ""
    results = [measured[pair] for pair in pairs]
    sent, arrived = sum(one.sent for one in results), sum(one.arrived for one in results)
    lost = 1 - arrived / sent
    medians = [one.rtt_median for one in results if one.rtt_median is not None]
    rtt = sorted(medians)[len(medians) // 2] if medians else None
    seen = f"{lost:.0%} of {sent} probes lost" + (f", round trip {rtt * 1000:.1f} ms" if rtt is not None else "")
    return Reading(
        what=f"links {names}{more}",
        asked=f"{describe(there)} (back: {describe(back)})",
        seen=seen,
        holds=_loss_holds(there, lost, sent) and _delay_holds(there, back, rtt),
    )


def _loss_holds(there: LinkState, lost: float, sent: int) -> bool:
    """Within four standard deviations of the binomial for the loss asked; exactly all for a cut."""
    if there.cut:
        return lost == 1
    return abs(lost - there.loss) <= 4 * sqrt(max(there.loss * (1 - there.loss), 0.01) / sent)


def _delay_holds(there: LinkState, back: LinkState, rtt: float | None) -> bool:
    if there.cut or back.cut:
        return rtt is None
    if rtt is None:
        return False
    asked, width = there.delay + back.delay, there.jitter + back.jitter
    overtaking = bool(there.reorder or back.reorder)
    return (overtaking or rtt >= asked - width - 0.002) and rtt <= asked + width + SLACK


def act_reading(tally: ActTally, *, as_asked: bool) -> Reading:
    """What a node did of an act. It is as asked when the node does it only while it is told to: that there was no
    occasion is not the fault's failure, and told."""
    seen = f"{tally.used} {USES[tally.act]}, {tally.occasions} occasions" if tally.occasions else "no occasion"
    if tally.first is not None and tally.last is not None:
        seen += f", {tally.first:.1f} to {tally.last:.1f} s"
    return Reading(what=f"{tally.act} of {tally.node}", asked="at each occasion", seen=seen, holds=as_asked, act=tally)
