"""Checks of cross-chain messages: exactly once, in order, in time, and with which latency."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Annotated, ClassVar

from pydantic import Field

from simnet.checks._base import Check, Finding, Interval, Unjudgeable
from simnet.errors import InputError
from simnet.fields import ChainId, Seconds, Selectors, Share
from simnet.journal import CLOSED, TERMINAL, Evidence, MessageTrace, Record

_FROM = Field(validation_alias="from", serialization_alias="from")
_TO = Field(validation_alias="to", serialization_alias="to")


@dataclass(frozen=True, kw_only=True)
class Messages(Check):
    """Every selected message was sent and ended exactly once on the finalized chains, successfully and in order.

    ``labels``, ``sender`` and ``recipient`` (``from`` and ``to`` in files) select; none selects all that simnet sent.
    ``during`` and ``after`` select by the time of submission. ``within`` bounds each latency from the sending block
    to the terminal event's block in seconds, ``within_blocks`` in relay-chain blocks. ``ended_within`` says by
    when: so many seconds after its submission, or after the end of healing of the last fault in its way. ``outcome``
    names the terminal event that is asked for. ``held_for`` seconds at least must have passed from each submission to
    the end: something held them back. ``at_least`` messages must have been sent: none sent proves nothing.
    """

    kind: ClassVar[str] = "messages"
    liveness: ClassVar[bool] = True
    labels: Selectors = ()
    sender: Annotated[ChainId | None, _FROM] = None
    recipient: Annotated[ChainId | None, _TO] = None
    at_least: int = 1
    in_order: bool = True
    outcome: str = "success"
    within: Seconds | None = None
    within_blocks: int | None = None
    ended_within: Seconds | None = None
    held_for: Seconds | None = None

    def validate(self) -> None:
        known = ("success", *sorted(TERMINAL), CLOSED)
        if self.outcome not in known:
            raise InputError(f"outcome {self.outcome!r} is none of {', '.join(known)}")
        if self.at_least < 1:
            raise InputError("messages needs at_least 1 or more: a check of no messages cannot fail")

    def expected(self) -> str:
        parts = [f"{self.at_least} or more messages, each ending exactly once ({self.outcome})"]
        if self.in_order:
            parts.append("in order")
        if self.within is not None:
            parts.append(f"within {self.within:g}s")
        if self.within_blocks is not None:
            parts.append(f"within {self.within_blocks} relay blocks")
        if self.ended_within is not None:
            parts.append(f"ended {self.ended_within:g}s after submission or healing at the latest")
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
            and (not timed or interval.holds(trace.submitted))
        ]

    def _judge(self, evidence: Evidence, interval: Interval) -> Finding:
        traces = self._selected(evidence, interval)
        if not traces:
            raise Unjudgeable("no message that this check selects was sent")
        wrong: list[tuple[str, int]] = []
        if len(traces) < self.at_least:
            wrong.append((f"only {len(traces)} were submitted", traces[0].seq))
        for trace in traces:
            problem = self._problem(trace) or self._late(evidence, trace)
            if problem is not None:
                wrong.append((f"{trace.label}#{trace.index} {trace.channel} {problem}", trace.seq))
        if self.in_order:
            wrong += _disorder(traces)
        latencies = sorted(trace.latency for trace in traces if trace.latency is not None)
        blocks = sorted(trace.latency_blocks for trace in traces if trace.latency_blocks is not None)
        figures: dict[str, float | int] = {"messages": len(traces), "wrong": len(wrong)}
        if latencies:
            figures |= {"median_s": round(quantile(latencies, 0.5), 3), "max_s": round(latencies[-1], 3)}
        if blocks:
            figures |= {"median_blocks": quantile(blocks, 0.5), "max_blocks": blocks[-1]}
        text = "; ".join(text for text, _ in wrong[:4]) + (f"; {len(wrong) - 4} more" if len(wrong) > 4 else "")
        if not wrong:
            text = f"{len(traces)} messages, latency median {figures['median_s']} s, longest {figures['max_s']} s"
            if blocks:
                text += f" ({figures['median_blocks']} and {figures['max_blocks']} relay blocks)"
        where = [f"journal.jsonl:{seq + 1}" for _, seq in wrong[:4]]
        return self.finding(not wrong, text, interval, where=where, figures=figures)

    def _problem(self, trace: MessageTrace) -> str | None:
        if trace.refused is not None:
            return f"was refused by the sender: {trace.refused}"
        if trace.sent is None:
            return "was submitted and is in no finalized block of the sender"
        if not trace.terminals:
            return f"has not ended; last seen in {trace.last_seen or 'no queue'}"
        if len(trace.terminals) > 1:
            places = ", ".join(f"{one.event} in {one.chain} block {one.height}" for one in trace.terminals)
            return f"ended {len(trace.terminals)} times: {places}"
        end = trace.terminals[0]
        good = end.success if self.outcome == "success" else end.event == self.outcome
        if not good:
            if self.outcome == "success" and end.event == "Processed" and end.error is None:
                return "ended in Processed with success False and no instruction's error, as what the barrier refuses"
            success = "" if end.event != "Processed" else f" with success {end.success}"
            return f"{f'failed with {end.error}: ' if end.error else ''}ended in {end.event}{success}"
        if self.within is not None and (trace.latency or 0.0) > self.within:
            return f"took {trace.latency:.1f} s"
        if self.held_for is not None and end.t - trace.submitted < self.held_for:
            return f"ended {end.t - trace.submitted:.1f} s after its submission"
        if self.within_blocks is not None and (trace.latency_blocks or 0) > self.within_blocks:
            return f"took {trace.latency_blocks} relay blocks"
        return None

    def _late(self, evidence: Evidence, trace: MessageTrace) -> str | None:
        """Safety while faults last, liveness after: the time starts anew when a fault in the message's way is
        healed."""
        if self.ended_within is None:
            return None
        end = trace.terminals[0].t
        start = trace.submitted
        for window in evidence.windows.values():
            if window.heal_end is not None and window.apply_start < end and window.heal_end > start:
                start = window.heal_end
        late = end - start
        return f"ended {late:.1f} s after it could" if late > self.ended_within else None


def _disorder(traces: list[MessageTrace]) -> list[tuple[str, int]]:
    """Pairs of one channel that were received in another order than they were sent."""
    channels: dict[str, list[MessageTrace]] = defaultdict(list)
    for trace in traces:
        if trace.order is not None and trace.terminals:
            channels[trace.channel].append(trace)
    found = []
    for channel, members in channels.items():
        received = sorted(members, key=lambda trace: (trace.terminals[0].height, trace.terminals[0].seq))
        for one, two in pairwise(received):
            assert one.order is not None and two.order is not None
            if two.order < one.order:
                text = (
                    f"{channel} received {one.label}#{one.index} before {two.label}#{two.index}, which was sent first"
                )
                found.append((text, two.seq))
    return found


def quantile(values: list[float] | list[int], share: float) -> float:
    """The smallest of the sorted values that at least ``share`` of them do not exceed."""
    return values[max(0, ceil(share * len(values)) - 1)]


@dataclass(frozen=True, kw_only=True)
class ChannelFilled(Check):
    """The relay chain's HRMP channel was filled to at least ``share`` of its capacity or bytes, and never beyond
    either."""

    kind: ClassVar[str] = "channel_filled"
    sender: Annotated[ChainId, _FROM]
    recipient: Annotated[ChainId, _TO]
    share: Share = 1.0

    def expected(self) -> str:
        return f"the channel {self.sender}>{self.recipient} is filled to {self.share:.0%} or more, never beyond"

    def _judge(self, evidence: Evidence, interval: Interval) -> Finding:
        readings = [
            record
            for record in evidence.message_log.queues
            if record.data.get("capacity")
            and (record.data["sender"], record.data["recipient"]) == (self.sender, self.recipient)
            and interval.holds(record.t)
        ]
        if not readings:
            raise Unjudgeable(f"the channel {self.sender}>{self.recipient} was not read in that time")
        fills = [(_filled(record), record) for record in readings]
        fullest, record = max(fills, key=lambda pair: pair[0])
        data = record.data
        text = (
            f"fullest {fullest:.0%}: {data['count']} of {data['capacity']} messages, {data['bytes']} of"
            f" {data['max_bytes']} bytes at relay block {record.height}"
        )
        return self.finding(self.share <= fullest <= 1, text, interval, where=[record], figures={"share": fullest})


def _filled(record: Record) -> float:
    data = record.data
    return float(max(data["count"] / data["capacity"], data["bytes"] / data["max_bytes"]))
