"""Cross-chain messages over time: one line each from sent to its end, by channel, coloured by outcome."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from simnet.journal import Evidence, MessageTrace
from simnet.report.backdrop import draw_backdrop
from simnet.report.figures import Ending, ending
from simnet.report.panel import Label, Legend, Panel, Shape, TimeAxis, dot
from simnet.report.words import plural, since_t0

MOST_MESSAGES = 600
"""Messages that are drawn; with more, those that were not delivered come first."""

_CSS = {Ending.DELIVERED: "good", Ending.OPEN: "unended"}
"""All others are ``bad``."""


def messages_panel(evidence: Evidence, traces: Sequence[MessageTrace], time: TimeAxis) -> Panel:
    """Rows of messages by channel, in the order in which they were asked for."""
    chosen = _chosen(traces)
    groups = [(name, list(members)) for name, members in groupby(chosen, key=lambda trace: trace.channel)]
    row = min(9.0, max(2.0, 420 / max(1, len(chosen))))
    space = max(10.0, 22.0 - row)
    bottom = 8 + sum(max(22.0, row * len(members) + space) for _, members in groups)
    panel = Panel("messages", "Messages", max(40.0, bottom), ruled=False)
    draw_backdrop(panel, evidence, time)
    y = panel.top
    for name, members in groups:
        height = max(22.0, row * len(members) + space)
        panel.ticks.append((y + height / 2, name.replace(">", " → ")))
        if y > panel.top:
            panel.shapes.append(Shape(f"M{time.x(0):g} {y:g}H{time.x(time.end):g}", "lane"))
        first = y + (height - row * (len(members) - 1)) / 2
        for index, trace in enumerate(members):
            _message(panel, trace, first + row * index, time, evidence.t0)
        y += height
    panel.legend = [
        Legend("line", "msg good", "delivered"),
        Legend("line", "msg bad", "ended in failure, overweight or twice, was refused or discarded"),
        Legend("line", "msg unended", "not ended when the run was"),
        Legend("line", "wait", "asked for, not yet in a block"),
    ]
    hidden = len(traces) - len(chosen)
    panel.note = f"{plural(hidden, 'message')} left out, delivered ones first." if hidden else ""
    return panel


def _chosen(traces: Sequence[MessageTrace]) -> list[MessageTrace]:
    shown = list(traces)
    if len(shown) > MOST_MESSAGES:
        shown = sorted(shown, key=lambda trace: ending(trace) is Ending.DELIVERED)[:MOST_MESSAGES]
    order = {name: index for index, name in enumerate(dict.fromkeys(trace.channel for trace in traces))}
    return sorted(shown, key=lambda trace: (order[trace.channel], trace.seq))


def _message(panel: Panel, trace: MessageTrace, y: float, time: TimeAxis, t0: float | None) -> None:
    kind = ending(trace)
    title = _title(trace, kind, t0)
    unsent = trace.submitted if kind is Ending.REFUSED else None
    start = next((t for t in (trace.sent, unsent) if t is not None), time.end)
    panel.shapes.append(Shape(f"M{time.x(trace.asked):g} {y:g}H{time.x(start):g}", "wait", title))
    if kind is Ending.REFUSED:
        panel.labels.append(Label(time.x(start), y + 4, "×", "glyph bad", title))
        return
    end = trace.terminals[0].t if trace.terminals else time.end
    panel.shapes.append(Shape(f"M{time.x(start):g} {y:g}H{time.x(end):g}", f"msg {_CSS.get(kind, 'bad')}", title))
    if kind is Ending.DELIVERED:
        panel.shapes.append(Shape(dot(time.x(end), y), "dot arrived", title))
    elif kind is Ending.OPEN:
        panel.labels.append(Label(time.x(end), y + 5, "?", "glyph unended", title, dx=-6))
    else:
        panel.labels.append(Label(time.x(end), y + 4, "×", "glyph bad", title))


def _title(trace: MessageTrace, kind: Ending, t0: float | None) -> str:
    parts = [f"{trace}: {kind}", f"asked for {trace.asked:.1f} s"]
    if t0 is not None:
        parts[-1] += f" ({since_t0(trace.asked, t0)})"
    if trace.submitted is not None:
        parts.append(f"handed in {trace.submitted:.1f} s")
    if trace.sent is not None:
        parts.append(f"sent {trace.sent:.1f} s in block {trace.sent_height}")
    parts += [f"{one.event} {one.t:.1f} s in {one.chain} block {one.height}" for one in trace.terminals]
    if trace.latency is not None:
        parts.append(f"took {trace.latency:.1f} s")
        parts += [f"{trace.transit:.1f} s of it from the sender's block"] if trace.transit is not None else []
    if kind is Ending.OPEN and trace.last_seen:
        parts.append(f"last seen in {trace.last_seen}")
    return ", ".join(parts)
