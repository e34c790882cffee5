"""One lane for each node: the blocks it authored and what became of them, when it was down, paused or not watched."""

from __future__ import annotations

from simnet.journal import Block, Evidence
from simnet.network.topology import RELAY
from simnet.report.backdrop import draw_backdrop
from simnet.report.figures import Fate, fates
from simnet.report.panel import LEFT, Legend, Panel, Shape, TimeAxis, dot, rectangle
from simnet.report.words import plural

LANE = 22.0
"""Height of a lane."""

MOST_LANES = 40
MOST_TITLES = 3000
"""Blocks up to which each has a text of its own."""

_CSS = {Fate.FINALIZED: "dot kept", Fate.FORKED: "dot lost", Fate.OPEN: "dot open"}


def lanes_panel(evidence: Evidence, time: TimeAxis) -> Panel:
    """Nodes in the order of the network; with very many, those that something happened to come first."""
    nodes = _shown(evidence)
    panel = Panel("lanes", "Nodes", 8 + LANE * max(1, len(nodes)), ruled=False)
    draw_backdrop(panel, evidence, time)
    places = {node: panel.top + LANE * (index + 0.5) for index, node in enumerate(nodes)}
    panel.ticks = [(y, node) for node, y in places.items()]
    for node, y in places.items():
        panel.shapes.append(Shape(f"M{LEFT:g} {y:g}H{time.x(time.end):g}", "lane"))
        _absences(panel, evidence, node, y, time)
    chains = [RELAY, *(chain for chain in evidence.chains() if chain != RELAY)]
    titled = sum(len(evidence.blocks.get(chain, {})) for chain in chains) <= MOST_TITLES
    for chain in chains:
        _blocks(panel, evidence, chain, places, time, titled)
    panel.legend = [
        Legend("dot", "kept", "block authored, finalized"),
        Legend("dot", "lost", "block authored, forked off"),
        Legend("dot", "open", "block authored, not decided"),
        Legend("area", "down", "process down"),
        Legend("area", "down crash", "ended by itself"),
        Legend("area", "paused", "paused"),
        Legend("area", "gap", "not watched"),
    ]
    hidden = len(evidence.nodes()) - len(nodes)
    panel.note = f"{plural(hidden, 'node')} left out; those that something happened to come first." if hidden else ""
    return panel


def _shown(evidence: Evidence) -> list[str]:
    nodes = list(evidence.nodes())
    if len(nodes) <= MOST_LANES:
        return nodes
    struck = {name for window in evidence.windows.values() for name in window.nodes if len(window.nodes) < len(nodes)}
    struck |= {node for node, downs in evidence.downs.items() if downs} | {gap.observer for gap in evidence.gaps}
    first = [node for node in nodes if node in struck] + [node for node in nodes if node not in struck]
    chosen = set(first[:MOST_LANES])
    return [node for node in nodes if node in chosen]


def _absences(panel: Panel, evidence: Evidence, node: str, y: float, time: TimeAxis) -> None:
    top, bottom = y - LANE / 2 + 3, y + LANE / 2 - 3
    for down in evidence.downs.get(node, ()):
        end = down.end if down.end is not None else time.end
        word = "paused" if down.paused else "down" if down.intended else "down by itself"
        css = "down crash" if word == "down by itself" else word
        span = rectangle(time.x(down.start), time.x(end), top, bottom)
        panel.shapes.append(Shape(span, css, f"{node} {word} {down.start:.1f} to {end:.1f} s"))
    for gap in (one for one in evidence.gaps if one.observer == node):
        span = rectangle(time.x(gap.start), time.x(gap.end), top, bottom)
        panel.shapes.append(
            Shape(span, "gap", f"{node}: {gap.what} not watched {gap.start:.1f} to {gap.end:.1f} s: {gap.reason}")
        )


def _blocks(
    panel: Panel, evidence: Evidence, chain: str, places: dict[str, float], time: TimeAxis, titled: bool
) -> None:
    fate = fates(evidence, chain)
    merged: dict[str, list[str]] = {css: [] for css in _CSS.values()}
    for block in evidence.blocks.get(chain, {}).values():
        y = places.get(block.author or "")
        if y is None or block.height == 0:
            continue
        mark = dot(time.x(block.t), y)
        css = _CSS[fate[block.hash]]
        if titled:
            panel.shapes += _with_hole(mark, css, _title(block, fate[block.hash]))
        else:
            merged[css].append(mark)
    for css, marks in merged.items():
        panel.shapes += _with_hole("".join(marks), css, "") if marks else []


def _with_hole(mark: str, css: str, title: str) -> list[Shape]:
    """A block that was lost is a ring, so that it differs by more than its colour."""
    shapes = [Shape(mark, css, title)]
    return [*shapes, Shape(mark, "dot hole", title)] if css == _CSS[Fate.FORKED] else shapes


def _title(block: Block, fate: Fate) -> str:
    return (
        f"{block.author}: {block.chain} block {block.height} {block.hash[:10]}, {fate}, first seen at {block.t:.1f} s"
    )
