"""What a case reached: in which phases its faults were applied, and which states the network went through.

Read from a journal alone. It tells where a search has been, and above all where it has not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from simnet.checks.blocks import reorganisations
from simnet.faults import fault_from
from simnet.journal import Block, Evidence, Kind, Record, Window
from simnet.journal.records import FinalizedHead, NoShow, QueueRead, RuntimeEvent
from simnet.network.topology import RELAY
from simnet.providers.simulated.consensus.backoff import SLACK
from simnet.scenario.states import STALL

LONG_STALL = 60.0
"""Seconds of a stall that outlasts a session of the fast runtimes."""

NEAR = 18.0
"""Seconds before and after a session change that count as during it: three relay slots."""

AFTERMATH = 30.0
"""Seconds after a healing in which nodes still catch up."""

SILENCE = 24.0
"""Seconds without a relay block that count as a gap: four slots."""

FULL = 0.75
"""Share of a channel's messages or bytes from which a sender with larger messages is held back."""

STOOD = 60.0
"""Seconds without an included block after which a parachain stands still."""


class Phase(StrEnum):
    """What was going on when a fault was applied. ``quiet`` stands for none of the others but a pending candidate,
    which there is nearly always."""

    QUIET = "quiet"
    CANDIDATE = "candidate pending"
    MAIL = "mail under way"
    SESSION = "session change"
    OVERLAP = "another fault"
    AFTERMATH = "after a healing"
    STALLED = "finality stalled"


class ProtocolState(StrEnum):
    """What the protocol went through."""

    STALL = "finality stalled"
    LONG_STALL = "finality stalled for a minute"
    STALL_OVER_SESSION = "session change due while finality stalled"
    LAG = "lag at which authoring backs off"
    SILENCE = "no relay block for four slots"
    FORK = "forks of the relay chain"
    SHALLOW = "reorganisation 1 block deep"
    DEEPER = "reorganisation 2 to 4 blocks deep"
    DEEP = "reorganisation 5 to 9 blocks deep"
    DEEPEST = "reorganisation 10 blocks deep or more"
    SESSION = "session change during a fault"
    MAIL_OVER_SESSION = "mail under way at a session change"
    TIMED_OUT = "candidate timed out"
    PARA_STOOD = "parachain without inclusion for a minute"
    PARA_FORK = "forks of a parachain"
    CHANNEL_FULL = "HRMP channel three quarters full or more"
    MAIL_FOR_DOWN = "mail queued for a parachain whose collators are down"
    MAIL_FAILED = "message ended other than processed"
    RESYNC = "emptied or old database caught up"
    NO_SHOW = "validator did not show up for approval"
    DISPUTE = "dispute initiated"
    CONCLUDED = "dispute concluded"
    EQUIVOCATION = "equivocation reported"
    OFFENCE = "offence"
    DISABLED = "validator disabled"


_EVENTS = {
    ("ParaInclusion", "CandidateTimedOut"): ProtocolState.TIMED_OUT,
    ("ParasDisputes", "DisputeInitiated"): ProtocolState.DISPUTE,
    ("ParasDisputes", "DisputeConcluded"): ProtocolState.CONCLUDED,
    ("Offences", "Offence"): ProtocolState.OFFENCE,
    ("Session", "ValidatorDisabled"): ProtocolState.DISABLED,
    ("MessageQueue", "ProcessingFailed"): ProtocolState.MAIL_FAILED,
    ("MessageQueue", "OverweightEnqueued"): ProtocolState.MAIL_FAILED,
}
"""Events of the relay chain or a parachain, on any fork, that show a state by themselves."""

_DEPTHS = ((10, ProtocolState.DEEPEST), (5, ProtocolState.DEEP), (2, ProtocolState.DEEPER), (1, ProtocolState.SHALLOW))
_EQUIVOCATIONS = ("babe:equivocation", "grandpa:equivocation")

_Span = tuple[float, float]
_T = TypeVar("_T")


@dataclass(frozen=True)
class CaseCoverage:
    """``faults`` has (kind of fault, phase in which it was applied); ``states`` what the network went through."""

    faults: frozenset[tuple[str, Phase]] = frozenset()
    states: frozenset[ProtocolState] = frozenset()

    def items(self) -> list[str]:
        """Everything that was reached, a text each, in a settled order."""
        return sorted(_item(kind, phase) for kind, phase in self.faults) + [
            state.value for state in ProtocolState if state in self.states
        ]


@dataclass(frozen=True)
class SearchCoverage:
    """In how many cases of a search each thing was reached; what never was has 0."""

    faults: Mapping[str, Mapping[Phase, int]]
    """By kind of fault."""
    states: Mapping[ProtocolState, int]

    @classmethod
    def of(cls, reached: Mapping[str, int], kinds: Iterable[str]) -> SearchCoverage:
        """From counts of :meth:`CaseCoverage.items`, for a search that draws from these kinds of faults."""
        faults = {kind: {phase: reached.get(_item(kind, phase), 0) for phase in Phase} for kind in kinds}
        return cls(faults, {state: reached.get(state.value, 0) for state in ProtocolState})

    def missing(self) -> list[str]:
        """What was never reached, a text each."""
        faults = [_item(kind, phase) for kind, row in self.faults.items() for phase, n in row.items() if not n]
        return faults + [state.value for state, n in self.states.items() if not n]


def _item(kind: str, phase: Phase) -> str:
    return f"{kind} / {phase.value}"


def coverage_of(evidence: Evidence) -> CaseCoverage:
    """What a run reached, from its barrier on."""
    if evidence.t0 is None:
        return CaseCoverage()
    seen = _Seen(evidence, evidence.t0)
    faults = frozenset(
        (str(window.fault["kind"]), phase) for window in seen.windows for phase in seen.phases(window.apply_start)
    )
    return CaseCoverage(faults, frozenset(seen.states()))


class _Seen:
    """Times of what happened from ``t0`` on; spans have a start and an end in seconds since the run began."""

    def __init__(self, evidence: Evidence, t0: float) -> None:
        self._evidence = evidence
        self._t0 = t0
        self._end = evidence.now
        self.windows: list[Window] = [one for one in evidence.windows.values() if one.apply_start >= t0]
        self._faults = [(one.apply_start, self._healed(one)) for one in self.windows]
        self._sessions = [t for t, _, _ in evidence.session_changes() if t > t0]
        log = evidence.message_log
        self._mail = [
            (record.t, log.ended[topic][0].t if topic in log.ended else self._end)
            for topic, record in log.asked.items()
        ]
        self._stalls = self._gaps(self._rises(), STALL)
        self._paras: dict[str, list[Record[RuntimeEvent]]] = defaultdict(list)
        for record in evidence.of(RuntimeEvent):
            if record.data.pallet == "ParaInclusion" and "para_id" in record.data.fields:
                self._paras[str(record.data.fields["para_id"])].append(record)

    def _healed(self, window: Window) -> float:
        return self._end if window.heal_end is None else window.heal_end

    def _rises(self) -> list[float]:
        """When the highest finalized relay block of any node rose."""
        times, highest = [self._t0], 0
        for record in self._evidence.of(FinalizedHead):
            if record.chain == RELAY and (record.height or 0) > highest:
                highest = record.height or 0
                times.append(max(record.t, self._t0))
        return times

    def _gaps(self, times: list[float], least: float) -> list[_Span]:
        """From ``least`` seconds after one of the times to the next of them, where there is such a gap."""
        pairs = zip(times, [*times[1:], self._end], strict=True)
        return [(one + least, two) for one, two in pairs if two - one > least]

    # -- phases -------------------------------------------------------------------------------------------------------

    def phases(self, t: float) -> set[Phase]:
        """What was going on at a time at which a fault began."""
        found = _those(
            {
                Phase.STALLED: _within(t, self._stalls),
                Phase.SESSION: any(abs(t - change) <= NEAR for change in self._sessions),
                Phase.MAIL: any(start < t < end for start, end in self._mail),
                Phase.OVERLAP: any(start < t < end for start, end in self._faults),
                Phase.AFTERMATH: any(end <= t <= end + AFTERMATH for start, end in self._faults if start < t),
            }
        )
        pending = any(self._pending(t, records) for records in self._paras.values())
        return found | _those({Phase.QUIET: not found, Phase.CANDIDATE: pending})

    def _pending(self, t: float, records: list[Record[RuntimeEvent]]) -> bool:
        last = next((record for record in reversed(records) if record.t <= t), None)
        return last is not None and last.data.name == "CandidateBacked"

    # -- states -------------------------------------------------------------------------------------------------------

    def states(self) -> set[ProtocolState]:
        """All that were reached."""
        return self._finality() | self._relay_blocks() | self._events() | self._parachains() | self._messages()

    def _finality(self) -> set[ProtocolState]:
        return _those(
            {
                ProtocolState.STALL: bool(self._stalls),
                ProtocolState.LONG_STALL: any(end - start > LONG_STALL - STALL for start, end in self._stalls),
                ProtocolState.STALL_OVER_SESSION: any(_within(t, self._stalls) for t in self._sessions),
                ProtocolState.SESSION: any(_within(t, self._faults) for t in self._sessions),
                ProtocolState.MAIL_OVER_SESSION: any(_within(t, self._mail) for t in self._sessions),
                ProtocolState.LAG: self._lag() > SLACK,
            }
        )

    def _lag(self) -> int:
        """Relay blocks that a node's best head was above its finalized one, at most."""
        worst = 0
        final: dict[str, int] = {}
        for record in self._evidence.records:
            if record.chain == RELAY and record.kind is Kind.HEAD_FINALIZED:
                final[record.observer] = record.height or 0
            elif record.chain == RELAY and record.kind is Kind.HEAD_BEST:
                worst = max(worst, (record.height or 0) - final.get(record.observer, 0))
        return worst

    def _relay_blocks(self) -> set[ProtocolState]:
        blocks = [one for one in self._evidence.blocks[RELAY].values() if one.t >= self._t0]
        silent = bool(self._gaps([self._t0, *sorted(one.t for one in blocks)], SILENCE))
        depths = [one.depth for node in self._evidence.nodes(RELAY) for one in reorganisations(self._evidence, node)]
        deep = {next(state for least, state in _DEPTHS if depth >= least) for depth in depths if depth}
        return deep | _those({ProtocolState.FORK: _forked(blocks), ProtocolState.SILENCE: silent})

    def _events(self) -> set[ProtocolState]:
        found = set()
        for record in self._evidence.of(RuntimeEvent):
            state = _EVENTS.get((record.data.pallet, record.data.name))
            if state is not None and record.t >= self._t0:
                found.add(state)
                if state is ProtocolState.OFFENCE and _equivocation(record):
                    found.add(ProtocolState.EQUIVOCATION)
        if self._evidence.of(NoShow):
            found.add(ProtocolState.NO_SHOW)
        return found

    def _parachains(self) -> set[ProtocolState]:
        found = set()
        for chain in self._evidence.chains()[1:]:
            included = [one.t for one in self._paras[chain] if one.data.name == "CandidateIncluded"]
            if self._gaps([self._t0, *(t for t in included if t >= self._t0)], STOOD):
                found.add(ProtocolState.PARA_STOOD)
            if _forked([one for one in self._evidence.blocks[chain].values() if one.t >= self._t0]):
                found.add(ProtocolState.PARA_FORK)
        resynced = (
            self._evidence.best[node][-1].t > self._healed(window)
            for window in self.windows
            if _on_an_earlier_database(window)
            for node in window.nodes
            if self._evidence.best[node]
        )
        return found | {ProtocolState.RESYNC} if any(resynced) else found

    def _messages(self) -> set[ProtocolState]:
        found = set()
        for record in self._evidence.of(QueueRead):
            data = record.data
            limits = ((data.count, data.capacity), (data.bytes, data.max_bytes))
            if all(most for _, most in limits) and any(held >= FULL * (most or 0) for held, most in limits):
                found.add(ProtocolState.CHANNEL_FULL)
            if data.ids and data.recipient != RELAY and self._nobody_runs(data.recipient, record.t):
                found.add(ProtocolState.MAIL_FOR_DOWN)
        return found

    def _nobody_runs(self, chain: str, t: float) -> bool:
        nodes = self._evidence.nodes(chain)
        return bool(nodes) and all(self._evidence.was_down(node, t, t) for node in nodes)


def _within(t: float, spans: list[_Span]) -> bool:
    return any(start <= t < end for start, end in spans)


def _on_an_earlier_database(window: Window) -> bool:
    cycle = fault_from(window.fault).cycle()
    return cycle is not None and cycle.new_incarnation


def _forked(blocks: Sequence[Block]) -> bool:
    return len({block.height for block in blocks}) < len(blocks)


def _those(holds: Mapping[_T, bool]) -> set[_T]:
    return {one for one, held in holds.items() if held}


def _equivocation(record: Record[RuntimeEvent]) -> bool:
    """Whether an offence is one of those that name two signed blocks or votes; its kind is 16 bytes of text."""
    kind = str(record.data.fields.get("kind", ""))
    text = bytes.fromhex(kind[2:]).decode("ascii", "replace") if kind.startswith("0x") else kind
    return any(one.startswith(text.rstrip("\0")) for one in _EQUIVOCATIONS) and bool(text)
