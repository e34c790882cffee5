"""What a finding rests on: who gave no evidence over the judged time, what was not read, and who is excused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from simnet.journal import Gap
from simnet.units import format_duration


@dataclass(frozen=True, slots=True)
class Away:
    """A time in which there was nothing to watch of a node: it was down, paused, or had not started."""

    node: str
    start: float
    end: float
    why: str


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The evidence behind a finding, or rather what is missing of it."""

    ran: tuple[str, ...] = ()
    """Judged nodes that ran for some of the time."""
    missing: tuple[Gap, ...] = ()
    """Times in which a node ran and nobody knows what it did."""
    silent: tuple[Gap, ...] = ()
    """Times in which a judged node showed nothing of what it should have shown, or had ended by itself. That breaks no
    rule that says what must not happen, and so does not show that it was kept."""
    blind: tuple[str, ...] = ()
    """Judged nodes that ran and gave no evidence at all."""
    away: tuple[Away, ...] = ()
    """What excuses nodes, the judged and those who only look on."""
    unread: str = ""
    """Which blocks could hold an event that nobody read."""
    broken: str = ""
    """Where a chain has a hole, so that it cannot be told which blocks are on it."""
    nothing: str = ""
    """Why there was nothing in which the absence of something could show."""

    @property
    def absent(self) -> frozenset[str]:
        """Nodes that are excused for a part of the time. One that ended by itself is not."""
        return frozenset(one.node for one in self.away)

    @property
    def unwatched(self) -> frozenset[str]:
        """Nodes of which evidence is missing for some time."""
        return frozenset(gap.observer for gap in self.missing)

    def lacking(self, *, held: bool, certain: bool) -> str:
        """Why what was seen decides nothing, in words; empty if it decides. ``certain`` says that nothing that was not
        seen could have turned the finding: then it only lacks judged nodes that it knows nothing of."""
        gaps: tuple[Gap, ...] = ()
        if held:
            gaps = (*self.missing, *self.silent)
            if certain:
                gaps = tuple(gap for gap in self.missing if gap.observer in self.blind)
        elif not certain:
            gaps = self.missing
        unseen = () if certain else (self.unread, self.nothing if held else "")
        return "; ".join(filter(None, (_told(gaps), self.broken, *unseen)))

    def excuses(self) -> str:
        """Who is excused for which time and why: ``excused: bob, dave (down by outage from 30 s to 60 s)``."""
        causes: dict[str, list[Away]] = {}
        for one in self.away:
            causes.setdefault(one.why, []).append(one)
        texts = []
        for why, members in causes.items():
            names = ", ".join(dict.fromkeys(one.node for one in members))
            start, end = min(one.start for one in members), max(one.end for one in members)
            texts.append(f"{names} ({why} from {start:.0f} s to {end:.0f} s)")
        return f"excused: {', '.join(texts)}" if texts else ""

    def and_of(self, other: Coverage) -> Coverage:
        """What a finding lacks that rests on both."""
        merged: dict[str, Any] = {}
        for item in fields(self):
            one, two = getattr(self, item.name), getattr(other, item.name)
            merged[item.name] = (one or two) if isinstance(one, str) else tuple(dict.fromkeys((*one, *two)))
        return Coverage(**merged)


ENDED = "its process had ended by itself"
"""The reason of a silence that a crash explains; no fault asked for it, so that it excuses nobody."""


def _told(gaps: Iterable[Gap]) -> str:
    found = list(gaps)
    texts = [f"{gap.observer} {format_duration(gap.end - gap.start)} ({gap.reason})" for gap in found[:3]]
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return f"not watched: {', '.join(texts)}{more}" if texts else ""
