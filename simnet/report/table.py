"""A table of the report: texts with units, ready to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class ReportTable:
    """``rows`` have their cells by column, all in one order. Columns that begin with ``#`` hold numbers and are set to
    the right; what is None is shown as a dash. ``marks`` has a style for some rows."""

    rows: Sequence[dict[str, object]]
    marks: Sequence[str] = ()
    note: str = ""
