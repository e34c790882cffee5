"""What every panel shows behind its own marks: faults as bands, t0, and the names of faults over the first panel."""

from __future__ import annotations

from simnet.journal import Evidence, Window
from simnet.report.panel import Label, Panel, Shape, TimeAxis, rectangle
from simnet.report.words import fault_text, when

ROW = 18.0
"""Height of one row of faults' names."""

_LETTER = 6.4
"""Width of a letter in a fault's name, in SVG units, about."""


def draw_backdrop(panel: Panel, evidence: Evidence, time: TimeAxis) -> None:
    """Bands of all faults and the line of t0, over the whole plot."""
    for window in evidence.windows.values():
        panel.shapes += _band(window, time, panel.top, panel.bottom, evidence.t0)
    if evidence.t0 is not None:
        x = time.x(evidence.t0)
        panel.shapes.append(Shape(f"M{x:g} {panel.top:g}V{panel.bottom:g}", "barrier", f"t0 at {evidence.t0:.1f} s"))


def _band(window: Window, time: TimeAxis, top: float, bottom: float, t0: float | None) -> list[Shape]:
    end = window.heal_start if window.heal_start is not None else time.end
    shapes = [
        Shape(rectangle(time.x(window.apply_start), time.x(end), top, bottom), "band", _title(window, t0)),
        Shape(rectangle(time.x(window.apply_start), time.x(window.apply_end), top, bottom), "edge", "taking hold"),
    ]
    if window.heal_start is not None and window.heal_end is not None:
        healing = rectangle(time.x(window.heal_start), time.x(window.heal_end), top, bottom)
        shapes.append(Shape(healing, "edge", "healing"))
    return shapes


def _title(window: Window, t0: float | None) -> str:
    held = {True: "held", False: "did not hold", None: "not measured"}[window.holds]
    return f"{window.name}: {fault_text(window.fault)}; {when(window.apply_start, window.heal_end, t0)}; {held}"


def name_rows(evidence: Evidence, time: TimeAxis) -> dict[int, int]:
    """Row of each fault's name, by the fault's id, so that names that overlap in time stand below one another."""
    free: list[float] = []
    rows: dict[int, int] = {}
    for window in sorted(evidence.windows.values(), key=lambda one: one.apply_start):
        start = time.x(window.apply_start)
        end = time.x(window.heal_end if window.heal_end is not None else time.end)
        row = next((index for index, edge in enumerate(free) if edge <= start), len(free))
        edge = max(end, start + _LETTER * len(window.name) + 16)
        free[row:] = [edge, *free[row + 1 :]]
        rows[window.id] = row
    return rows


def draw_names(panel: Panel, evidence: Evidence, time: TimeAxis, rows: dict[int, int]) -> None:
    """Names of all faults in rows over the plot, each with a bar from its start to the end of its healing."""
    for window in evidence.windows.values():
        y = 4 + ROW * rows[window.id]
        end = window.heal_end if window.heal_end is not None else time.end
        x = time.x(window.apply_start)
        panel.shapes.append(Shape(rectangle(x, time.x(end), y, y + ROW - 3), "name", _title(window, evidence.t0)))
        doubt = " (did not hold)" if window.holds is False else ""
        panel.labels.append(Label(x, y + 11.5, window.name + doubt, "fault", dx=4))
