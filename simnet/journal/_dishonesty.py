"""Which nodes a run's faults and its twins made dishonest, how and when, in terms that outlive the journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simnet.faults import fault_from
from simnet.journal._evidence import Evidence
from simnet.journal._keys import KeyHolders
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


def dishonesty(evidence: Evidence, time: RelayTime) -> list[Dishonesty]:
    """What earlier runs of the network left, then this one's, one for each node and cause."""
    found = [
        Dishonesty(**{**one, "slots": tuple(one["slots"]), "sessions": tuple(one["sessions"])})
        for one in evidence.network.dishonesty or ()
    ]
    running = {one.node: one for one in found if one.cause == TWIN and one.slots[1] is None}
    found = [one for one in found if running.get(one.node) is not one]
    for node, cause, fault, start, end in (*_of_faults(evidence), *_of_twins(evidence)):
        first, last = time.slot(start), None if end is None else time.slot(end + SLACK)
        before = time.session(first)
        if cause == TWIN and node in running:
            first, before = running[node].slots[0], running[node].sessions[0]
        sessions = (before, None if last is None else time.session(last))
        found.append(Dishonesty(node, cause, fault, (first, last), sessions))
    return found


_Cause = tuple[str, str, str, float, float | None]


def _of_faults(evidence: Evidence) -> Iterator[_Cause]:
    for window in evidence.windows.values():
        for value, end in window.spans():
            fault = fault_from(value.fault)
            if fault.dishonest:
                for cause in fault.misdeeds() or (fault.kind,):
                    yield from ((node, cause, window.name, value.start, end) for node in value.nodes)


def _of_twins(evidence: Evidence) -> Iterator[_Cause]:
    """From a twin's first start on, or from when a node was given another one's key, as long as it runs; a key that was
    given is gone with the database, unless an older one came back."""
    begun = {}
    for node in evidence.network.nodes:
        ups = [one for one in evidence.of(NodeUp) if one.observer == node.name] if node.twin_of else []
        if ups:
            begun[node.name] = ups[0].t
    wiped: dict[str, float] = {}
    for name, _, since in KeyHolders(evidence).given():
        if name not in begun:
            begun[name] = since
            wiped |= _wiped(evidence, name, since)
    for name, since in begun.items():
        downs = evidence.downs[name]
        ended = downs[-1].start if downs and downs[-1].end is None else None
        yield name, TWIN, name, since, wiped.get(name, ended)


def _wiped(evidence: Evidence, node: str, since: float) -> dict[str, float]:
    """When a node's database was emptied for good after a time; nothing if it was not."""
    ups = [one for one in evidence.of(NodeUp) if one.observer == node and one.t > since]
    emptied = [one.t for one in ups if one.data.reason == "wipe"]
    return {node: emptied[0]} if emptied and not any(one.data.reason == "restore" for one in ups) else {}
