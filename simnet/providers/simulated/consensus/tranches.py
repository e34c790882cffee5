"""How many tranches of approval checkers a candidate needs, and whether it is approved.

The rules of polkadot-node-core-approval-voting's approval_checking.rs, as one node sees them. Times are ticks of
500 ms, counted from any origin that all arguments share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

APPROVAL_DELAY = 2
"""Ticks that the newest assignment must be old before a candidate counts as approved."""

Need = Literal["all", "pending", "exact"]


@dataclass(frozen=True, slots=True)
class Required:
    """What a node makes of a candidate's assignments.

    ``pending``: those of tranches up to ``tranche`` do not suffice; more are to come, of tranches up to ``broadcast``
    (None: of any), and every tranche counts as late by ``drift``. ``exact``: those of the tranches up to ``tranche``
    decide, of which ``missing`` approvals may be missing. ``all``: so many no-shows that everybody has to check.
    """

    need: Need
    tranche: int = 0
    missing: int = 0
    broadcast: int | None = None
    drift: int = 0
    next_no_show: int | None = None
    """When the next assignment becomes a no-show if no approval comes."""
    last_assignment: int | None = None
    no_shows: tuple[int, ...] = ()
    """Validators that were assigned and are late."""


Assignments = Mapping[int, Sequence[tuple[int, int]]]
"""By tranche: validators, and the tick at which each one's assignment came."""


def required(
    assigned: Assignments,
    approvals: frozenset[int],
    *,
    validators: int,
    now: int,
    block: int,
    no_show: int,
    needed: int,
) -> Required:
    """What is required of a candidate at tick ``now``, ``block`` being the tick of its block's slot.

    ``no_show``: ticks after which an assigned validator that has not approved is a no-show. ``needed``: approvals that
    a candidate needs.
    """
    count = covered = uncovered = depth = 0
    covering = needed
    next_no_show: int | None = None
    last: int | None = None
    late: list[int] = []
    for tranche in sorted(assigned):  # empty tranches change nothing
        drift = depth * no_show
        drifted = now - drift
        if tranche > drifted - block:
            break
        here = assigned[tranche]
        fresh_late = 0
        for validator, tick in here:
            last = tick if last is None else max(last, tick)
            if validator in approvals:
                continue
            due = max(tick, block) - drift + no_show
            if due <= drifted:
                fresh_late += 1
                late.append(validator)
            else:
                next_no_show = due + drift if next_no_show is None else min(next_no_show, due + drift)
        new = len(here) if depth == 0 else min(len(here), 1)
        if depth > 0:
            covered += new
        count += len(here)
        covering = max(0, covering - new)
        uncovered += fresh_late
        if covering == 0 and uncovered:
            depth, covering, uncovered = depth + 1, uncovered, 0
        open_ = (covering if depth else 0) + uncovered
        if depth and count + open_ >= validators:
            return Required("all", next_no_show=next_no_show, last_assignment=last, no_shows=tuple(late))
        if count >= needed and open_ == 0:
            return Required("exact", tranche, covered, None, 0, next_no_show, last, tuple(late))
    drift = depth * no_show
    top = max(0, now - drift - block)
    broadcast = top + covering + uncovered if depth else None
    return Required("pending", top, 0, broadcast, drift, next_no_show, last, tuple(late))


def approved(assigned: Assignments, approvals: frozenset[int], what: Required, *, validators: int, now: int) -> bool:
    """Whether a candidate is approved: by more than a third of all validators, or by all that are assigned up to the
    tranche that is required, but for no-shows that others cover."""
    if 3 * len(approvals) > validators:
        return True
    if what.need != "exact":
        return False
    checkers = [validator for tranche, here in assigned.items() if tranche <= what.tranche for validator, _ in here]
    done = sum(validator in approvals for validator in checkers)
    if done + what.missing < len(checkers):
        return False
    return what.last_assignment is None or what.last_assignment <= now - APPROVAL_DELAY


def triggers(tranche: int, what: Required, approvals: int, *, validators: int, tranche_now: int) -> bool:
    """Whether a validator that was drawn for a tranche has to check now. ``approvals``: how many there are."""
    if tranche == 0:
        return True
    if what.need == "all":
        return 3 * approvals <= validators
    if what.need == "exact":
        return False
    return (what.broadcast is None or tranche <= what.broadcast) and tranche <= max(0, tranche_now - what.drift)
