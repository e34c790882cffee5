"""What happened on a chain by its runtime's events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict

from simnet.checks._check import Check, Finding, Interval
from simnet.checks.bounds import bounds_settled, within_bounds
from simnet.checks.coverage import Coverage
from simnet.checks.final_chain import FinalChain
from simnet.checks.patterns import Meanings, in_text, matches
from simnet.checks.watched import of_every_fork, of_final_blocks, unread
from simnet.errors import InputError
from simnet.fields import ChainForm, ChainId, EventName
from simnet.forms import FormsOfFiles
from simnet.journal import LEFT_OUT, SHORTENED, Ask, Block, Evidence, Record
from simnet.journal.records import RuntimeEvent
from simnet.network.topology import RELAY

_TOLD = 3
"""Events that a finding names."""


@dataclass(frozen=True, kw_only=True)
class EventPattern(metaclass=FormsOfFiles):
    """An event of a chain, by its name and what its fields must be."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    event: EventName
    """The event, as the runtime's metadata names it."""
    where: dict[str, Any] = field(default_factory=dict)
    """Fields by name (``"0"``, ``"1"`` where they have none) with what each must be: a value in the forms that calls
    take, a part of a struct, or ``{at_least: …, at_most: …, not: …, any_of: […]}``. By default any."""

    def fits(self, record: Record[RuntimeEvent], meanings: Meanings) -> bool:
        """Whether it is such an event."""
        data = record.data
        if f"{data.pallet}.{data.name}" != self.event:
            return False
        return not self.where or matches(self.where, data.fields if data.whole is None else data.whole, meanings)

    def __str__(self) -> str:
        return f"{self.event}{f' ({in_text(self.where)})' if self.where else ''}"


@dataclass(frozen=True, kw_only=True)
class Events(Check):
    """Counts events of a chain in its finalized blocks, by name and fields, or asks that several came in an order. Use
    it for whatever a runtime tells of itself; ``at_most: 0`` says that none came.

    An event in a block that is not final when the time ends leaves the check open where it could turn it.
    """

    kind: ClassVar[str] = "events"
    liveness: ClassVar[bool] = True
    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            chain: ChainForm = RELAY,
            event: str | None = None,
            where: Mapping[str, Any] = ...,
            at_least: int | None = None,
            at_most: int | None = None,
            in_order: Sequence[EventPattern | Mapping[str, Any]] = (),
            forks: bool = False,
        ) -> None: ...

    chain: ChainId = RELAY
    """The chain whose events are judged, by default the relay chain."""
    event: EventName | None = None
    """The event that is counted, as the runtime's metadata names it. Left out: ``in_order`` names several."""
    where: dict[str, Any] = field(default_factory=dict)
    """Fields of the counted event by name (``"0"``, ``"1"`` where they have none) with what each must be: a value in
    the forms that calls take, a part of a struct, or ``{at_least: …, at_most: …, not: …, any_of: […]}``. By default any
    event of that name counts."""
    at_least: int | None = None
    """The fewest events that hold; at least 1. Left out: no lower bound, and ``at_most`` or ``in_order`` is given."""
    at_most: int | None = None
    """The most events that hold; 0 says that there is none. Left out: no upper bound, and ``at_least`` or ``in_order``
    is given."""
    in_order: tuple[EventPattern, ...] = ()
    """Two events or more that must come one after the other, others in between aside. By default nothing is asked of an
    order."""
    forks: bool = False
    """Whether events of every block that was seen count, whatever became of its fork. By default those of finalized
    blocks do."""

    def validate(self) -> None:
        if (self.event is None) == (not self.in_order):
            raise InputError("events takes either event or in_order")
        if self.in_order and (self.at_least is not None or self.at_most is not None or self.where or self.forks):
            raise InputError("events: in_order stands by itself; where belongs to each of its events")
        if len(self.in_order) == 1:
            raise InputError("events: in_order needs two events or more; for one give event and at_least")
        if self.event is not None:
            if self.at_least is None and self.at_most is None:
                raise InputError("events needs at_least, at_most or both")
            if self.at_least is not None and self.at_least < 1:
                raise InputError(f"events: at_least {self.at_least} holds whatever happens; ask for 1 or more")
            if self.at_most is not None and self.at_most < (self.at_least or 0):
                raise InputError(f"events: at_most {self.at_most} is less than {self.at_least or 0}")

    def patterns(self) -> tuple[EventPattern, ...]:
        """The events that it looks for."""
        return self.in_order or (EventPattern(event=self.event or "", where=self.where),)

    def asks(self) -> Iterable[Ask]:
        for one in self.patterns():
            if one.event in LEFT_OUT or (one.where and one.event.partition(".")[0] == SHORTENED):
                yield Ask.of(self.chain, "event", one.event)

    def expected(self) -> str:
        if self.in_order:
            return f"on {self.chain} come {', then '.join(map(str, self.in_order))}"
        where = "any block" if self.forks else "finalized blocks"
        return f"{self._bounds()} {self.patterns()[0]} in {where} of {self.chain}"

    def _bounds(self) -> str:
        if self.at_most == 0:
            return "no"
        if self.at_least is not None and self.at_most is not None:
            same = self.at_least == self.at_most
            return f"exactly {self.at_least}" if same else f"{self.at_least} to {self.at_most}"
        return f"{self.at_least} or more" if self.at_least is not None else f"{self.at_most} at most"

    def too_much(self, held: bool) -> bool:
        return not held and self.at_least is None and not self.in_order

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        meanings = Meanings.of(evidence, self.chain)
        if self.forks:
            blocks, seen = of_every_fork(evidence, self.chain, interval.start, interval.end)
            seen = replace(seen, unread="; ".join(filter(None, (seen.unread, self._unasked(evidence, blocks)))))
            return self._counted(interval, self._such(evidence, blocks, meanings), [], seen)
        chain = FinalChain.until(evidence, self.chain, interval.end).within(interval)
        final = self._such(evidence, chain.final, meanings)
        later = self._such(evidence, chain.beyond, meanings)
        seen = of_final_blocks(evidence, self.chain, interval.start, interval.end)
        dark = unread(evidence, chain.final), self._unasked(evidence, chain.final)
        nothing = "" if chain.final else f"no block of {self.chain} of that time is final, which proves no absence"
        seen = replace(seen, unread="; ".join(filter(None, dark)), nothing=nothing)
        if self.in_order:
            return self._ordered(interval, final, later, seen)
        return self._counted(interval, final, later, seen)

    def _such(
        self, evidence: Evidence, blocks: Iterable[Block], meanings: Meanings
    ) -> list[tuple[EventPattern, Record[RuntimeEvent]]]:
        """The events of these blocks that it looks for, in their order, each with the first pattern that it fits."""
        return [
            (pattern, record)
            for block in blocks
            for record in evidence.events.get((self.chain, block.hash), ())
            for pattern in self.patterns()
            if pattern.fits(record, meanings)
        ]

    def _unasked(self, evidence: Evidence, blocks: Sequence[Block]) -> str:
        """Which blocks were read without what was to be asked for before the run."""
        for ask in self.asks():
            dark = sum(not evidence.answered(ask, block.hash) for block in blocks if block.height > 0)
            if dark:
                part = "" if ask.name in LEFT_OUT else "'s fields"
                return f"{ask.name}{part} was not asked for before {dark} of {len(blocks)} blocks were read"
        return ""

    def _counted(
        self,
        interval: Interval,
        final: Sequence[tuple[EventPattern, Record[RuntimeEvent]]],
        later: Sequence[tuple[EventPattern, Record[RuntimeEvent]]],
        seen: Coverage,
    ) -> Finding:
        count = len(final)
        held, certain = self._within(count), bounds_settled([count], self.at_least, self.at_most)
        text = f"{count}{self._places(final)}"
        if later:
            text += f"; {len(later)} more in blocks that are not final{self._places(later)}"
            if self._within(count + len(later)) != held:
                seen = replace(seen, unread="; ".join(filter(None, (seen.unread, "they may yet become final"))))
        where = [record for _, record in (*final, *later)][:_TOLD]
        return self.finding(held, text, interval, coverage=seen, certain=certain, where=where, figures={"count": count})

    def _within(self, count: int) -> bool:
        return within_bounds(count, self.at_least, self.at_most)

    def _ordered(
        self,
        interval: Interval,
        final: Sequence[tuple[EventPattern, Record[RuntimeEvent]]],
        later: Sequence[tuple[EventPattern, Record[RuntimeEvent]]],
        seen: Coverage,
    ) -> Finding:
        came = self._in_turn(final)
        held = len(came) == len(self.in_order)
        text = "; ".join(f"{one} in block {record.height}" for one, record in zip(self.in_order, came, strict=False))
        if not held:
            text = "; ".join(filter(None, (text, f"then no {self.in_order[len(came)]}")))
            if len(self._in_turn([*final, *later])) == len(self.in_order):
                seen = replace(seen, unread="; ".join(filter(None, (seen.unread, "the rest is not final yet"))))
        return self.finding(held, text, interval, coverage=seen, certain=held, where=came)

    def _in_turn(self, found: Sequence[tuple[EventPattern, Record[RuntimeEvent]]]) -> list[Record[RuntimeEvent]]:
        """The events with which the order came, as far as it did: each the first after the one before it."""
        came: list[Record[RuntimeEvent]] = []
        for pattern, record in found:
            if len(came) == len(self.in_order):
                break
            if pattern == self.in_order[len(came)] and record not in came[-1:]:
                came.append(record)
        return came

    @staticmethod
    def _places(found: Sequence[tuple[EventPattern, Record[RuntimeEvent]]]) -> str:
        told = ", ".join(f"block {record.height}" for _, record in found[:_TOLD])
        more = f" and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
        return f": {told}{more}" if told else ""
