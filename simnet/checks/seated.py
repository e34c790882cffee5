"""That the validators which a network lists are those who author and vote."""

from __future__ import annotations

from itertools import pairwise

from simnet.checks._check import Finding, Status, invariant
from simnet.checks.honesty import dishonest_validators
from simnet.checks.seats import Seats, seats, seats_at, seats_told
from simnet.journal import AnyRecord, Evidence, KeyHolders, RelayTime
from simnet.journal.records import MessageSubmitted, OurExtrinsic


def every_validator_seated(evidence: Evidence) -> Finding:
    """Every validator that the network lists has a seat from t0 on, or loses it by what the run did.

    Without one it neither authors nor votes, and what was judged is another network than the file describes: that is
    inconclusive, since nothing went wrong in it. A seat may go in the run by a call that it submitted, or to a
    validator that its faults made dishonest. Seats without a node are told; they count where f is counted.
    """
    name, expected = "every validator has a seat", "each validator that the network lists has a seat on the relay chain"
    begin = seats_at(evidence, evidence.t0) if evidence.t0 is not None else None
    if begin is None:
        return invariant(name, expected, Status.INCONCLUSIVE, "nobody read who has the seats at t0")
    problems: list[tuple[str, AnyRecord]] = []
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
    remarks += _keyless(evidence, last)
    told = [*(text for text, _ in problems[:3]), *remarks] or [f"{len(last.holders)} seats, each of a known node"]
    status = Status.INCONCLUSIVE if problems else Status.HELD
    return invariant(name, expected, status, "; ".join(told), [record for _, record in problems[:3]])


def _keyless(evidence: Evidence, last: Seats) -> list[str]:
    """In words, the seats whose keys no node has now, as after a wipe: nobody authors and votes for them."""
    held, now = KeyHolders(evidence), evidence.now
    lost = [who for who in last.holders if who not in last.nodeless and not held.within(last.key(who), now, now)]
    return [f"no node has the key of the seat of {', '.join(lost)}"] if lost else []


def _explained(evidence: Evidence, t: float) -> bool:
    """Whether something that the run did before, mail apart, may have cost a validator its seat."""
    mail = {record.data.extrinsic for record in evidence.of(MessageSubmitted)}
    called = any(
        record.data.success and record.data.extrinsic not in mail and (evidence.t0 or 0.0) <= record.t <= t
        for record in evidence.of(OurExtrinsic)
    )
    time = RelayTime(evidence)
    return called or any(one.slots[0] <= time.slot(t) for _, one in dishonest_validators(evidence, time))
