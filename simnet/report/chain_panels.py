"""Pictures of chains over time: heights of the relay chain's nodes, how far finality lags, heights of parachains."""

from __future__ import annotations

from simnet.checks.relay import inclusion_times
from simnet.journal import Evidence
from simnet.network.topology import RELAY
from simnet.report.backdrop import ROW, draw_backdrop, draw_names, name_rows
from simnet.report.panel import (
    RIGHT,
    WIDTH,
    Label,
    Legend,
    Panel,
    Shape,
    TimeAxis,
    ValueAxis,
    dot,
    line_path,
    value_axis,
)
from simnet.report.series import NodeLines, Quantity, node_lines

MOST_PARACHAINS = 8
"""Parachains that get a picture of their own."""

_BESIDE = 1.6
"""SVG units by which lines of nodes at one height stand below one another, so that each is seen."""


def heights_panel(evidence: Evidence, lines: list[NodeLines], time: TimeAxis) -> Panel:
    """Best and finalized height of each relay-chain node, with faults, sessions and ends of processes."""
    rows = name_rows(evidence, time)
    top = 12 + ROW * (max(rows.values(), default=-1) + 1)
    panel = Panel("heights", "Relay chain heights", top + 320, unit="block", top=top)
    values = value_axis(
        (v for one in lines for _, v in (*one.of["best"].points, *one.of["finalized"].points)), top + 8, panel.bottom
    )
    panel.ticks = values.ticks(8)
    draw_backdrop(panel, evidence, time)
    draw_names(panel, evidence, time, rows)
    if evidence.t0 is not None:
        panel.labels.append(Label(time.x(evidence.t0), panel.top + 12, "t0", "small", dx=4))
    _sessions(panel, evidence, time)
    _draw(panel, lines, "finalized", time, values)
    _draw(panel, lines, "best", time, values)
    for one in lines:
        _ends(panel, evidence, one, time, values)
    panel.legend = [Legend("line", f"c{index}", one.name) for index, one in enumerate(lines)]
    panel.legend += [
        Legend("line", "plain", "best"),
        Legend("line", "plain final", "finalized"),
        Legend("area", "band", "fault (edges: taking hold, healing)"),
    ]
    panel.note = (
        "Lines of nodes at one height are drawn side by side; a line breaks where its node was down or not watched."
        " × process ended, ∥ paused, ▸ first head after that."
    )
    return panel


def _draw(
    panel: Panel, lines: list[NodeLines], what: Quantity, time: TimeAxis, values: ValueAxis, colour: str | None = None
) -> None:
    """One quantity of each node, by default in a colour of its own."""
    for index, one in enumerate(lines):
        shift = _BESIDE * (index - (len(lines) - 1) / 2)
        path = line_path(one.of[what], time, values, steps=what != "best", shift=shift)
        css = "line final" if what == "finalized" else "line"
        panel.shapes.append(Shape(path, f"{css} {colour or f'c{index}'}", f"{one.name} {what}"))


def _sessions(panel: Panel, evidence: Evidence, time: TimeAxis) -> None:
    last = float("-inf")
    for t, height, index in evidence.session_changes():
        x = time.x(t)
        panel.shapes.append(Shape(f"M{x:g} {panel.bottom - 9:g}V{panel.bottom:g}", "session", f"session {index}"))
        if last + 62 <= x <= WIDTH - RIGHT - 60:
            title = f"session {index} from block {height}, first seen at {t:.1f} s"
            panel.labels.append(Label(x, panel.bottom - 4, f"session {index}", "small", title, dx=3))
            last = x


def _ends(panel: Panel, evidence: Evidence, one: NodeLines, time: TimeAxis, values: ValueAxis) -> None:
    """Marks where a node's process ended, was paused, or came back."""
    for down in evidence.downs.get(one.name, ()):
        height = one.of["best"].at(down.start)
        word = "paused" if down.paused else "ended" if down.intended else "crashed"
        y = values.y(height if height is not None else values.low) + 4
        title = f"{one.name} {word} at {down.start:.1f} s"
        panel.labels.append(Label(time.x(down.start), y, "∥" if down.paused else "×", "end", title))
        back = next(((t, v) for t, v in one.of["best"].points if down.end is not None and t >= down.end), None)
        if back is not None:
            title = f"{one.name} up again at {down.end:.1f} s, its first head at {back[0]:.1f} s"
            panel.labels.append(Label(time.x(back[0]), values.y(back[1]) + 4, "▸", "end", title))


def lag_panel(evidence: Evidence, lines: list[NodeLines], time: TimeAxis) -> Panel:
    """Best minus finalized height of each relay-chain node."""
    panel = Panel("lag", "Finality lag", 128, unit="blocks")
    values = value_axis((0.0, *(v for one in lines for _, v in one.of["lag"].points)), panel.top + 8, panel.bottom)
    panel.ticks = values.ticks(4)
    draw_backdrop(panel, evidence, time)
    _draw(panel, lines, "lag", time, values)
    panel.note = "Best minus finalized height of each node, in blocks. Colours as above."
    return panel


def parachain_panels(evidence: Evidence, time: TimeAxis) -> list[Panel]:
    """One small picture for each parachain: best and finalized heights, inclusions as ticks below."""
    included = inclusion_times(evidence)
    shown = [para for para in evidence.chains() if para != RELAY][:MOST_PARACHAINS]
    return [_parachain(evidence, para, included.get(para, []), index, time) for index, para in enumerate(shown)]


def _parachain(evidence: Evidence, para: str, included: list[float], index: int, time: TimeAxis) -> Panel:
    panel = Panel(f"para-{para}", f"Parachain {para}", 138, unit="block")
    lines = node_lines(evidence, para, time.end)
    floor = panel.bottom - 14
    values = value_axis(
        (v for one in lines for _, v in (*one.of["best"].points, *one.of["finalized"].points)), panel.top + 8, floor
    )
    panel.ticks = values.ticks(4)
    draw_backdrop(panel, evidence, time)
    colour = f"c{index}"
    _draw(panel, lines, "finalized", time, values, colour)
    _draw(panel, lines, "best", time, values, colour)
    for t in included:
        title = f"candidate of {para} included, first seen at {t:.1f} s"
        panel.shapes.append(Shape(dot(time.x(t), panel.bottom - 5), f"dot {colour}", title))
    panel.legend = [
        Legend("line", colour, "best"),
        Legend("line", f"{colour} final", "finalized"),
        Legend("dot", colour, "candidate included in a finalized relay block"),
    ]
    return panel
