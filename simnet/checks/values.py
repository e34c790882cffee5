"""What checks of values have in common: what a chain's state has at the end of a time, or at every block of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from simnet.checks._check import Check, Finding, Interval, Unjudgeable
from simnet.checks.final_chain import FinalChain, came_in
from simnet.checks.patterns import MISSING, Meanings, in_text, matches
from simnet.checks.watched import of_every_fork, of_final_blocks
from simnet.errors import InputError
from simnet.journal import Ask, Block, Evidence, Record
from simnet.journal.records import ValueRead

When = Literal["end", "always"]
"""At which of a time's blocks a value is judged; :data:`WHENS` says what each is."""

WHENS: Mapping[str, str] = {
    "end": "At the last finalized block that was seen in the interval.",
    "always": "At every finalized block of the interval, and at the last one before it.",
}
"""At which of a time's blocks a value is judged."""

_LONGEST = 80
"""Letters of a value that a finding repeats."""


@dataclass(frozen=True)
class _Seen:
    """A block with the value that its state has; ``record`` is where it was told, ``why`` says why nothing is known
    of it."""

    block: Block
    record: Record[ValueRead] | None
    value: Any = None
    why: str | None = None


class JudgesValues(Check):
    """Base of checks that judge a value of a chain's state, which have these fields."""

    chain: str
    """The chain whose state is judged."""
    when: When
    """At which blocks it must be so."""
    forks: bool
    """Whether blocks count that lost as well."""

    def validate(self) -> None:
        if self.forks and self.when != "always":
            raise InputError(f"{self.kind}: forks is about every block that was seen; write when: always")

    @abstractmethod
    def ask(self) -> Ask:
        """What is read for it."""

    @abstractmethod
    def what(self) -> str:
        """What is judged, in words."""

    @abstractmethod
    def judged(self, value: Any) -> Any:
        """What of the value that was read is judged; ``MISSING`` where it has no such part."""

    @abstractmethod
    def strange(self, value: Any, meanings: Meanings) -> bool:
        """Whether a value is of another form than the one for which the check was written, as after an upgrade: then
        it cannot be judged."""

    @abstractmethod
    def broken_by(self, value: Any, meanings: Meanings) -> str | None:
        """Why a value at one block is not as it must be; None if it is."""

    def change(self, meanings: Meanings) -> tuple[int | None, int | None] | None:
        """Bounds of the difference between the interval's end and its start; None where nothing is asked of it."""
        return None

    def asks(self) -> Iterable[Ask]:
        return (self.ask(),)

    def too_much(self, held: bool) -> bool:
        return not held and self.when == "always"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        ask = self.ask()
        if ask not in evidence.asked[self.chain]:
            raise Unjudgeable(f"{ask} was not asked for before the run, so that nobody read it")
        meanings = Meanings.of(evidence, self.chain)
        if self.forks:
            return self._on_every_fork(evidence, interval, ask, meanings)
        chain = FinalChain.until(evidence, self.chain, interval.end)
        start = chain.before(interval.start)
        inside = chain.within(interval)
        if not inside.final:
            raise Unjudgeable(f"no block of {self.chain} of that time is final")
        if start is None and self._has_change:
            raise Unjudgeable(f"no block of {self.chain} was final before, so that nothing tells what it was then")
        begin = [] if start is None else [start]
        final = self._values(evidence, ask, [*begin, *inside.final], meanings)
        problem = self._problem(final, meanings)
        seen = of_final_blocks(evidence, self.chain, interval.start, interval.end)
        unread = [f"{self.what()} {dark.why} at block {dark.block.height}" for dark in self._dark(final)[:1]]
        for branch in inside.branches:
            values = [*final, *self._values(evidence, ask, branch, meanings, after=final[-1])]
            turns = (self._problem(values, meanings) is None) != (problem is None)
            if turns or len(self._dark(values)) > len(self._dark(final)):
                how = "would turn it" if turns else "were not read"
                unread.append(f"blocks to {branch[-1].height} are not final and {how}")
                break
        broken = self._first_broken(final, meanings) if self.when == "always" else None
        shown = final[-1] if broken is None else broken[0]
        return self.finding(
            problem is None,
            "; ".join(filter(None, (problem, self._told(final)))),
            interval,
            coverage=replace(seen, unread="; ".join(unread)),
            certain=broken is not None,
            where=[] if shown.record is None else [shown.record],
            figures={"start": final[0].value, "end": final[-1].value},
        )

    def _on_every_fork(self, evidence: Evidence, interval: Interval, ask: Ask, meanings: Meanings) -> Finding:
        """Of every block that was seen in it, and of the last final one before."""
        blocks, seen = of_every_fork(evidence, self.chain, interval.start, interval.end)
        start = FinalChain.until(evidence, self.chain, interval.end).before(interval.start)
        inside = sorted(
            (block for block in blocks if came_in(block, interval)), key=lambda block: (block.height, block.t)
        )
        if not inside:
            raise Unjudgeable(f"no block of {self.chain} was seen in that time")
        known: dict[str, _Seen] = {}
        for block in (*([] if start is None else [start]), *inside):
            known[block.hash] = self._at(evidence, ask, block, meanings, known.get(block.parent))
        values = list(known.values())
        broken = self._first_broken(values, meanings)
        dark = [f"{self.what()} {one.why} at block {one.block.height}" for one in values if one.why is not None]
        shown = values[-1] if broken is None else broken[0]
        text = f"{self.what()} at {len(values)} blocks of every fork" if broken is None else broken[1]
        return self.finding(
            broken is None,
            text,
            interval,
            coverage=replace(seen, unread="; ".join(filter(None, (seen.unread, *dark[:1])))),
            certain=broken is not None,
            where=[] if shown.record is None else [shown.record],
            figures={"blocks": len(values)},
        )

    def _values(
        self,
        evidence: Evidence,
        ask: Ask,
        blocks: Sequence[Block],
        meanings: Meanings,
        after: _Seen | None = None,
    ) -> list[_Seen]:
        """Of blocks that lead on from one another, and from ``after``: a value stays until another one is told."""
        out: list[_Seen] = []
        last = after
        for block in blocks:
            last = self._at(evidence, ask, block, meanings, last)
            out.append(last)
        return out

    def _at(self, evidence: Evidence, ask: Ask, block: Block, meanings: Meanings, last: _Seen | None) -> _Seen:
        """What a block has; ``last`` is what the one had that was looked at before it."""
        record = evidence.values[ask].get(block.hash)
        if record is None and evidence.answered(ask, block.hash):
            same = last.record if last is not None and last.block.hash == block.parent else None
            record = same or evidence.value(ask, block.hash)
        if last is not None and record is not None and record is last.record:
            return replace(last, block=block)
        if record is None:
            return _Seen(block, None, why="was not read")
        if record.data.why is not None:
            return _Seen(block, record, why=f"could not be read ({record.data.why})")
        value = self.judged(record.data.value)
        if value is MISSING:
            return _Seen(block, record, why=f"has no such part: it is {_short(record.data.value)}")
        if self.strange(value, meanings):
            return _Seen(block, record, why=f"is {_short(value)}, which is of another form than what is asked")
        return _Seen(block, record, value)

    def _dark(self, values: Sequence[_Seen]) -> list[_Seen]:
        """Of those on which the finding hangs, the ones of which nothing is known."""
        first = values[:1] if self._has_change else []
        judged = values if self.when == "always" else [*first, values[-1]]
        return [one for one in judged if one.why is not None]

    @property
    def _has_change(self) -> bool:
        return getattr(self, "changes_by", None) is not None

    def _problem(self, values: Sequence[_Seen], meanings: Meanings) -> str | None:
        """What is not as it must be; nothing is said of what is not known."""
        broken = self._first_broken(values if self.when == "always" else values[-1:], meanings)
        if broken is not None:
            return broken[1]
        change = self.change(meanings)
        if change is None or self._dark(values):
            return None
        difference = number(values[-1].value) - number(values[0].value)
        least, most = change
        if (least is None or difference >= least) and (most is None or difference <= most):
            return None
        return f"{self.what()} changed by {difference}"

    def _first_broken(self, values: Sequence[_Seen], meanings: Meanings) -> tuple[_Seen, str] | None:
        """The first value that is not as it must be, with what is wrong with it."""
        told: Record[ValueRead] | None = None
        for one in values:
            if one.why is None and (told is None or one.record is not told):
                told = one.record
                why = self.broken_by(one.value, meanings)
                if why is not None:
                    return one, f"{why} at block {one.block.height}"
        return None

    def when_told(self) -> str:
        """At which blocks it must be so, in words."""
        if self.when == "end":
            return "at the end"
        return "at every block of every fork" if self.forks else "at every block"

    def _told(self, values: Sequence[_Seen]) -> str:
        """How it went from the interval's start to its end."""
        known = [one for one in values if one.why is None]
        changes = [one for at, one in enumerate(known) if at == 0 or one.value != known[at - 1].value]
        shown = changes if len(changes) <= 3 else [changes[0], *changes[-2:]]
        texts = [f"{_short(one.value)} at block {one.block.height}" for one in shown]
        if len(changes) > 3:
            texts.insert(1, f"{len(changes) - 3} more")
        return f"{self.what()}: {', '.join(texts)}" if texts else ""


def is_number(value: Any) -> bool:
    """Whether a value can be counted with: nothing at all counts as 0."""
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def number(value: Any) -> int:
    """A value as a number."""
    return value or 0


def bounds_of(wanted: Any, meanings: Meanings) -> tuple[int | None, int | None]:
    """The bounds that ``changes_by`` asks for: an amount is both."""
    if isinstance(wanted, Mapping):
        least, most = (None if (one := wanted.get(key)) is None else meanings.amount(one) for key in _BOUNDS)
        return least, most
    amount = meanings.amount(wanted)
    return amount, amount


_BOUNDS = ("at_least", "at_most")


def check_change(kind: str, wanted: Any) -> None:
    """Raises :class:`InputError` for what is no amount and no bounds of one."""
    if wanted is None or _is_amount(wanted):
        return
    bounds = wanted if isinstance(wanted, Mapping) else {}
    if not bounds or not set(bounds) <= set(_BOUNDS) or not all(map(_is_amount, bounds.values())):
        raise InputError(f"{kind}: changes_by is an amount, or {{at_least: …, at_most: …}}, not {wanted!r}")


def _is_amount(wanted: Any) -> bool:
    return isinstance(wanted, int | str) and not isinstance(wanted, bool)


def outside(value: Any, least: int | str | None, most: int | str | None, meanings: Meanings) -> str | None:
    """That a number does not lie between two bounds; None if it does, or there is no bound."""
    if least is not None and number(value) < meanings.amount(least):
        return f"{number(value)}, less than {least},"
    if most is not None and number(value) > meanings.amount(most):
        return f"{number(value)}, more than {most},"
    return None


def unequal(value: Any, wanted: Any, meanings: Meanings) -> str | None:
    """That a value is not what was wanted; None if it is, or nothing was."""
    if wanted is None or matches(wanted, value, meanings):
        return None
    return f"{_short(value)}, not {in_text(wanted)},"


def _short(value: Any) -> str:
    if value is None:
        return "nothing"
    text = in_text(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
