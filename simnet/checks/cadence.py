"""The check of how steadily candidates of a parachain are included."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from simnet.checks._check import Finding, Interval, Unjudgeable
from simnet.checks.bounds import Bounded, within_bounds
from simnet.checks.relay import inclusions, main_chain, of_main_chain, para_of, paras_judged
from simnet.checks.watched import standstill
from simnet.errors import InputError
from simnet.fields import ChainForm, ParaId, Seconds, SecondsForm
from simnet.journal import Block, Evidence
from simnet.journal.records import BlockSeen
from simnet.network.topology import RELAY

AFTER_CHANGE = 2
"""Relay blocks after the first one of a session that may lose their candidates: a session change drops all that were
pending (polkadot-runtime-parachains inclusion/mod.rs, `initializer_on_new_session`), and backing begins anew."""


@dataclass(frozen=True, kw_only=True)
class Cadence(Bounded):
    """Counts the candidates of a parachain, of one block or several, in every window of successive blocks of the relay
    chain's main chain. Use it to see that a parachain keeps its pace.

    Every window of the interval is judged, so that no pause hides behind busier times.
    """

    kind: ClassVar[str] = "cadence"
    liveness: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            para: ChainForm | None = None,
            blocks: int,
            at_least: int | None = None,
            at_most: int | None = None,
            at_session: int | None = None,
            grace: SecondsForm = 0.0,
        ) -> None: ...

    para: ParaId | None = None
    """The parachain whose candidates are counted. Left out: every parachain, each by itself."""
    blocks: int
    """Length of a window in relay blocks, 1 or more."""
    at_least: int | None = None
    """The fewest candidates that a window may hold. Left out: no lower bound, but for ``at_session``."""
    at_most: int | None = None
    """The most candidates that a window may hold. Left out: no upper bound."""
    at_session: int | None = None
    """The fewest candidates of windows that hold a session change, its block or one of the two after it, where the
    change itself costs candidates; no more than ``at_least``. Left out: ``at_least`` holds there too."""
    grace: Seconds = 0.0
    """Time from the interval's start of which no window is judged; by default all of it is."""

    def validate(self) -> None:
        bounds = (self.at_session, self.at_least, self.at_most)
        given = [bound for bound in bounds if bound is not None]
        if not given:
            raise InputError("cadence needs at_least, at_most, at_session or several of them")
        if max(given) == 0 and self.at_most is None:
            raise InputError("cadence: a lower bound of 0 holds whatever happens; ask for 1 or more, or give at_most")
        if given != sorted(given):
            raise InputError("cadence: at_session is at_least at most, and both are at_most at most")
        if self.blocks < 1:
            raise InputError(f"cadence: a window of {self.blocks} blocks holds nothing; blocks is 1 or more")

    def needs(self) -> dict[str, float]:
        return {"grace": self.grace}

    def expected(self) -> str:
        which = f"parachain {self.para}" if self.para else "each parachain"
        parts = []
        if self.at_least is not None or self.at_most is not None:
            parts.append(f"{self.bounds()} candidate(s)")
        if self.at_session is not None:
            parts.append(f"{self.at_session} or more where they hold a session change")
        return f"any {self.blocks} successive relay blocks include, of {which}, {', '.join(parts)}"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        chain = main_chain(evidence)
        inside = [n for n, block in enumerate(chain) if interval.start + self.grace <= block.t <= interval.end]
        if len(inside) < self.blocks:
            raise Unjudgeable(f"{len(inside)} relay blocks are of that time, fewer than the {self.blocks} of a window")
        first, end = inside[0], inside[-1] + 1
        watched = of_main_chain(
            evidence, chain[max(0, first - AFTER_CHANGE) : end], interval.start + self.grace, interval.end
        )
        changes = [_begins_session(evidence, block) for block in chain[:end]]
        near = [any(changes[max(0, n - AFTER_CHANGE) : n + 1]) for n in range(first, end)]
        windows = [
            window
            for para in paras_judged(evidence, self.para)
            for window in _windows(para, evidence, chain[first:end], near, self.blocks)
        ]
        bad = [one for one in windows if not self._holds(one)]
        if not bad:
            stood = standstill(RELAY, (block.t for block in chain), interval.start + self.grace, interval.end)
            if stood:
                raise Unjudgeable(f"{stood}, of which no window tells")
            self._all_bounds_asked(windows)
        spans = _spans(windows)
        text = "; ".join(str(one) for one in bad[:3]) + (f"; {len(bad) - 3} windows more" if len(bad) > 3 else "")
        text = text or ", ".join(f"{name}: {least} to {most}" for name, (least, most) in spans.items())
        figures = {
            f"{name}, {which}": span[n] for name, span in spans.items() for n, which in enumerate(("least", "most"))
        }
        heads = {one.first.hash for one in bad[:2]}
        where = [record for record in evidence.of(BlockSeen) if record.hash in heads]
        return self.finding(
            not bad, f"{text}; {end - first} blocks", interval, coverage=watched, where=where, figures=figures
        )

    def _holds(self, window: _Window) -> bool:
        least = self.at_session if window.session and self.at_session is not None else self.at_least
        return within_bounds(window.count, least, self.at_most)

    def _all_bounds_asked(self, windows: list[_Window]) -> None:
        """A lower bound that no window had to keep would hold over anything; raises :class:`Unjudgeable`."""
        if self.at_session is None:
            return
        kinds = {window.session for window in windows}
        if self.at_least is None and True not in kinds:
            raise Unjudgeable("no window holds a session change, so none had to keep at_session")
        if self.at_least is not None and False not in kinds:
            raise Unjudgeable(
                f"every window of {self.blocks} blocks holds a session change, so none had to keep at_least; take"
                " fewer blocks"
            )


@dataclass(frozen=True)
class _Window:
    """Successive relay blocks, and how many candidates of a parachain they include."""

    para: str
    first: Block
    last: Block
    count: int
    session: bool
    """Whether it holds a session change."""

    @property
    def name(self) -> str:
        return f"{self.para}{' at a session change' if self.session else ''}"

    def __str__(self) -> str:
        return f"{self.name}: {self.count} in blocks {self.first.height} to {self.last.height}"


def _windows(para: str, evidence: Evidence, blocks: list[Block], near: list[bool], length: int) -> Iterator[_Window]:
    """Every window over these blocks; ``near`` says of each block whether a session change costs it candidates."""
    included = Counter(record.hash for record in inclusions(evidence) if para_of(record) == para)
    for start in range(len(blocks) - length + 1):
        window = blocks[start : start + length]
        count = sum(included[block.hash] for block in window)
        yield _Window(para, window[0], window[-1], count, any(near[start : start + length]))


def _begins_session(evidence: Evidence, block: Block) -> bool:
    return any(
        (record.data.pallet, record.data.name) == ("Session", "NewSession")
        for record in evidence.events.get((RELAY, block.hash), ())
    )


def _spans(windows: list[_Window]) -> dict[str, tuple[int, int]]:
    """The least and the most candidates of any window, by parachain, apart where they hold a session change."""
    counts: dict[str, list[int]] = {}
    for one in windows:
        counts.setdefault(one.name, []).append(one.count)
    return {name: (min(found), max(found)) for name, found in counts.items()}
