"""Whose keys a run's faults made dishonest, and in which sessions there were more of them than the protocol bears."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest

from simnet.checks._check import Finding, Status
from simnet.checks.seats import Seats, seats_of
from simnet.checks.seats import seats as seats_read
from simnet.faults import DISPUTES_LATER, LATE_AFTER, VALIDATOR_ACTS
from simnet.journal import SLOT, TWIN, Dishonesty, Evidence, KeyHolders, RelayTime, dishonesty
from simnet.journal.records import KeysStored
from simnet.network.session_keys import GRANDPA
from simnet.network.topology import RELAY

VOTES_TWICE = ("equivocate_votes", "restore", TWIN)
"""What makes a validator vote twice in GRANDPA: it is told to, forgot its votes, or there are two of it."""


JUDGES_WRONG = (
    "back_invalid",
    "approve_invalid",
    "dispute_valid",
    "dispute_late",
    "dispute_recent",
    "lose_workers",
    "hang_workers",
)
"""What makes a validator vote against the truth about a candidate."""


def keys_of(evidence: Evidence) -> dict[str, str]:
    """The validator whose account a node has, by the node's name: its own name, but for twins."""
    return {node.name: node.twin_of or node.name for node in evidence.network.nodes if node.role == "validator"}


@dataclass(frozen=True)
class Tenure:
    """Sessions and slots, first and last, in which a key was in force for a validator's seat; the last is None while it
    is."""

    validator: str
    key: str
    slots: tuple[int, int | None]
    sessions: tuple[int, int | None]


def tenures(evidence: Evidence, node: str, only: str | None = None) -> list[Tenure]:
    """Whose keys a node has, and when they are in force; or when ``only`` one key is, which the node has of some type.
    Without any key that came later it is its own account's throughout: that this has no seat then is told by who looks
    at seats."""
    owners, read = keys_of(evidence), seats_read(evidence)
    if node not in owners:
        return []
    if not read or not (evidence.of(KeysStored) or any(one.keys for one in read)):
        return [Tenure(owners[node], owners[node], (0, None), (0, None))]
    held, found = KeyHolders(evidence), dict[tuple[str, str], list[Tenure]]()

    def has(key: str) -> bool:
        return key == only if only is not None else node in held.of(key)

    for one, following in zip_longest(read, read[1:]):
        begun = (0, 0) if one is read[0] else (_first_slot(evidence, one), one.session)
        ended = (None, None) if following is None else (_first_slot(evidence, following) - 1, following.session - 1)
        for who in one.holders:
            if has(one.key(who)):
                spans = found.setdefault((who, one.key(who)), [])
                if spans and spans[-1].slots[1] == begun[0] - 1:
                    begun = spans[-1].slots[0], spans.pop().sessions[0]
                spans.append(Tenure(who, one.key(who), (begun[0], ended[0]), (begun[1], ended[1])))
    return [tenure for spans in found.values() for tenure in spans]


def _first_slot(evidence: Evidence, read: Seats) -> int:
    block = evidence.blocks[RELAY].get(read.record.hash or "")
    slot = None if block is None else block.slot
    return RelayTime(evidence).slot(read.record.t) if slot is None else slot


def validators_of_node(evidence: Evidence, node: str, session: int) -> tuple[str, ...]:
    """The validators whose keys in force in a session a node has."""
    found = (one.validator for one in tenures(evidence, node) if holds(one.sessions, session))
    return tuple(dict.fromkeys(found))


def dishonest_validators(evidence: Evidence, time: RelayTime) -> list[tuple[str, Dishonesty]]:
    """Every time in which a validator may break the protocol, with the validator whose key is used: while that is in
    force, and where a key is doubled only of that key."""
    return [
        (tenure.validator, replace(one, slots=slots, sessions=sessions))
        for one in dishonesty(evidence, time)
        if one.cause in (*VALIDATOR_ACTS, "restore", TWIN)
        for tenure in tenures(evidence, one.node, one.key)
        if (slots := _both(one.slots, tenure.slots)) is not None
        if (sessions := _both(one.sessions, tenure.sessions)) is not None
    ]


def _both(one: tuple[int, int | None], two: tuple[int, int | None]) -> tuple[int, int | None] | None:
    """Where two spans overlap; None where they do not."""
    first, ends = max(one[0], two[0]), [end for end in (one[1], two[1]) if end is not None]
    last = min(ends, default=None)
    return None if last is not None and last < first else (first, last)


def votes_left_behind(evidence: Evidence, time: RelayTime, slot: int) -> int | None:
    """The slot in which every node of the relay chain had finalized a block made after a slot, so that no round is
    voted in any more that was voted in then; None if that did not come. A node that is down at the end votes no more.
    """
    latest, blocks = slot, evidence.blocks[RELAY]
    for node in evidence.nodes(RELAY):
        heads = evidence.finalized[node]
        past = (head for head in heads if head.hash in blocks and (blocks[head.hash].slot or 0) > slot)
        first = next(past, None)
        downs = evidence.downs[node]
        if first is not None:
            latest = max(latest, time.slot(first.t))
        elif heads and not (downs and downs[-1].end is None):
            return None
    return latest


@dataclass(frozen=True)
class Majority:
    """A session in which more than f of its ``validators``, those who vote on what is judged, were byzantine, told
    apart by their keys."""

    session: int
    keys: tuple[str, ...]
    validators: int

    def __str__(self) -> str:
        return (
            f"{len(self.keys)} of {self.validators} validators ({', '.join(self.keys)}) were byzantine in session"
            f" {self.session}, more than f = {(self.validators - 1) // 3}"
        )


def too_many(
    evidence: Evidence, time: RelayTime, causes: tuple[str, ...], first: int = 0, last: int | None = None
) -> Majority | None:
    """The first session, of those from ``first`` to ``last``, with more than f = floor((n - 1) / 3) validators that
    were byzantine for one of these causes (acts, ``restore``, ``twin``), told apart by their keys; None if there is
    none. Of GRANDPA's votes n counts seats, of votes on candidates the active ones, or all where nobody read which
    were active in that session: then more byzantine ones are borne, and judged."""
    dishonest = dishonest_validators(evidence, time)
    told = [
        (key, _as_long(one, evidence, time))
        for key, one in dishonest
        if one.cause in causes and one.key_type in (None, GRANDPA)
    ]
    listed = tuple(dict.fromkeys(keys_of(evidence).values()))
    begun = {max(first, one.sessions[0]) for _, one in told}
    anew = {one.session for one in seats_read(evidence)} if told else set()
    for session in sorted(begun | anew):  # more come only where one begins, or others have the seats or are active
        seats = seats_of(evidence, session)
        drawn = causes == JUDGES_WRONG and seats is not None and seats.session == session
        voters = listed if seats is None else seats.active if drawn else seats.holders
        keys = tuple(dict.fromkeys(key for key, one in told if holds(one.sessions, session) and key in voters))
        if holds((first, last), session) and len(keys) > (len(voters) - 1) // 3:
            return Majority(session, keys, len(voters))
    return None


def _as_long(one: Dishonesty, evidence: Evidence, time: RelayTime) -> Dishonesty:
    """With the time until its votes are cast: a second one in GRANDPA may come as long as the round lasts."""
    last = one.slots[1]
    if last is not None and one.cause in DISPUTES_LATER:
        last += round(LATE_AFTER / SLOT)
    elif last is not None and one.cause in VOTES_TWICE:
        last = votes_left_behind(evidence, time, last)
    return replace(one, sessions=(one.sessions[0], None if last is None else time.session(last)))


def holds(span: tuple[int, int | None], value: int) -> bool:
    """Whether a value lies between first and last; None is no end."""
    return span[0] <= value and (span[1] is None or value <= span[1])


def suspended(finding: Finding, why: Majority | None) -> Finding:
    """The finding of an invariant that presupposes at most f byzantine validators, suspended where there were more."""
    if why is None or finding.status is Status.INCONCLUSIVE:
        return finding
    return replace(finding, status=Status.SUSPENDED, seen=f"not judged, since {why}; seen: {finding.seen}")
