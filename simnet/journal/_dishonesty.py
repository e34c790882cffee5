"""Which nodes a run's faults and its twins made dishonest, how and when, in terms that outlive the journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf

from simnet.faults import fault_from
from simnet.journal._evidence import Evidence
from simnet.journal._key_holders import KeyHolders
from simnet.journal._relay_time import RelayTime
from simnet.journal.records import NodeUp

TWIN = "twin"
"""The cause where a second node has a validator's keys; others are acts of ``byzantine``, and ``restore``."""

SLACK = 2.0
"""Seconds by which a slot's begin may be taken for later than it was."""


@dataclass(frozen=True)
class Dishonesty:
    """A time in which a node may break the protocol. ``fault`` is the name of what made it so.

    ``slots`` and ``sessions`` of the relay chain are first and last, both included; the last is None while it lasts.
    """

    node: str
    cause: str
    fault: str
    slots: tuple[int, int | None]
    sessions: tuple[int, int | None]
    key: str | None = None
    """The key that is doubled, as :class:`~simnet.journal.KeyHolders` calls it."""
    key_type: str | None = None
    """Of which type, where it is not doubled of all."""


def dishonesty(evidence: Evidence, time: RelayTime) -> list[Dishonesty]:
    """What earlier runs of the network left, then this one's, one for each node and cause."""
    found = [
        Dishonesty(**{**one, "slots": tuple(one["slots"]), "sessions": tuple(one["sessions"])})
        for one in evidence.network.dishonesty or ()
    ]
    running = {(one.node, one.key): one for one in found if one.cause == TWIN and one.slots[1] is None}
    found = [one for one in found if running.get((one.node, one.key)) is not one]
    for node, cause, fault, start, end in _of_faults(evidence):
        found.append(_dated(time, Dishonesty(node, cause, fault, (0, None), (0, None)), start, end))
    for node, start, end, key, key_type in _of_twins(evidence):
        one = _dated(time, Dishonesty(node, TWIN, node, (0, None), (0, None), key, key_type), start, end)
        before = running.get((node, key))
        if before is not None:
            slots, sessions = (before.slots[0], one.slots[1]), (before.sessions[0], one.sessions[1])
            one = replace(one, slots=slots, sessions=sessions)
        found.append(one)
    return found


def _dated(time: RelayTime, one: Dishonesty, start: float, end: float | None) -> Dishonesty:
    """From a time on, and up to another if there is one."""
    first, last = time.slot(start), None if end is None else time.slot(end + SLACK)
    return replace(
        one, slots=(first, last), sessions=(time.session(first), None if last is None else time.session(last))
    )


_Cause = tuple[str, str, str, float, float | None]


def _of_faults(evidence: Evidence) -> Iterator[_Cause]:
    for window in evidence.windows.values():
        for value, end in window.spans():
            fault = fault_from(value.fault)
            if fault.dishonest:
                for cause in fault.misdeeds() or (fault.kind,):
                    yield from ((node, cause, window.name, value.start, end) for node in value.nodes)


def _of_twins(evidence: Evidence) -> Iterator[tuple[str, float, float | None, str, str | None]]:
    """Nodes with another one's key: which key, and of which type if not of all. A twin from its first start on, another
    node from when it came to the key until it lost it; both as long as they run."""
    for node in evidence.network.nodes:
        ups = [one for one in evidence.of(NodeUp) if one.observer == node.name] if node.twin_of else []
        if node.twin_of and ups:
            yield node.name, ups[0].t, _ended(evidence, node.name), node.twin_of, None
    for one in KeyHolders(evidence).doubled():
        until = _ended(evidence, one.node) if one.until == inf else one.until
        yield one.node, one.since, until, one.key, one.key_type


def _ended(evidence: Evidence, node: str) -> float | None:
    """When a node that does not run any more stopped."""
    downs = evidence.downs[node]
    return downs[-1].start if downs and downs[-1].end is None else None
