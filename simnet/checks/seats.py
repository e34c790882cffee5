"""Who has the seats of the relay chain: they author and vote, whatever validators the network lists."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from simnet.checks._base import Finding, Status, pointer
from simnet.checks.honesty import dishonest_since
from simnet.journal import Evidence, Kind, Record
from simnet.network.topology import RELAY


@dataclass(frozen=True)
class Seats:
    """The seats from a relay block on. ``holders`` are node names, or keys (0x hex) of no known node, by their indices;
    ``lacking`` are listed validators without a seat that were to begin with the network: no twins, none that joins
    late."""

    session: int
    holders: tuple[str, ...]
    lacking: tuple[str, ...]
    record: Record

    @property
    def nodeless(self) -> tuple[str, ...]:
        """Seats of which no node is known."""
        return tuple(one for one in self.holders if one.startswith("0x"))


def seats(evidence: Evidence) -> list[Seats]:
    """Every set of seats that was read, in the order of the chain; none of forks that lost."""
    tip = evidence.tip(RELAY)
    late = {node["name"] for node in evidence.network.get("nodes", ()) if node.get("joins_late")}

    def lost(record: Record) -> bool:
        height = record.height or 0
        return tip is not None and height <= tip.height and not evidence.is_ancestor(RELAY, record.hash or "", tip.hash)

    records = [record for record in evidence.of_kind[Kind.SEATS] if not lost(record)]
    return [
        Seats(
            session=record.data["session"],
            holders=tuple(record.data["seats"]),
            lacking=tuple(name for name in record.data["without_seat"] if name not in late),
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


def every_validator_seated(evidence: Evidence) -> Finding:
    """Every validator that the network lists has a seat from t0 on, or loses it by what the run did.

    Without one it neither authors nor votes, and what was judged is another network than the file describes: that is
    inconclusive, since nothing went wrong in it. A seat may go in the run by a call that it submitted, or to a
    validator that its faults made dishonest. Seats without a node are told; they count where f is counted.
    """
    name, expected = "every validator has a seat", "each validator that the network lists has a seat on the relay chain"
    begin = seats_at(evidence, evidence.t0) if evidence.t0 is not None else None
    if begin is None:
        return _finding(name, expected, Status.INCONCLUSIVE, "nobody read who has the seats at t0", [])
    problems: list[tuple[str, Record]] = []
    remarks: list[str] = []
    if begin.lacking:
        way = "give it one in `genesis`, or list it under `nodes`"
        problems.append(("; ".join([*seats_told(begin), way]), begin.record))
    found = seats(evidence)
    later = found[found.index(begin) + 1 :]
    for before, one in pairwise([begin, *later]):
        gone = [who for who in one.lacking if who not in before.lacking]
        if gone and _explained(evidence, one.record.t):
            since = f"without a seat from session {one.session} on"
            remarks.append(f"{', '.join(gone)} {since}, after calls or faults of the run")
        elif gone:
            problems.append(("; ".join(seats_told(one)), one.record))
    last = later[-1] if later else begin
    if last.nodeless and not problems:
        remarks += seats_told(last)[-1:]
    told = [*(text for text, _ in problems[:3]), *remarks] or [f"{len(last.holders)} seats, each of a known node"]
    status = Status.INCONCLUSIVE if problems else Status.HELD
    return _finding(name, expected, status, "; ".join(told), [record for _, record in problems[:3]])


def _explained(evidence: Evidence, t: float) -> bool:
    """Whether something that the run did before, mail apart, may have cost a validator its seat."""
    mail = {record.data["extrinsic"] for record in evidence.of_kind[Kind.MESSAGE_SUBMITTED]}
    called = any(
        record.data["success"] and record.data["extrinsic"] not in mail and (evidence.t0 or 0.0) <= record.t <= t
        for record in evidence.of_kind[Kind.EXTRINSIC]
    )
    return called or any(since <= t for since in dishonest_since(evidence).values())


def _finding(name: str, expected: str, status: Status, seen: str, where: list[Record]) -> Finding:
    return Finding(
        check=name,
        status=status,
        expected=expected,
        seen=seen,
        where=tuple(pointer(record) for record in where),
        invariant=True,
    )
