"""Checks of cross-chain messages: exactly once, in order, in time, and with which latency."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from simnet.checks._check import Check, Finding, Interval, Unjudgeable
from simnet.checks._route_faults import RouteFaults
from simnet.checks.coverage import Coverage
from simnet.checks.watched import of_every_fork, unread
from simnet.errors import InputError
from simnet.fields import (
    ChainForm,
    ChainId,
    Choices,
    Names,
    ParaId,
    Seconds,
    SecondsForm,
    SelectorsForm,
    Share,
    ShareForm,
)
from simnet.journal import DISCARDED, EXECUTED, MISSED, Evidence, MessageTrace, Record
from simnet.journal.records import QueueRead
from simnet.network.topology import RELAY, Topology

_FROM = Field(validation_alias="from", serialization_alias="from")
_TO = Field(validation_alias="to", serialization_alias="to")

SUCCESS, REFUSED = "success", "refused"
"""Outcomes that are no event's name."""

OUTCOMES: Mapping[str, str] = {
    SUCCESS: "Processed by the recipient's message queue, with success.",
    "Processed": "Processed by the recipient's message queue, with or without success.",
    "ProcessingFailed": "The recipient's message queue could not execute it at all.",
    "OverweightEnqueued": "It needs more weight than the recipient gives a block, and waits for somebody to execute"
    " it.",
    REFUSED: "The sender's chain refuses to send it.",
    EXECUTED: "Its own chain executed it, with success or without, and it sent nothing: of an `xcm` step without `to`.",
    MISSED: "It was a transfer that went on to no chain any more, on another one than its recipient.",
    "ChannelClosed": "Its HRMP channel was closed before the recipient took it.",
    "ParaOffboarded": "Its recipient was offboarded while it waited on the relay chain.",
}
"""How a message may be asked to end."""


@dataclass(frozen=True, kw_only=True)
class Messages(Check):
    """Every selected message was sent and ended exactly once on the finalized chains, successfully and in order. Use it
    to prove that nothing is lost, doubled or late, whatever the network went through.

    ``labels``, ``from`` and ``to`` select; without any all messages that simnet was asked to send are judged.
    ``during`` and ``after`` select by the time of asking.
    """

    kind: ClassVar[str] = "messages"
    liveness: ClassVar[bool] = True

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            labels: SelectorsForm = (),
            sender: ChainForm | None = None,
            recipient: ChainForm | None = None,
            at_least: int = 1,
            in_order: bool = True,
            outcome: str = SUCCESS,
            within: SecondsForm | None = None,
            within_blocks: int | None = None,
            ended_within: SecondsForm | None = None,
            held_for: SecondsForm | None = None,
        ) -> None: ...

    labels: Names = ()
    """Labels of the ``send``, ``transfer`` and ``xcm`` steps whose messages are judged; by default those of all."""
    sender: Annotated[ChainId | None, _FROM] = None
    """The chain that sent them. Left out: any chain."""
    recipient: Annotated[ChainId | None, _TO] = None
    """The chain to which they went. Left out: any chain."""
    at_least: int = 1
    """Messages that must have been asked for, 1 or more: none proves nothing."""
    in_order: bool = True
    """Whether the messages of each channel must keep the order of asking in the sender's chain, in the relay chain's
    queue and at the receiver. With false any order will do."""
    outcome: Annotated[str, Choices(OUTCOMES)] = SUCCESS
    """How each must end: in an event of its recipient, refused by its sender, or discarded by governance."""
    within: Seconds | None = None
    """Time from the asking to the block of the terminal event, at most. Left out: any time."""
    within_blocks: int | None = None
    """Relay blocks from the sender's block to the terminal event, at most. Left out: any number."""
    ended_within: Seconds | None = None
    """Time in which each must end after it was asked for, or after the end of healing of the last fault that held it up
    on its way, which begins in the sender's block. Left out: any time."""
    held_for: Seconds | None = None
    """Time that must pass from each asking to the end, at least: something held the messages back. Left out: none."""

    def validate(self) -> None:
        if self.outcome not in OUTCOMES:
            raise InputError(f"outcome {self.outcome!r} is none of {', '.join(OUTCOMES)}")
        times = ("within", "within_blocks", "held_for", "ended_within")
        timed = [name for name in times if getattr(self, name) is not None]
        if self.outcome == REFUSED and timed:
            raise InputError(
                f"messages: what is refused never travels, so that {' and '.join(timed)} would judge nothing"
            )
        if self.at_least < 1:
            raise InputError("messages needs at_least 1 or more: a check of no messages cannot fail")

    def expected(self) -> str:
        parts = [f"{self.at_least} or more messages, each ending exactly once ({self.outcome})"]
        if self.in_order:
            parts.append("in order")
        if self.within is not None:
            parts.append(f"within {self.within:g}s of the asking")
        if self.within_blocks is not None:
            parts.append(f"within {self.within_blocks} relay blocks of the sender's block")
        if self.ended_within is not None:
            parts.append(
                f"ended {self.ended_within:g}s after the asking, or the healing of what held it up, at the latest"
            )
        if self.held_for is not None:
            parts.append(f"none ended before {self.held_for:g}s had passed")
        return ", ".join(parts)

    def _selected(self, evidence: Evidence, interval: Interval) -> list[MessageTrace]:
        timed = self.during is not None or self.after is not None
        return [
            trace
            for trace in evidence.messages()
            if (not self.labels or trace.label in self.labels)
            and self.sender in (None, trace.sender)
            and self.recipient in (None, trace.recipient)
            and (not timed or interval.holds(trace.asked))
        ]

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        traces = self._selected(evidence, interval)
        if not traces:
            raise Unjudgeable("no message that this check selects was asked for")
        wrong: list[tuple[str, int]] = []
        if len(traces) < self.at_least:
            wrong.append((f"only {len(traces)} were asked for", traces[0].seq))
        route_faults = RouteFaults(evidence) if self.ended_within is not None else None
        excuses: Counter[str] = Counter()
        lagging = [trace for trace in traces if _sender_lags(evidence, trace)]
        for trace in traces:
            # When it was sent is not known then; what is known may be wrong all the same.
            problem = self._problem(replace(trace, sent=trace.asked) if trace in lagging else trace)
            if problem is None and route_faults is not None and trace.terminals and trace not in lagging:
                problem = self._late(trace, route_faults, excuses)
            if problem is not None:
                wrong.append((f"{trace} {problem}", trace.seq))
        if self.in_order:
            wrong += _disorder(traces)
        if lagging and not wrong:
            others = f", and {len(lagging) - 1} more" if len(lagging) > 1 else ""
            raise Unjudgeable(
                f"{lagging[0]} ended{others}, but no block of {lagging[0].sender} from then on is final, so that nobody"
                " knows yet which one sent it; wait until the sender's chain has finalized more"
            )
        figures = {"messages": len(traces), "wrong": len(wrong), **_figures(traces)}
        text = "; ".join(text for text, _ in wrong[:4]) + (f"; {len(wrong) - 4} more" if len(wrong) > 4 else "")
        text = text or _held(traces, figures)
        text += "".join(f"; time of {count} counted from the healing of {name}" for name, count in excuses.items())
        where = [f"journal.jsonl:{seq + 1}" for _, seq in wrong[:4]]
        certain = bool(wrong) and not any(trace.refused is None and not trace.terminals for trace in traces)
        watched = ends_read(evidence, traces)
        return self.finding(not wrong, text, interval, coverage=watched, certain=certain, where=where, figures=figures)

    def _problem(self, trace: MessageTrace) -> str | None:
        if self.outcome == REFUSED or trace.refused is not None:
            if trace.refused is None:
                return "was not refused by the sender's chain"
            return None if self.outcome == REFUSED else trace.failure
        if trace.submitted is None:
            return f"was asked for and never handed in: no node of {trace.sender} took it"
        if trace.sent is None:
            return "was handed in and is in no finalized block of the sender"
        if not trace.terminals:
            return f"has not ended; last seen in {trace.last_seen or 'no queue'}"
        if len(trace.terminals) > 1:
            places = ", ".join(f"{one.event} in {one.chain} block {one.height}" for one in trace.terminals)
            return f"ended {len(trace.terminals)} times: {places}"
        end = trace.terminals[0]
        if not (end.success if self.outcome == SUCCESS else end.event == self.outcome):
            if self.outcome == SUCCESS and end.event == "Processed" and end.error is None and end.barrier is None:
                return "ended in Processed with success False and no instruction's error, as what the barrier refuses"
            return trace.failure or f"ended in {end.event} with success {end.success}"
        latency = trace.latency or 0.0
        if self.within is not None and latency > self.within:
            return f"took {latency:.1f} s from the asking"
        if self.held_for is not None and latency < self.held_for:
            return f"ended {latency:.1f} s after it was asked for"
        if self.within_blocks is not None and (trace.transit_blocks or 0) > self.within_blocks:
            return f"took {trace.transit_blocks} relay blocks"
        return None

    def _late(self, trace: MessageTrace, route_faults: RouteFaults, excuses: Counter[str]) -> str | None:
        """Safety while faults last, liveness after: the time starts anew when a fault that held it up is healed."""
        assert self.ended_within is not None
        late = trace.latency or 0.0
        if late <= self.ended_within:
            return None
        healed = route_faults.healed(trace)
        if healed is None:
            kept = route_faults.kept(trace)
            waited = (trace.sent or trace.asked) - trace.asked
            hint = f", {waited:.1f} s of which {kept.name} kept {trace.sender} from taking it" if kept else ""
            return f"ended {late:.1f} s after it was asked for{hint}"
        excuses[healed.name] += 1
        late = trace.terminals[0].t - healed.end
        return f"ended {late:.1f} s after the healing of {healed.name}" if late > self.ended_within else None


def _sender_lags(evidence: Evidence, trace: MessageTrace) -> bool:
    """Whether a message ended before its sender's finalized blocks reach that time, so that the one which sent it may
    be among those to come."""
    if trace.sent is not None or not trace.terminals:
        return False
    final = evidence.canonical(trace.sender)
    return not final or final[-1].t < trace.terminals[0].t


def _figures(traces: list[MessageTrace]) -> dict[str, float | int]:
    latencies = sorted(trace.latency for trace in traces if trace.latency is not None)
    blocks = sorted(trace.transit_blocks for trace in traces if trace.transit_blocks is not None)
    figures: dict[str, float | int] = {}
    if latencies:
        figures |= {"median_s": round(quantile(latencies, 0.5), 3), "max_s": round(latencies[-1], 3)}
    if blocks:
        figures |= {"median_blocks": quantile(blocks, 0.5), "max_blocks": blocks[-1]}
    return figures


def _held(traces: list[MessageTrace], figures: dict[str, float | int]) -> str:
    if "median_s" not in figures:
        return f"{len(traces)} messages, none of which ended"
    text = f"{len(traces)} messages, latency median {figures['median_s']} s, longest {figures['max_s']} s"
    if "median_blocks" in figures:
        text += f" ({figures['median_blocks']} and {figures['max_blocks']} relay blocks from the sender's block)"
    return text


_Place = Callable[[MessageTrace], tuple[int, ...] | None]


def disorder(traces: list[MessageTrace]) -> list[tuple[str, MessageTrace, MessageTrace]]:
    """Pairs of one channel that some leg had in another order than they were asked for: what that leg did, which it had
    first, and which was asked for before that."""
    legs: tuple[tuple[str, _Place], ...] = (
        ("sent", lambda trace: trace.order),
        ("had in the relay chain's queue", lambda trace: trace.relay_order),
        ("received", _received),
    )
    queues: dict[tuple[str, ...], list[MessageTrace]] = defaultdict(list)
    for trace in sorted(traces, key=lambda one: one.seq):
        queues[trace.queue].append(trace)
    found = []
    for members in queues.values():
        for leg, place in legs:
            placed = [(at, trace) for trace in members if (at := place(trace)) is not None]
            placed.sort(key=lambda pair: pair[0])
            found += [(leg, one, two) for (_, one), (_, two) in pairwise(placed) if two.seq < one.seq]
    return found


def _received(trace: MessageTrace) -> tuple[int, int] | None:
    """Place among what the receiver's chain has ended; what was discarded on its way never came there."""
    end = trace.terminals[0] if trace.terminals else None
    return None if end is None or end.event in DISCARDED else (end.height, end.seq)


def ends_read(evidence: Evidence, traces: Sequence[MessageTrace]) -> Coverage:
    """What it rests on that these messages ended as often as it seems: every finalized block of the chains on their
    ways since the first was asked for was read."""
    chains = dict.fromkeys(chain for trace in traces for chain in trace.way)
    since = min((trace.asked for trace in traces), default=0.0)
    texts = (unread(evidence, [b for b in evidence.canonical(chain) if b.t >= since]) for chain in chains)
    return Coverage(unread=next(filter(None, texts), ""))


def _disorder(traces: list[MessageTrace]) -> list[tuple[str, int]]:
    return [
        (f"{one.channel} {leg} {one.name} before {two.name}, which was asked for first", two.seq)
        for leg, one, two in disorder(traces)
    ]


def quantile(values: list[float] | list[int], share: float) -> float:
    """The smallest of the sorted values that at least ``share`` of them do not exceed."""
    return values[max(0, ceil(share * len(values)) - 1)]


@dataclass(frozen=True, kw_only=True)
class ChannelFilled(Check):
    """The relay chain's HRMP channel was filled to a share of its capacity or bytes, and never beyond either. Use it to
    be sure that a load really met the channel's limit."""

    kind: ClassVar[str] = "channel_filled"

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            during: str | None = None,
            after: str | None = None,
            sender: ChainForm,
            recipient: ChainForm,
            share: ShareForm = 1.0,
        ) -> None: ...

    sender: Annotated[ParaId, _FROM]
    """The parachain that sends through the channel."""
    recipient: Annotated[ParaId, _TO]
    """The parachain that receives through the channel."""
    share: Share = 1.0
    """How full it must have been at some relay block, of its messages or of its bytes, whichever is more."""

    def unfit(self, topology: Topology) -> str | None:
        relay = RELAY in (self.sender, self.recipient)
        return "HRMP channels join two parachains, and the relay chain is none" if relay else None

    def expected(self) -> str:
        return f"the channel {self.sender}>{self.recipient} is filled to {self.share:.0%} or more, never beyond"

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        readings = [
            record
            for record in evidence.of(QueueRead)
            if record.data.capacity
            and (record.data.sender, record.data.recipient) == (self.sender, self.recipient)
            and interval.holds(record.t)
        ]
        if not readings:
            raise Unjudgeable(f"the channel {self.sender}>{self.recipient} was not read in that time")
        fills = [(_filled(record), record) for record in readings]
        fullest, record = max(fills, key=lambda pair: pair[0])
        data = record.data
        text = (
            f"fullest {fullest:.0%}: {data.count} of {data.capacity} messages, {data.bytes} of"
            f" {data.max_bytes} bytes at relay block {record.height}"
        )
        _, watched = of_every_fork(evidence, RELAY, interval.start, interval.end)
        held, where, figures = self.share <= fullest <= 1, [record], {"share": fullest}
        return self.finding(held, text, interval, coverage=watched, certain=fullest > 1, where=where, figures=figures)


def _filled(record: Record[QueueRead]) -> float:
    data = record.data
    return max(data.count / (data.capacity or 1), data.bytes / (data.max_bytes or 1))
