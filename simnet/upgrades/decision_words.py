"""A decision in words, the same for screen and page."""

from __future__ import annotations

from simnet.journal import in_words
from simnet.network.topology import RELAY
from simnet.report.words import plural
from simnet.upgrades.course import Course
from simnet.upgrades.decision import UpgradeDecision

PHASES = ("authorized", "noted", "accepted by validators", "told to go ahead", "applied", "finalized")
"""Phases of which figures tell when they came."""


def figures(decision: UpgradeDecision) -> list[tuple[str, str]]:
    """(what, figure) of the clean upgrade; empty where it never began."""
    course = decision.clean.course if decision.clean is not None else None
    if course is None:
        return []
    limit = f" of {decision.size_limit:,} that the relay chain takes" if decision.size_limit is not None else ""
    rows = [("code", f"{course.code}, {decision.size:,} bytes{limit}")]
    rows += [("course", in_words(course.phases) or "nothing")]
    if course.chain != RELAY:
        rows += [("votes", _votes(course))]
    if course.relay_blocks is not None:
        blocks = plural(course.relay_blocks, "relay block")
        rows += [("to the go-ahead", f"{blocks} from the beginning of pre-checking")]
    applied, final = course.after_t0("applied"), course.after_t0("finalized")
    if applied is not None and final is not None:
        rows += [("to final", f"{final - applied:.1f} s from the block that applied it to a final block under it")]
    if course.missed is not None:
        what = "slot" if course.chain == RELAY else "relay block"
        rows += [("missed", f"{plural(course.missed, what)} over the next ten")]
    if course.mail:
        rows += [("mail", f"{plural(course.mail, 'message')}, {course.under_way} under way when it was applied")]
    rows += [("carried", line) for line in course.carried]
    rows += [("migrated", line) for line in course.migrated or (_migrates(course),)]
    return rows


def _votes(course: Course) -> str:
    if not course.votes_for and not course.votes_against:
        return "none, since the relay chain knows the code or nobody voted"
    told = [
        f"{len(who)} {how} ({', '.join(who)})"
        for how, who in (("for", course.votes_for), ("against", course.votes_against))
        if who
    ]
    return "; ".join(told)


def _migrates(course: Course) -> str:
    if course.migrates is None:
        return "whether any migration runs is not known"
    return "nothing was read" if course.migrates else "nothing, since its version is not higher"


def when(course: Course) -> dict[str, str]:
    """Seconds since t0 at which each phase was first seen, by the words of :data:`PHASES`."""
    found = {phase: course.after_t0(phase) for phase in PHASES}
    return {phase: "" if t is None else f"{t:.1f}" for phase, t in found.items()}
