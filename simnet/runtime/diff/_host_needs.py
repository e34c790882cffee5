"""Host functions that a runtime needs, and since which release nodes have them.

The table is made from published crates by ``provenance/host_functions.py``, which says how; ``SHA256SUMS`` has its
digest. A function that is in no row is unknown: it may exist somewhere, and nothing says so.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

_TABLE = Path(__file__).parent / "host_functions.csv"


@dataclass(frozen=True, kw_only=True)
class HostNeed:
    """A host function that one of the two runtimes imports."""

    function: str
    """Its name."""
    how: Literal["added", "removed", "kept"]
    """Whether the new runtime alone needs it, the old one alone, or both."""
    since: str | None
    """The first node release that has it; `or earlier` where that is the first one that was looked at. Null where no
    published crate declares it, so that it is unknown."""
    until: str | None
    """The last node release that has it; null where the last one that was looked at has it."""
    declared_by: str | None
    """The crate that declares it, in the first version that does; null where it is unknown."""
    offered_by: str | None
    """Which nodes offer it, in words; null where it is unknown."""


@cache
def _rows() -> dict[str, dict[str, str]]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return {row["function"]: row for row in csv.DictReader(file)}


EVERYWHERE = "all nodes"
"""Who offers a function that the table says no more of."""


def not_offered(functions: Iterable[str], *, parachain: bool) -> tuple[str, ...]:
    """Those that no published node of a relay chain, or of a ``parachain``, is known to offer. Nodes do not instantiate
    a chain's runtime that imports one (sc-executor 0.50, allow_missing_host_functions)."""
    rows = _rows()
    offered = {name for name, row in rows.items() if parachain or row["offered_by"] == EVERYWHERE}
    return tuple(sorted(set(functions) - offered))


def host_needs(old: Iterable[str], new: Iterable[str]) -> tuple[HostNeed, ...]:
    """Those of two runtimes by name, first what is new."""
    had, wants = set(old), set(new)
    added, removed = sorted(wants - had), sorted(had - wants)
    return (
        *(_need(name, "added") for name in added),
        *(_need(name, "removed") for name in removed),
        *(_need(name, "kept") for name in sorted(had & wants)),
    )


def _need(function: str, how: Literal["added", "removed", "kept"]) -> HostNeed:
    row = _rows().get(function)
    if row is None:
        return HostNeed(function=function, how=how, since=None, until=None, declared_by=None, offered_by=None)
    return HostNeed(
        function=function,
        how=how,
        since=row["since"],
        until=row["until"] or None,
        declared_by=f"{row['crate']} {row['version']}",
        offered_by=row["offered_by"],
    )
