"""What every check is: a pure value that judges evidence over an interval and says what it expected and saw."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import ConfigDict

from simnet.checks import limits
from simnet.checks.coverage import Coverage
from simnet.errors import InputError
from simnet.faults import KINDS, fault_from
from simnet.forms import FormsOfFiles
from simnet.journal import AnyRecord, Ask, Evidence, Window
from simnet.journal.records import HostLate, StepDone, WindowDone
from simnet.network.topology import Topology


class Status(StrEnum):
    """How a check or a run ended; the exit code of ``simnet`` follows from it."""

    HELD = "held"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    SUSPENDED = "suspended"
    """Of an invariant that presupposes what this run did not have, as at most f byzantine validators: what was seen is
    told, and counts for nothing."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Seconds since the run began. ``name`` is how the check's text calls it."""

    start: float
    end: float
    name: str
    open: bool = False
    """Whether it ends where the evidence does, so that a run that went on would have made it longer."""

    @property
    def length(self) -> float:
        """In seconds."""
        return self.end - self.start

    def holds(self, t: float) -> bool:
        """Whether a time lies in it, its ends included."""
        return self.start <= t <= self.end


class Unjudgeable(Exception):  # noqa: N818 - it is an outcome, not an error
    """Raised by a check that lacks what it judges: its fault never held, its nodes were not watched."""


@dataclass(frozen=True)
class Finding:
    """What one check or invariant found."""

    check: str
    """The check's kind and the keys that the file gave it; of an invariant its name."""
    status: Status
    """Whether what was expected ``held``, ``failed``, or cannot be told (``inconclusive``). An invariant whose
    precondition the run did not meet is ``suspended``, and counts for nothing."""
    expected: str
    """What must hold, in words."""
    seen: str
    """What the evidence shows instead, or as well; where it lacks something, what."""
    start: float | None = None
    """Seconds since the run began at which the judged time begins; None of what judges the whole run."""
    end: float | None = None
    """Seconds since the run began at which the judged time ends; None of what judges the whole run."""
    where: tuple[str, ...] = ()
    """Places in the run folder where it can be seen: lines of the journal, or of a node's log."""
    figures: dict[str, Any] = field(default_factory=dict)
    """Numbers that the check counted or measured, for reports and comparisons."""
    invariant: bool = False
    """Whether nobody asked: it is judged in every run."""
    certain: bool = field(default=False, repr=False)
    """Whether nothing that happened later could have turned it."""


def invariant(
    name: str,
    expected: str,
    status: Status,
    seen: str,
    where: Iterable[AnyRecord | str] = (),
    figures: dict[str, Any] | None = None,
    *,
    certain: bool = True,
) -> Finding:
    """The finding of an invariant; ``certain`` unless a later record could explain what broke it."""
    places = tuple(pointer(item) for item in where)
    return Finding(name, status, expected, seen, where=places, figures=figures or {}, invariant=True, certain=certain)


@dataclass(frozen=True, kw_only=True)
class Check(metaclass=FormsOfFiles):
    """Base of all checks. What one adds is :meth:`expected` and :meth:`judge_interval`; :meth:`judge` asks them."""

    __pydantic_config__ = ConfigDict(extra="forbid", populate_by_name=True)

    kind: ClassVar[str]
    liveness: ClassVar[bool] = False
    """Whether failing means that something did not come in time, which a starved host explains as well."""
    leans_on: ClassVar[tuple[str, ...]] = ()
    """Names of what is not simulated (:data:`simnet.checks.limits.LIMITS`) on which its outcome hangs, beside those
    that name its kind."""
    during: str | None = None
    """The interval that is judged, by a name: of a fault from when it was applied until its healing starts, or all of
    it if it is an instant such as a restart; of a step's label while it ran; of ``run`` from t0 to the end. Left out:
    the whole run, unless ``after`` is given."""
    after: str | None = None
    """The fault after whose healing, or the step's label after whose end the judged time begins, which lasts until the
    run's end. Left out: ``during`` says the time."""

    def __post_init__(self) -> None:
        if self.during is not None and self.after is not None:
            raise InputError(f"{self.kind} has both during and after; give one")
        self.validate()

    def validate(self) -> None:
        """Raises :class:`~simnet.errors.InputError` for values that contradict each other. Subclasses extend it."""

    def selectors(self) -> Iterable[str]:
        """Node selectors that it uses, so that unknown ones are found before anything starts."""
        return ()

    def needs(self) -> dict[str, float]:
        """Fields that ask for a part of the interval, with its seconds; an interval that is shorter than their sum
        leaves open what would have come."""
        return {}

    def log_patterns(self) -> Iterable[str]:
        """Regular expressions of the log lines that it counts, so that a run journals them."""
        return ()

    def metrics(self) -> Iterable[str]:
        """Names of the metric families that it reads, so that a run samples them."""
        return ()

    def asks(self) -> Iterable[Ask]:
        """What is to be read of each block for it, beside what every run reads."""
        return ()

    def asks_versions(self) -> bool:
        """Whether it leans on what nodes say of their release, which only real nodes do."""
        return False

    def cut_short(self, interval: Interval) -> Unjudgeable | None:
        """What to raise instead of a verdict that the rest of the asked time could have turned."""
        needs = self.needs()
        missing = sum(needs.values()) - interval.length
        if missing <= 0:
            return None
        fields = " and ".join(f"{name} {seconds:g}s" for name, seconds in needs.items())
        return Unjudgeable(f"{interval.name} lasted {interval.length:.1f} s, {missing:.1f} s less than {fields}")

    def unfit(self, topology: Topology) -> str | None:
        """Why no network like this could ever show it, known before anything starts; None if nothing speaks against
        it."""
        return None

    def judge(self, evidence: Evidence) -> Finding:
        """What the evidence shows. Never raises for what a run may contain."""
        finding = self._found(evidence)
        end = evidence.now if finding.end is None else finding.end
        leans = limits.leaning(self, evidence, end, failed=finding.status is Status.FAILED)
        if leans is None:
            return finding
        seen = f"{finding.seen}; this hangs on what is not simulated: {leans}"
        return replace(finding, status=Status.INCONCLUSIVE, seen=seen)

    def _found(self, evidence: Evidence) -> Finding:
        try:
            finding = self.judge_interval(evidence, self.interval(evidence))
            if finding.status is Status.FAILED and self.liveness:
                late = starved(evidence, finding.start or 0.0, finding.end or evidence.now)
                if late:
                    seen = f"{finding.seen}; but this machine ran the harness {late:.1f} s late in that time"
                    return replace(finding, status=Status.INCONCLUSIVE, seen=seen)
            return finding
        except Unjudgeable as reason:
            return Finding(str(self), Status.INCONCLUSIVE, self.expected(), str(reason))

    @abstractmethod
    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        """What the evidence of that time shows, as :meth:`finding` with the coverage that it rests on, which
        :mod:`simnet.checks.watched` makes; raises :class:`Unjudgeable` when it shows nothing."""

    @abstractmethod
    def expected(self) -> str:
        """What must hold, in words."""

    def interval(self, evidence: Evidence) -> Interval:
        """The time that is judged; raises :class:`Unjudgeable` when it never came."""
        end = evidence.now
        if evidence.t0 is None:
            raise Unjudgeable("the network never reached its barrier t0 (channels open, parachains included, finality)")
        name = self.during or self.after
        if name in (None, "run"):
            return Interval(start=evidence.t0, end=end, name="the run", open=True)
        window = evidence.window(str(name))
        if window is not None:
            return self._around(window, end)
        steps = (one.data for one in reversed(evidence.steps) if one.data.label == name)
        beside = (one.data for one in reversed(evidence.of(WindowDone)) if one.data.label == name)
        step: StepDone | WindowDone | None = next(steps, None) or next(beside, None)
        if step is None:
            raise Unjudgeable(f"{name!r} never happened: no fault or step of that name was recorded")
        if self.during is not None:
            return Interval(start=step.start, end=step.end, name=f"step {name}")
        return Interval(start=step.end, end=end, name=f"the time after step {name}", open=True)

    def _around(self, window: Window, end: float) -> Interval:
        if window.holds is False:
            raise Unjudgeable(f"the fault {window.name!r} did not take hold, so nothing follows from what was seen")
        idle = idle_acts(window)
        if idle:
            raise Unjudgeable(f"the fault {window.name!r} did nothing: {'; '.join(idle)}")
        if self.during is not None:
            kind = KINDS.get(str(window.fault.get("kind")))
            if kind is not None and kind.instant:
                return Interval(start=window.apply_start, end=window.apply_end, name=window.name)
            healed = window.heal_start
            return Interval(start=window.apply_end, end=healed or end, name=window.name, open=healed is None)
        if window.heal_end is None:
            raise Unjudgeable(f"the fault {window.name!r} was never healed")
        return Interval(start=window.heal_end, end=end, name=f"the time after {window.name}", open=True)

    def finding(
        self,
        held: bool,
        seen: str,
        interval: Interval,
        *,
        coverage: Coverage,
        certain: bool = False,
        where: Iterable[AnyRecord | str] = (),
        figures: dict[str, Any] | None = None,
    ) -> Finding:
        """The finding, which is inconclusive where ``coverage`` lacks what could turn it.

        ``certain`` says that nothing could: what was seen breaks the check, or fulfils it, whatever else happened. Then
        it is only not held of judged nodes of which nothing at all is known.
        """
        lacking = coverage.lacking(held=held, certain=certain)
        status = Status.INCONCLUSIVE if lacking else Status.HELD if held else Status.FAILED
        seen = "; ".join(filter(None, (seen, lacking or (coverage.excuses() if held else ""))))
        places = tuple(pointer(item) for item in where)
        span = interval.start, interval.end
        certain = certain and (not interval.open or self.too_much(held))
        return Finding(
            str(self), status, self.expected(), seen, *span, where=places, figures=figures or {}, certain=certain
        )

    def too_much(self, held: bool) -> bool:
        """Whether what did not hold was too much of something, which more time makes no less."""
        return False

    def as_data(self) -> dict[str, Any]:
        """Its kind and every field that differs from its default."""
        out: dict[str, Any] = {"kind": self.kind}
        for item in fields(self):
            value = getattr(self, item.name)
            default = item.default if item.default_factory is MISSING else item.default_factory()
            if value != default:
                out[item.name] = value
        return out

    def __str__(self) -> str:
        parts = []
        for key, value in self.as_data().items():
            if key != "kind":
                shown = "+".join(map(str, value)) if isinstance(value, tuple) else value
                parts.append(f"{key}={shown:g}" if isinstance(shown, float) else f"{key}={shown}")
        return " ".join([self.kind, *parts])


class JudgesNodes(Check):
    """Base of checks that judge the nodes of this field."""

    nodes: tuple[str, ...]
    """Nodes that are judged."""

    def selectors(self) -> Iterable[str]:
        return self.nodes


def idle_acts(window: Window) -> list[str]:
    """The acts of a byzantine fault that no node did while it lasted, each with what was read of it."""
    told = window.acts
    found = []
    for act in fault_from(window.fault).misdeeds():
        of_it = [one for one in told if one["act"] == act]
        if not any(one["used"] for one in of_it):
            whose = ", ".join(f"{one['node']} {_unused(one['occasions'])}" for one in of_it)
            found.append(f"{act}: {whose or 'nothing was read of it'}")
    return found


def _unused(occasions: int) -> str:
    return f"used none of {occasions} occasions" if occasions else "had no occasion"


def starved(evidence: Evidence, start: float, end: float) -> float:
    """Seconds in all by which the machine ran the harness late between two times."""
    return float(sum(one.data.late for one in evidence.of(HostLate) if start <= one.t <= end))


def pointer(item: AnyRecord | str) -> str:
    """Where to look: ``journal.jsonl:LINE`` for a record; other texts as they are."""
    return item if isinstance(item, str) else f"journal.jsonl:{item.seq + 1}"


def refuse_no_hash(kind: str, code: str | None) -> None:
    """Raises :class:`InputError` for what a check of that kind was given as a hash of a code and cannot be one."""
    if code is not None and not (code.startswith("0x") and len(code) == 66):
        raise InputError(f"{kind}: {code!r} is no hash of a code; it is 0x and 64 digits")


def judged_nodes(evidence: Evidence, selectors: Iterable[str], chain: str | None = None) -> tuple[str, ...]:
    """Names of the nodes that selectors stand for in this run, optionally only those of one chain.

    Raises :class:`Unjudgeable` where they stand for nobody: what nobody does, nobody does wrong.
    """
    selected = tuple(selectors)
    names = evidence.network.topology.select(selected)
    found = tuple(name for name in names if chain is None or evidence.chain_of(name) == chain)
    if selected and not found:
        raise Unjudgeable(f"no node of {chain or 'the network'} is among {', '.join(selected)}, so nobody is judged")
    return found
