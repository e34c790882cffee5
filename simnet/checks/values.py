"""What checks of values have in common: what a chain's state has at the end of a time, or at every block of it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from simnet.checks._check import Check, Finding, Interval, Unjudgeable
from simnet.checks.final_chain import FinalChain
from simnet.checks.patterns import MISSING, Meanings, in_text, matches
from simnet.checks.watched import of_final_blocks
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
    """A block with the value that its state has; ``record`` is where it was told, None where nobody read it."""

    block: Block
    record: Record[ValueRead] | None
    value: Any

    @property
    def why(self) -> str | None:
        """Why nothing is known of it."""
        if self.record is None:
            return "was not read"
        return None if self.record.data.why is None else f"could not be read: {self.record.data.why}"


class JudgesValues(Check):
    """Base of checks that judge a value of a chain's state, which have these fields."""

    chain: str
    """The chain whose state is judged."""
    when: When
    """At which blocks it must be so."""

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
        chain = FinalChain.until(evidence, self.chain, interval.end)
        start = chain.before(interval.start)
        inside = chain.within(interval)
        values = self._values(evidence, ask, [*filter(None, [start]), *inside.final, *inside.beyond])
        final = [one for one in values if one.block not in inside.beyond]
        if not final:
            raise Unjudgeable(f"no block of {self.chain} was final by then")
        told = [one for one in values if one.why is None]
        if told and all(one.value is MISSING for one in told):
            raise Unjudgeable(f"{self.what()}: no value that was read has such a part")
        problem = self._problem(final, start, meanings)
        seen = of_final_blocks(evidence, self.chain, interval.start, interval.end)
        dark = [one for one in self._judged(final, start) if one.why is not None]
        unread = [f"{self.what()} {dark[0].why} at block {dark[0].block.height}"] if dark else []
        if (self._problem(values, start, meanings) is None) != (problem is None):
            unread.append(f"blocks to {values[-1].block.height} are not final and would turn it")
        broken = self._broken(final, meanings) if self.when == "always" else None
        return self.finding(
            problem is None,
            "; ".join(filter(None, (problem, self._told(final)))),
            interval,
            coverage=replace(seen, unread="; ".join(unread)),
            certain=broken is not None,
            where=[one.record for one in final[-1:] if one.record is not None],
            figures={"start": final[0].value, "end": final[-1].value},
        )

    def _values(self, evidence: Evidence, ask: Ask, blocks: Sequence[Block]) -> list[_Seen]:
        """Of blocks that lead on from one another: a value stays until another one is told."""
        out: list[_Seen] = []
        told = evidence.values[ask]
        for block in blocks:
            record = told.get(block.hash)
            if record is None and evidence.answered(ask, block.hash):
                same = out[-1].record if out and out[-1].block.hash == block.parent else None
                record = same or evidence.value(ask, block.hash)
            out.append(_Seen(block, record, None if record is None else self.judged(record.data.value)))
        return out

    def _judged(self, values: Sequence[_Seen], start: Block | None) -> list[_Seen]:
        """Those on which the finding hangs."""
        first = values[:1] if self._has_change and start is not None else []
        return list(values) if self.when == "always" else [*first, values[-1]]

    @property
    def _has_change(self) -> bool:
        return getattr(self, "changes_by", None) is not None

    def _problem(self, values: Sequence[_Seen], start: Block | None, meanings: Meanings) -> str | None:
        """What is not as it must be; nothing is said of what nobody read."""
        broken = self._broken(values if self.when == "always" else values[-1:], meanings)
        if broken is not None:
            return broken
        change = self.change(meanings)
        if change is None:
            return None
        if start is None:
            raise Unjudgeable(f"no block of {self.chain} was final before, so that nothing tells what it was then")
        one, two = number(values[0].value), number(values[-1].value)
        if one is None or two is None:
            return f"{self.what()} is no number"
        least, most = change
        if (least is None or two - one >= least) and (most is None or two - one <= most):
            return None
        return f"{self.what()} changed by {two - one}"

    def _broken(self, values: Sequence[_Seen], meanings: Meanings) -> str | None:
        for one in values:
            if one.why is None and (why := self.broken_by(one.value, meanings)) is not None:
                return f"{why} at block {one.block.height}"
        return None

    def _told(self, values: Sequence[_Seen]) -> str:
        """How it went from the interval's start to its end."""
        known = [one for one in values if one.why is None]
        changes = [one for at, one in enumerate(known) if at == 0 or one.value != known[at - 1].value]
        shown = changes if len(changes) <= 3 else [changes[0], *changes[-2:]]
        texts = [f"{_short(one.value)} at block {one.block.height}" for one in shown]
        if len(changes) > 3:
            texts.insert(1, f"{len(changes) - 3} more")
        return f"{self.what()}: {', '.join(texts)}" if texts else ""


def number(value: Any) -> int | None:
    """A value as a number: nothing at all counts as 0; None for what is none."""
    if value is None:
        return 0
    return value if isinstance(value, int) and not isinstance(value, bool) else None


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
    if wanted is None or (isinstance(wanted, int | str) and not isinstance(wanted, bool)):
        return
    if not isinstance(wanted, Mapping) or not wanted or not set(wanted) <= set(_BOUNDS):
        raise InputError(f"{kind}: changes_by is an amount, or {{at_least: …, at_most: …}}, not {wanted!r}")


def outside(value: Any, least: int | str | None, most: int | str | None, meanings: Meanings) -> str | None:
    """That a number does not lie between two bounds; None if it does, or there is no bound."""
    if least is None and most is None:
        return None
    found = number(value)
    if found is None:
        return f"{_short(value)}, which is no number,"
    if least is not None and found < meanings.amount(least):
        return f"{found}, less than {least},"
    if most is not None and found > meanings.amount(most):
        return f"{found}, more than {most},"
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
