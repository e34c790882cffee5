"""Who has the seats of the relay chain: they author and vote, whatever validators the network lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simnet.journal import AnyRecord, Evidence
from simnet.journal.records import SeatsRead
from simnet.network.topology import RELAY


@dataclass(frozen=True)
class Seats:
    """The seats from a relay block on. ``holders`` are the validators, as nodes that have their accounts, or keys (0x
    hex) of no known node, by their indices; ``keys`` are those of seats that have another than their account's;
    ``active`` are those of them that back, check and dispute candidates in that session, all unless the chain's
    ``max_validators`` says less. ``lacking`` are listed validators without a seat that were to begin with the network:
    no twins, none that joins late."""

    session: int
    holders: tuple[str, ...]
    active: tuple[str, ...]
    lacking: tuple[str, ...]
    keys: Mapping[str, str]
    record: AnyRecord

    def key(self, validator: str) -> str:
        """What :class:`~simnet.journal.KeyHolders` calls the key of a validator's seat."""
        return self.keys.get(validator, validator)

    @property
    def nodeless(self) -> tuple[str, ...]:
        """Seats of which no node is known."""
        return tuple(one for one in self.holders if one.startswith("0x"))


def seats(evidence: Evidence) -> list[Seats]:
    """Every set of seats that was read, in the order of the chain; none of forks that lost."""
    tip = evidence.tip(RELAY)
    late = {node.name for node in evidence.network.nodes if node.joins_late}

    def lost(record: AnyRecord) -> bool:
        height = record.height or 0
        return tip is not None and height <= tip.height and not evidence.is_ancestor(RELAY, record.hash or "", tip.hash)

    records = [record for record in evidence.of(SeatsRead) if not lost(record)]
    return [
        Seats(
            session=record.data.session,
            holders=(holders := tuple(record.data.seats)),
            active=tuple(holders[index] for index in record.data.active) if record.data.active is not None else holders,
            lacking=tuple(name for name in record.data.without_seat if name not in late),
            keys=record.data.keys or {},
            record=record,
        )
        for record in sorted(records, key=lambda one: one.height or 0)
    ]


def seats_at(evidence: Evidence, t: float) -> Seats | None:
    """The seats in force at a time, in seconds since the run began: those of the highest block that had been seen. None
    when nobody had read any by then."""
    return next((one for one in reversed(seats(evidence)) if one.record.t <= t), None)


def seats_told(found: Seats) -> list[str]:
    """In words, which listed validators have no seat and which seats have no node."""
    told, count = [], len(found.holders)
    if found.lacking:
        verb = "has" if len(found.lacking) == 1 else "have"
        told.append(f"{', '.join(found.lacking)} {verb} no seat, with {count} seats in session {found.session}")
    if found.nodeless:
        keys = ", ".join(one[:12] for one in found.nodeless[:3])
        told.append(f"{len(found.nodeless)} of {count} seats without a node, in session {found.session}: {keys}")
    return told


def seats_of(evidence: Evidence, session: int) -> Seats | None:
    """The seats in force in a session; None when none were read for it or before."""
    return next((one for one in reversed(seats(evidence)) if one.session <= session), None)
