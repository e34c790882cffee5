"""Which release nodes are of, as they say themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from simnet.checks._check import Finding, Interval, JudgesNodes, Unjudgeable, judged_nodes
from simnet.checks.bounds import bounds_settled, within_bounds
from simnet.checks.coverage import Coverage
from simnet.checks.watched import coverage, gone_on
from simnet.errors import InputError
from simnet.fields import Seconds, SecondsForm, Selectors, SelectorsForm
from simnet.journal import Evidence, Gap
from simnet.journal.records import NodeDown, NodeReady, NodeUp

UNTOLD = "it never said which release it is of"
ENDED = "ended by itself"


@dataclass(frozen=True)
class _Life:
    """One process of a node, from its start to its end, in seconds since the run began; ``version`` is None where
    nobody asked it."""

    node: str
    start: float
    end: float
    version: str | None


@dataclass(frozen=True, kw_only=True)
class NodeVersions(JudgesNodes):
    """Says which release nodes are of, and how many different ones run beside each other. Use it around the step
    ``roll``, to see that a network is where it should be, or as mixed as it should be. Real nodes alone say it.

    What counts is what each process says itself (``system_version``), not what its image is called.
    """

    kind: ClassVar[str] = "node_versions"
    liveness: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            version: str | None = None,
            within: SecondsForm | None = None,
            at_least: int | None = None,
            at_most: int | None = None,
            nodes: SelectorsForm = ("all",),
        ) -> None: ...

    version: str | None = None
    """The release that every judged node that runs is of in the end: ``1.25.1``, or with the commit behind it as nodes
    say it. An image's tag may be another. Left out: any, and ``at_least`` or ``at_most`` is given."""
    within: Seconds | None = None
    """Time from the interval's start after which they are. It is about ``version`` alone. Left out: the whole
    interval."""
    at_least: int | None = None
    """How many different releases run beside each other at some moment, at least. Left out: no lower bound."""
    at_most: int | None = None
    """How many different releases run beside each other at any moment, at most. Left out: no upper bound."""
    nodes: Selectors = ("all",)
    """Nodes that are judged, of any chain; by default all."""

    def validate(self) -> None:
        if self.version is None and self.at_least is None and self.at_most is None:
            raise InputError("node_versions needs version, at_least or at_most")
        if self.within is not None and self.version is None:
            raise InputError("node_versions: within is about version, which is not given")
        if self.version is None and self.at_most is None and (self.at_least or 0) <= 1:
            raise InputError("node_versions: one release runs wherever nodes do; ask for 2 or more, or give at_most")
        if None not in (self.at_least, self.at_most) and (self.at_least or 0) > (self.at_most or 0):
            raise InputError(f"node_versions: at_least {self.at_least} is more than at_most {self.at_most}")

    def asks_versions(self) -> bool:
        return True

    def needs(self) -> dict[str, float]:
        return {} if self.within is None else {"within": self.within}

    def expected(self) -> str:
        when = "" if self.within is None else f" within {self.within:g}s"
        what = [] if self.version is None else [f"every node is of release {self.version}{when}"]
        what += [] if self.at_least is None else [f"at some moment at least {self.at_least} releases run"]
        what += [] if self.at_most is None else [f"never more than {self.at_most} releases run at once"]
        return ", ".join(what)

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        nodes = judged_nodes(evidence, self.nodes)
        lives = [one for node in nodes for one in _lives(evidence, node, interval)]
        watched = _of_releases(evidence, coverage(evidence, interval.start, interval.end, nodes), lives)
        most, told = _at_once(lives)
        mixed = within_bounds(most, self.at_least, self.at_most)
        settled = bounds_settled([most], self.at_least, self.at_most)
        text = [f"{most} releases at once at most: {', '.join(told)}" if told else "no node said its release"]
        arrived, sure = True, True
        if self.version is not None:
            end = interval.end if self.within is None else min(interval.end, interval.start + self.within)
            last = _last(lives, nodes, end, watched)
            other = [
                f"{node} {said}" for node, said in last.items() if said is not None and not _is(said, self.version)
            ]
            unknown = [node for node, said in last.items() if said is None]
            if other and (short := self.cut_short(interval)) is not None:
                raise short
            arrived, sure = not other, bool(other) or not unknown
            text.insert(0, f"{len(last) - len(other) - len(unknown)} of {len(last)} nodes are of {self.version}")
            text += [f"not {', '.join(other)}"] if other else []
        held = mixed and arrived
        certain = settled and sure if held else (settled and not mixed) or (sure and not arrived)
        figures = {"releases": most}
        return self.finding(held, "; ".join(text), interval, coverage=watched, certain=certain, figures=figures)

    def too_much(self, held: bool) -> bool:
        return not held and self.version is None and self.at_least is None


def _is(told: str, asked: str) -> bool:
    """Whether a node that says this is of a release: that itself, or with the commit that it was built from."""
    return told == asked or told.startswith(f"{asked}-")


def _lives(evidence: Evidence, node: str, interval: Interval) -> Iterator[_Life]:
    """The processes of a node that ran for a part of a time, each for that part."""
    told = [one for kind in (NodeUp, NodeReady, NodeDown) for one in evidence.of(kind) if one.observer == node]
    open_: _Life | None = None
    for record in sorted(told, key=lambda one: one.seq):
        if isinstance(record.data, NodeUp):
            open_ = _Life(node, record.t, evidence.now, None)
        elif open_ is not None and isinstance(record.data, NodeReady):
            open_ = replace(open_, version=open_.version or record.data.version)
        elif open_ is not None:
            yield from _within(replace(open_, end=record.t), interval)
            open_ = None
    if open_ is not None:
        yield from _within(open_, interval)


def _within(life: _Life, interval: Interval) -> Iterator[_Life]:
    """The part of a process's life that lies in a time, if one does."""
    if life.start < interval.end and life.end > interval.start:
        yield replace(life, start=max(life.start, interval.start), end=min(life.end, interval.end))


def _of_releases(evidence: Evidence, watched: Coverage, lives: Sequence[_Life]) -> Coverage:
    """What is missing of the releases: processes of which nobody knows it, and gaps after which a node showed nothing
    more. A process that told its release and is seen again after a gap, as when it compiled, had it all the time."""
    told = [one for one in lives if one.version is not None]
    known = {
        gap
        for gap in watched.missing
        for one in told
        if one.node == gap.observer and one.start <= gap.start and gap.end <= one.end and gone_on(evidence, gap)
    }
    return replace(watched, missing=tuple(gap for gap in watched.missing if gap not in known)).and_of(_untold(lives))


def _untold(lives: Sequence[_Life]) -> Coverage:
    """Of which processes nobody knows the release."""
    told = {one.node for one in lives if one.version is not None}
    missing = tuple(Gap(one.node, one.start, one.end, UNTOLD) for one in lives if one.version is None)
    return Coverage(missing=missing, blind=tuple(dict.fromkeys(g.observer for g in missing if g.observer not in told)))


def _at_once(lives: Sequence[_Life]) -> tuple[int, list[str]]:
    """The most different releases that ran at one moment, and all that ran, in the order of their coming."""
    told = [one for one in sorted(lives, key=lambda one: one.start) if one.version is not None]
    at = [{two.version for two in told if two.start <= one.start < two.end} for one in told]
    return max(map(len, at), default=0), list(dict.fromkeys(str(one.version) for one in told))


def _last(lives: Sequence[_Life], nodes: Sequence[str], end: float, watched: Coverage) -> dict[str, str | None]:
    """What each node says of its release at a time, by its last process until then, or that it ended by itself.
    A node that a fault or a step took away by then is not among them.

    Raises :class:`Unjudgeable` where none is left.
    """
    away = {one.node for one in watched.away if one.start <= end <= one.end}
    found: dict[str, str | None] = {}
    for node in nodes:
        own = [one for one in lives if one.node == node and one.start <= end]
        if own and node not in away:
            found[node] = own[-1].version if own[-1].end >= end else ENDED
    if not found:
        raise Unjudgeable("no judged node ran in the end")
    return found
