"""Checks of what validators are punished for: offence reports, and disputes about candidates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from simnet.checks._check import Finding, Interval, Unjudgeable, judged_nodes
from simnet.checks.bounds import Bounded
from simnet.checks.honesty import keys_of
from simnet.checks.relay import main_chain
from simnet.checks.seats import must_have_had_seats
from simnet.checks.watched import of_every_fork
from simnet.errors import InputError
from simnet.fields import Choices, Seconds, SecondsForm, Selectors, SelectorsForm
from simnet.journal import AnyRecord, Evidence, Record
from simnet.journal.records import DisputeSeen, RuntimeEvent
from simnet.network.topology import RELAY

OFFENCES: Mapping[str, str] = {
    "babe-equivocation": "two blocks for one BABE slot",
    "grandpa-equivocation": "two votes of one stage of a GRANDPA round",
    "beefy-equivocation": "BEEFY votes that contradict one another or the finalized chain",
    "for-invalid-backed": "backed a candidate that a dispute found invalid",
    "for-invalid-approved": "approved a candidate that a dispute found invalid",
    "against-valid": "disputed a candidate that the dispute found valid",
    "by-root": "made up by root (Westend's ``rootOffences``)",
}
"""What offences are called here, and what each is. The three ways to lose a dispute share one kind on-chain
(``disputes:slashin``)."""


@dataclass(frozen=True)
class Offence:
    """One validator's offence, as the first event reported it that anybody saw. ``at`` is the time slot in words."""

    kind: str
    at: str
    offender: str | None
    record: Record[RuntimeEvent]

    @property
    def time_slot(self) -> int | None:
        """When it was committed: the BABE slot of two blocks, the session of a disputed candidate; None for other
        kinds."""
        kind, slot = _key(self.record)
        size = 8 if kind.startswith(b"babe:") else 4 if kind.startswith(b"disputes:") else 0
        return int.from_bytes(slot[:size], "little") if size and len(slot) >= size else None

    @property
    def candidate(self) -> str | None:
        """Hash (0x hex) of the candidate in whose dispute it was committed."""
        kind, slot = _key(self.record)
        return "0x" + slot[4:36].hex() if kind.startswith(b"disputes:") and len(slot) >= 36 else None

    def __str__(self) -> str:
        return f"{self.kind} of {self.offender or 'nobody knows whom'} in {self.at}"


def offences(evidence: Evidence) -> list[Offence]:
    """Every offence on any fork, each once: one validator, kind and time slot. In the order in which they were seen."""
    found: dict[tuple[str, str, str | None], Offence] = {}
    for record in evidence.all_events("Offences", "Offence"):
        for kind, offender in _told(record):
            slot = str(record.data.fields.get("slot", ""))
            found.setdefault((kind, slot, offender), Offence(kind, _at(record), offender, record))
    return list(found.values())


def _told(record: Record[RuntimeEvent]) -> Iterator[tuple[str, str | None]]:
    """Kind and offender of each offence that an event is about; the offender is None where the journal has none."""
    offenders = record.data.offenders
    if offenders:
        for offender, kind in offenders.items():
            yield kind, offender
    else:
        yield _key(record)[0].decode(errors="replace"), None


def _at(record: Record[RuntimeEvent]) -> str:
    """The time slot of an offence in words. Little-endian numbers: of BABE the slot; of GRANDPA and BEEFY the set and
    the round, which is a block's height in BEEFY; of disputes the session and the candidate's hash."""
    kind, slot = _key(record)
    numbers = [int.from_bytes(slot[at : at + 8], "little") for at in (0, 8)]
    if kind.startswith(b"babe:"):
        return f"slot {numbers[0]}"
    if kind.startswith(b"grandpa:"):
        return f"round {numbers[1]} of set {numbers[0]}"
    if kind.startswith(b"beefy:"):
        return f"block {int.from_bytes(slot[8:12], 'little')} of set {numbers[0]}"
    if kind.startswith(b"disputes:"):
        return f"session {int.from_bytes(slot[:4], 'little')}, candidate 0x{slot[4:8].hex()}"
    return f"time slot 0x{slot.hex()}"


def _key(record: Record[RuntimeEvent]) -> tuple[bytes, bytes]:
    """Kind and time slot of an offence, as the chain has them."""
    kind, slot = (bytes.fromhex(record.data.fields.get(name, "0x")[2:]) for name in ("kind", "slot"))
    return kind, slot


@dataclass(frozen=True, kw_only=True)
class Offences(Bounded):
    """Counts offences reported in the interval, on any fork; one validator, kind and time slot counts once. Use it to
    see that misbehaviour is caught, and that honest validators are not accused."""

    kind: ClassVar[str] = "offences"

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            at_least: int | None = None,
            at_most: int | None = None,
            of: str = "",
            by: SelectorsForm = (),
        ) -> None: ...

    at_least: int | None = None
    at_most: int | None = None
    of: str = ""
    """Text that the kind of an offence must contain to be counted: ``babe-equivocation``, ``grandpa-equivocation``,
    ``beefy-equivocation``, ``for-invalid-backed``, ``for-invalid-approved``, ``against-valid``, ``by-root``, or a part
    of one; of a kind that simnet does not know, the runtime's own letters with their colon. By default any kind."""
    by: Selectors = ()
    """Validators whose offences are counted; by default all offenders, those included whose keys no node here has."""

    def validate(self) -> None:
        super().validate()
        if ":" not in self.of and not any(self.of in kind for kind in OFFENCES):
            raise InputError(f"no kind of offence is called {self.of!r}; there are {', '.join(OFFENCES)}")

    def selectors(self) -> Iterable[str]:
        return self.by

    def expected(self) -> str:
        whose = f" by {', '.join(self.by)}" if self.by else ""
        return f"{self.bounds()} offence(s){' of ' + self.of if self.of else ''}{whose}"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        named = judged_nodes(evidence, self.by)
        blocks, watched = of_every_fork(evidence, RELAY, interval.start, interval.end, named)
        owners = keys_of(evidence)
        by = {owners.get(node, node) for node in named}
        if by and self.at_least is None:
            must_have_had_seats(evidence, sorted(by))
        inside = [one for one in offences(evidence) if interval.holds(one.record.t) and self.of in one.kind]
        found = [one for one in inside if not by or one.offender in by]
        unnamed = [one for one in inside if one.offender is None]
        if by and unnamed:
            watched = replace(watched, unread=f"{unnamed[0]}, reported in block {unnamed[0].record.height}")
        text = f"{len(found)} in {len(blocks)} relay blocks{': ' if found else ''}" + "; ".join(
            f"{one}, reported in block {one.record.height}" for one in found[:4]
        )
        counts = {"count": len(found), **Counter(one.kind for one in found)}
        where = [one.record for one in found[:3]]
        return self.counted(len(found), text, interval, coverage=watched, where=where, figures=counts)


@dataclass(frozen=True)
class Dispute:
    """A dispute about a candidate: when a node first told of it, which only simulated ones do, and the first event of
    each sort by which the relay chain tells of it, on any fork."""

    candidate: str
    raised: Record[DisputeSeen] | None
    initiated: Record[RuntimeEvent] | None
    concluded: Record[RuntimeEvent] | None

    @property
    def first(self) -> AnyRecord:
        """What told of it first."""
        told: list[AnyRecord] = [one for one in (self.raised, self.initiated, self.concluded) if one is not None]
        return min(told, key=lambda one: one.seq)

    @property
    def outcome(self) -> str | None:
        """``valid`` or ``invalid`` once the chain concluded it."""
        return str(self.concluded.data.fields["1"]).lower() if self.concluded is not None else None

    @property
    def seconds(self) -> float | None:
        """From the block that brought the first votes to the one that brought the deciding vote."""
        if self.initiated is None or self.concluded is None:
            return None
        return self.concluded.t - self.initiated.t

    def __str__(self) -> str:
        name = f"candidate {self.candidate[:10]}"
        if self.initiated is None:
            return f"{name} is {self.outcome or 'disputed among nodes, of which the chain has not heard'}"
        name += f" disputed in block {self.initiated.height}"
        if self.concluded is None:
            return f"{name} is open"
        blocks = (self.concluded.height or 0) - (self.initiated.height or 0)
        return f"{name} found {self.outcome} after {self.seconds:.1f} s, {blocks} relay blocks"


def disputes(evidence: Evidence) -> list[Dispute]:
    """Every dispute that a node or any relay block tells of, in the order in which they were seen."""
    raised: dict[str, Record[DisputeSeen]] = {}
    for record in evidence.of(DisputeSeen):
        raised.setdefault(record.data.candidate, record)
    told: dict[str, dict[str, Record[RuntimeEvent]]] = {candidate: {} for candidate in raised}
    for event in evidence.all_events("ParasDisputes", "DisputeInitiated", "DisputeConcluded"):
        told.setdefault(event.data.fields["0"], {}).setdefault(event.data.name, event)
    found = [
        Dispute(one, raised.get(one), first.get("DisputeInitiated"), first.get("DisputeConcluded"))
        for one, first in told.items()
    ]
    return sorted(found, key=lambda one: one.first.seq)


@dataclass(frozen=True)
class DisputesTold:
    """How many of some disputes came how far. ``raised`` is None where nodes tell of none: real ones keep no record
    that simnet could read."""

    raised: int | None
    initiated: int
    valid: int
    invalid: int
    unconcluded: int

    def __str__(self) -> str:
        raised = "raised unknown (real nodes tell of none)" if self.raised is None else f"{self.raised} raised"
        return (
            f"{raised}, {self.initiated} initiated on chain, {self.valid} concluded for and {self.invalid} against the"
            f" candidate, {self.unconcluded} unconcluded"
        )


def how_far(evidence: Evidence, found: list[Dispute]) -> DisputesTold:
    """How far these disputes came until the run's end."""
    outcomes = Counter(one.outcome for one in found)
    return DisputesTold(
        raised=len(found) if evidence.run.provider == "simulated" else None,
        initiated=sum(one.initiated is not None for one in found),
        valid=outcomes["valid"],
        invalid=outcomes["invalid"],
        unconcluded=outcomes[None],
    )


HEARD_WITHIN = 5
"""Blocks of the main chain within which it hears of a dispute that nodes take part in: the next ones bring the votes. A
dispute of which it has not heard then is one in which only those spoke whose word does not count."""


_OUTCOMES = {
    "any": "All, whether or not the chain heard of it.",
    "initiated": "Those of which the chain heard.",
    "valid": "Those that the chain concluded for the candidate, whenever it did.",
    "invalid": "Those that the chain concluded against the candidate, whenever it did.",
    "unconcluded": "Those that the chain had not concluded by the run's end.",
}


@dataclass(frozen=True, kw_only=True)
class Disputes(Bounded):
    """Counts disputes that began in the interval, on any fork; each candidate counts once. Use it to see that invalid
    candidates are disputed, valid ones vindicated, and that it does not take too long.

    A dispute begins when a validator raises it, and to count as one of the chain's when that first hears of it. Real
    nodes tell of none, so that on them ``any`` is what the chain heard of.
    """

    kind: ClassVar[str] = "disputes"
    liveness: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            at_least: int | None = None,
            at_most: int | None = None,
            outcome: Literal["any", "initiated", "valid", "invalid", "unconcluded"] = "any",
            concluded_within: SecondsForm | None = None,
        ) -> None: ...

    at_least: int | None = None
    at_most: int | None = None
    outcome: Annotated[Literal["any", "initiated", "valid", "invalid", "unconcluded"], Choices(_OUTCOMES)] = "any"
    """Which disputes the bounds count, by how they ended."""
    concluded_within: Seconds | None = None
    """Time from the block that initiated a counted dispute to the one that concluded it, at most; the runtime has no
    event for one that runs out. It needs ``at_least`` 1 or more. Left out: they may stay open."""

    def validate(self) -> None:
        super().validate()
        if self.concluded_within is not None and not self.at_least:
            raise InputError("disputes: concluded_within needs at_least 1 or more, else no dispute would do")
        if self.concluded_within is not None and self.outcome == "unconcluded":
            raise InputError("disputes: what is unconcluded is not concluded_within any time")

    def expected(self) -> str:
        text = f"{self.bounds()} dispute(s)"
        if self.outcome in ("valid", "invalid"):
            text += f" that find the candidate {self.outcome}"
        elif self.outcome != "any":
            text += f" {'initiated on chain' if self.outcome == 'initiated' else 'unconcluded'}"
        if self.concluded_within is not None:
            text += f", concluded within {self.concluded_within:g}s"
        return text

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        timely = self.outcome in ("any", "initiated") and self.concluded_within is None
        until = interval.end if timely else evidence.now
        blocks, watched = of_every_fork(evidence, RELAY, interval.start, until)
        count = sum(1 for block in blocks if interval.holds(block.t))
        known = disputes(evidence)
        began = [one for one in known if (start := self._start(one)) is not None and interval.holds(start.t)]
        found = [one for one in began if self._counts(one)]
        late = self._late(found, evidence)
        self._all_ended(known, len(found), interval, evidence)
        held = self.fits(len(found)) and not late
        told = how_far(evidence, [one for one in known if interval.holds(one.first.t)])
        text = f"{len(found)} in {count} relay blocks{': ' if found else ''}" + "; ".join(map(str, (late or found)[:4]))
        times = [one.seconds for one in found if one.seconds is not None]
        figures = {"count": len(found), "seconds": round(max(times), 3) if times else None, **asdict(told)}
        where = [one.concluded or one.first for one in found[:3]]
        # A block that was not read may conclude what seems unconcluded, and what seems late.
        certain = self.outcome != "unconcluded" and not late and self.settled(len(found))
        text = f"{text}; {told}"
        return self.finding(held, text, interval, coverage=watched, certain=certain, where=where, figures=figures)

    def _all_ended(self, known: list[Dispute], count: int, interval: Interval, evidence: Evidence) -> None:
        """Raises :class:`Unjudgeable` where disputes that the run's end left open could exceed an upper bound."""
        if self.at_most is None or count > self.at_most or self.outcome in ("any", "unconcluded"):
            return
        left = [one for one in known if one.outcome is None and interval.holds(one.first.t)]
        if self.outcome == "initiated":
            left = [one for one in left if one.initiated is None and interval.end >= evidence.now]
        blocks = main_chain(evidence)
        since = blocks[-HEARD_WITHIN].t if len(blocks) >= HEARD_WITHIN else 0.0
        left = [one for one in left if one.initiated is not None or one.first.t >= since]
        if count + len(left) > self.at_most:
            raise Unjudgeable(
                f"{count} so far, and the run ended before it was clear of {'; '.join(map(str, left[:3]))}"
            )

    def _start(self, one: Dispute) -> AnyRecord | None:
        return one.initiated if self.outcome in ("initiated", "valid", "invalid") else one.first

    def _counts(self, one: Dispute) -> bool:
        if self.outcome == "unconcluded":
            return one.outcome is None
        return self.outcome in ("any", "initiated", one.outcome)

    def _late(self, found: list[Dispute], evidence: Evidence) -> list[Dispute]:
        """Those that were not concluded in time."""
        if self.concluded_within is None:
            return []
        early = [
            one
            for one in found
            if one.seconds is None and evidence.now - (one.initiated or one.first).t < self.concluded_within
        ]
        if early:
            raise Unjudgeable(f"the run ended before {early[0]} was due")
        return [one for one in found if one.seconds is None or one.seconds > self.concluded_within]
