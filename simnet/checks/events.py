"""What happened on a chain by its runtime's events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict

from simnet.checks._check import Check, Finding, Interval
from simnet.checks.bounds import bounds_settled, within_bounds
from simnet.checks.coverage import Coverage
from simnet.checks.final_chain import FinalChain, came_in
from simnet.checks.patterns import Meanings, comparable, compares, in_text, matches
from simnet.checks.watched import of_every_fork, of_final_blocks, unread
from simnet.errors import InputError
from simnet.fields import ChainForm, ChainId, EventName
from simnet.forms import FormsOfFiles
from simnet.journal import LEFT_OUT, SHORTENED, Ask, Block, Evidence, Record
from simnet.journal.records import RuntimeEvent
from simnet.network.topology import RELAY

_TOLD = 3
"""Events that a finding names."""

_Found = tuple[int, Record[RuntimeEvent]]
"""An event, with which of the check's patterns it fits."""


@dataclass(frozen=True, kw_only=True)
class EventPattern(metaclass=FormsOfFiles):
    """An event of a chain, by its name and what its fields must be."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    event: EventName
    """The event, as the runtime's metadata names it."""
    where: dict[str, Any] = field(default_factory=dict, hash=False)
    """Fields by name (``"0"``, ``"1"`` where they have none) with what each must be: a value in the forms that calls
    take, a part of a struct, or ``{at_least: …, at_most: …, not: …, any_of: […]}``. By default any."""

    def fits(self, record: Record[RuntimeEvent], meanings: Meanings) -> bool | None:
        """Whether an event of that name is such an event; None where that cannot be told, since only a part of its
        fields was recorded, or they are others than those that are written."""
        if not self.where:
            return True
        data = record.data
        fields = data.whole if data.pallet == SHORTENED else data.fields
        if fields is None:
            return None
        if matches(self.where, fields, meanings):
            return True
        named = compares(self.where) or all(name in fields for name in self.where)
        return False if named and comparable(self.where, fields, meanings) else None

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
            where: dict[str, Any] = ...,
            at_least: int | None = None,
            at_most: int | None = None,
            in_order: Sequence[EventPattern | Mapping[str, Any]] = (),
            forks: bool = False,
        ) -> None: ...

    chain: ChainId = RELAY
    """The chain whose events are judged, by default the relay chain."""
    event: EventName | None = None
    """The event that is counted, as the runtime's metadata names it. Left out: ``in_order`` names several."""
    where: dict[str, Any] = field(default_factory=dict, hash=False)
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
        search = _Search.of(self, evidence)
        if self.forks:
            blocks, seen = of_every_fork(evidence, self.chain, interval.start, interval.end)
            blocks = [block for block in blocks if came_in(block, interval)]
            found = search.within(blocks)
            return self._counted(interval, found, [], self._with_unread(evidence, seen, blocks, search))
        chain = FinalChain.until(evidence, self.chain, interval.end).within(interval)
        final, later = search.within(chain.final), [search.within(branch) for branch in chain.branches]
        seen = of_final_blocks(evidence, self.chain, interval.start, interval.end)
        nothing = "" if chain.final else f"no block of {self.chain} of that time is final, which proves no absence"
        seen = self._with_unread(evidence, replace(seen, nothing=nothing), chain.blocks, search)
        if self.in_order:
            return self._ordered(interval, final, later, seen)
        return self._counted(interval, final, later, seen)

    def _with_unread(self, evidence: Evidence, seen: Coverage, blocks: Sequence[Block], search: _Search) -> Coverage:
        """With what could be in these blocks, though it was not found."""
        dark = unread(evidence, blocks), self._unasked(evidence, blocks), search.untold
        return replace(seen, unread="; ".join(filter(None, dark)))

    def _unasked(self, evidence: Evidence, blocks: Sequence[Block]) -> str:
        """Which blocks were read without what was to be asked for before the run."""
        for ask in self.asks():
            dark = sum(not evidence.answered(ask, block.hash) for block in blocks)
            if dark:
                part = "" if ask.name in LEFT_OUT else "'s fields"
                return f"{ask.name}{part} was not asked for before {dark} of {len(blocks)} blocks were read"
        return ""

    def _counted(
        self, interval: Interval, final: Sequence[_Found], later: Sequence[Sequence[_Found]], seen: Coverage
    ) -> Finding:
        count = len(final)
        held, certain = self._within(count), bounds_settled([count], self.at_least, self.at_most)
        text = f"{count}{self._places(final)}"
        most = max(later, key=len, default=())
        if most:
            text += f"; {len(most)} more in blocks that are not final{self._places(most)}"
        if any(self._within(count + len(branch)) != held for branch in later):
            seen = replace(seen, unread="; ".join(filter(None, (seen.unread, "they may yet become final"))))
        where = [record for _, record in (*final, *most)][:_TOLD]
        return self.finding(held, text, interval, coverage=seen, certain=certain, where=where, figures={"count": count})

    def _within(self, count: int) -> bool:
        return within_bounds(count, self.at_least, self.at_most)

    def _ordered(
        self, interval: Interval, final: Sequence[_Found], later: Sequence[Sequence[_Found]], seen: Coverage
    ) -> Finding:
        came = self._in_turn(final)
        held = len(came) == len(self.in_order)
        text = "; ".join(f"{one} in block {record.height}" for one, record in zip(self.in_order, came, strict=False))
        if not held:
            text = "; ".join(filter(None, (text, f"then no {self.in_order[len(came)]}")))
            if any(len(self._in_turn([*final, *branch])) == len(self.in_order) for branch in later):
                seen = replace(seen, unread="; ".join(filter(None, (seen.unread, "the rest is not final yet"))))
        return self.finding(held, text, interval, coverage=seen, certain=held, where=came)

    def _in_turn(self, found: Sequence[_Found]) -> list[Record[RuntimeEvent]]:
        """The events with which the order came, as far as it did: each the first after the one before it."""
        came: list[Record[RuntimeEvent]] = []
        for at, record in found:
            if at == len(came) and (not came or record.seq != came[-1].seq):
                came.append(record)
        return came

    @staticmethod
    def _places(found: Sequence[_Found]) -> str:
        told = ", ".join(f"block {record.height}" for _, record in found[:_TOLD])
        more = f" and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
        return f": {told}{more}" if told else ""


@dataclass
class _Search:
    """Looks for events of some patterns, each block once."""

    evidence: Evidence
    chain: str
    by_name: Mapping[tuple[str, str], Sequence[tuple[int, EventPattern]]]
    meanings: Meanings
    odd: dict[int, str] = field(default_factory=dict)
    """Names of events of which nobody can tell whether they are meant, by the records' numbers."""

    @classmethod
    def of(cls, check: Events, evidence: Evidence) -> _Search:
        by_name: dict[tuple[str, str], list[tuple[int, EventPattern]]] = {}
        for at, pattern in enumerate(check.patterns()):
            pallet, _, name = pattern.event.partition(".")
            by_name.setdefault((pallet, name), []).append((at, pattern))
        return cls(evidence, check.chain, by_name, Meanings.of(evidence, check.chain))

    def within(self, blocks: Iterable[Block]) -> list[_Found]:
        """The events of these blocks that are looked for, in their order, once for each pattern that they fit."""
        found: list[_Found] = []
        events = self.evidence.events
        for block in blocks:
            for record in events.get((self.chain, block.hash), ()):
                for at, pattern in self.by_name.get((record.data.pallet, record.data.name), ()):
                    fits = pattern.fits(record, self.meanings)
                    if fits:
                        found.append((at, record))
                    elif fits is None:
                        self.odd[record.seq] = pattern.event
        return found

    @property
    def untold(self) -> str:
        """Which events may be meant, and nobody can tell, in words."""
        if not self.odd:
            return ""
        names = ", ".join(dict.fromkeys(self.odd.values()))
        return f"of {len(self.odd)} {names} nobody can tell whether they are meant: their fields are others"
