"""Whether a fault met the moment of the upgrade that it was placed at, by the course of its own run: one that was over
before, or came later, rehearsed nothing."""

from __future__ import annotations

from collections.abc import Callable

from simnet.upgrades.course import Course, FaultSpan

Missed = Callable[[Course], str | None]
"""Why a run missed its moment, in words; None where it met it."""


class _LackingError(Exception):
    """A fault or a phase that the run has not."""


def _told(missed: Missed) -> Missed:
    """What is lacking is why the moment was missed."""

    def or_lacking(course: Course) -> str | None:
        try:
            return missed(course)
        except _LackingError as lacking:
            return str(lacking)

    return or_lacking


def in_force(fault: str, *phases: str, turn: bool = False) -> Missed:
    """The fault lasts over all those phases, and the turn of the upgrade if asked: from its last read-back until its
    healing begins."""

    def missed(course: Course) -> str | None:
        span = _span(course, fault)
        for phase in (*phases, *((course.turn,) if turn else ())):
            t = _t(course, phase)
            if not span.apply_end <= t <= span.heal_start:
                lasted = f"{fault} lasted from {_at(span.apply_end, course)} to {_at(span.heal_start, course)}"
                return f"{lasted}, and the code was {phase} at {_at(t, course)}"
        return None

    return _told(missed)


def begins_between(fault: str, first: str, last: str) -> Missed:
    """The fault begins after one phase and before another."""

    def missed(course: Course) -> str | None:
        span, start, end = _span(course, fault), _t(course, first), _t(course, last)
        if start <= span.apply_start < end:
            return None
        began = f"{fault} began at {_at(span.apply_start, course)}"
        return f"{began}; the code was {first} at {_at(start, course)} and {last} at {_at(end, course)}"

    return _told(missed)


def back_between(fault: str, first: str, last: str) -> Missed:
    """The fault is in force at one phase, and over before another."""

    def missed(course: Course) -> str | None:
        span, start, end = _span(course, fault), _t(course, first), _t(course, last)
        if span.apply_end <= start < span.heal_end <= end:
            return None
        lasted = f"{fault} lasted from {_at(span.apply_end, course)} to {_at(span.heal_end, course)}"
        return f"{lasted}; the code was {first} at {_at(start, course)} and {last} at {_at(end, course)}"

    return _told(missed)


def around(faults: tuple[str, ...], phase: str) -> Missed:
    """The first of some faults begins before a phase, and the last one ends after it."""

    def missed(course: Course) -> str | None:
        found, t = [_span(course, fault) for fault in faults], _t(course, phase)
        start, end = min(one.apply_start for one in found), max(one.heal_end for one in found)
        if start < t < end:
            return None
        lasted = f"the faults lasted from {_at(start, course)} to {_at(end, course)}"
        return f"{lasted}, and the code was {phase} at {_at(t, course)}"

    return _told(missed)


def starts_after(node: str, phase: str) -> Missed:
    """The node has its first block after a phase, so that it goes over that by blocks which it syncs."""

    def missed(course: Course) -> str | None:
        t, first = _t(course, phase), course.first_heads.get(node)
        if first is None:
            return f"{node} told of no block"
        if first < t:
            return f"{node} had blocks at {_at(first, course)}, before the code was {phase} at {_at(t, course)}"
        return None

    return _told(missed)


def mail_under_way(course: Course) -> str | None:
    """Of the mail, where there is any, a message was on its way when the code was applied."""
    if course.mail and not course.under_way:
        return (
            "no message was under way when the code was applied; give a scenario with `send` steps that last as long"
            " as the upgrade"
        )
    return None


def _span(course: Course, fault: str) -> FaultSpan:
    found = next((one for one in course.faults if one.name == fault), None)
    if found is None:
        raise _LackingError(f"{fault} never began")
    return found


def _t(course: Course, phase: str) -> float:
    t = course.t(phase)
    if t is None:
        raise _LackingError(f"the code was never {phase}")
    return t


def _at(t: float, course: Course) -> str:
    return f"t0 {'+' if t >= course.t0 else '-'} {abs(t - course.t0):.1f} s"
