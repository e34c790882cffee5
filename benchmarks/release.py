"""The ratios of the last release, in ``figures.json``: how they are kept, and what a new one is beside them."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.beside import Measured, significant
from benchmarks.noise import against, spread
from benchmarks.reference import EDITION

FILE = Path(__file__).parent / "figures.json"

HEADER = ("figure", "measured", "reference", "ratio", "at release", "change", "noise", "verdict")


def tools() -> str:
    """What the reference's speed depends on beside the machine."""
    return f"Python {platform.python_version()}, wasmtime {version('wasmtime')}"


@dataclass(frozen=True)
class Recorded:
    """A figure at the release: one ratio a round, and a figure for the reader, the middle one."""

    unit: str
    figure: float
    ratios: tuple[float, ...]


@dataclass(frozen=True)
class Release:
    """What was measured of a release. ``edition`` is the reference's, ``of`` says which version, ``how`` the way to
    these figures, ``machine`` where."""

    of: str
    commit: str
    how: str
    machine: str
    tools: str
    edition: str
    figures: dict[str, Recorded]

    def encode(self) -> str:
        """As the file has it, with the spread of each figure's ratios for who reads it."""
        content = asdict(self)
        for name, recorded in self.figures.items():
            content["figures"][name]["spread"] = f"{spread(recorded.ratios):.1%}"
        return json.dumps(content, indent=2) + "\n"

    @classmethod
    def decode(cls, text: str) -> Release:
        """What :meth:`encode` made."""
        content = json.loads(text)
        figures = {
            name: Recorded(one["unit"], one["figure"], tuple(one["ratios"])) for name, one in content["figures"].items()
        }
        return cls(**{**content, "figures": figures})

    def reservations(self) -> Iterator[str]:
        """Why ratios of now do not compare with these, or not to the percent."""
        if self.edition != EDITION:
            yield f"the reference is another one ({EDITION}, then {self.edition}): nothing can be compared"
        if self.tools != tools():
            yield f"now it is {tools()}, then it was {self.tools}: part of a difference may be theirs"

    def row(self, measured: Measured) -> tuple[str, ...]:
        """A line of the table: figure, reference, ratio, the release's, and the verdict."""
        figure = measured.figure
        own = (
            figure.name,
            f"{significant(figure.value)} {figure.unit}",
            f"{(measured.before + measured.after) / 2:.2f}",
            significant(measured.ratio),
        )
        recorded = self.figures.get(figure.name)
        if recorded is None or self.edition != EDITION:
            return (*own, "-", "", "", "not recorded" if recorded is None else "another reference")
        found = against(recorded.ratios, measured.ratio, is_time=figure.is_time, drift=measured.drift)
        at_release = significant(middle(recorded.ratios))
        return (*own, at_release, f"{found.change:+.1%}", f"{found.noise:.1%}", found.word)


def middle(ratios: Sequence[float]) -> float:
    """The middle one of some ratios, the lower one of two."""
    return sorted(ratios)[(len(ratios) - 1) // 2]


def aligned(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows under the header, in columns."""
    widths = [max(len(row[at]) for row in (HEADER, *rows)) for at in range(len(HEADER))]
    for row in (HEADER, *rows):
        name, *numbers, verdict = row
        cells = [cell.rjust(width) for cell, width in zip(numbers, widths[1:-1], strict=True)]
        yield "  ".join([name.ljust(widths[0]), *cells, verdict]).rstrip()
