"""Checks that ask how many there are of something: bounds, either of which may be open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from simnet.checks._check import Check, Finding, Interval
from simnet.checks.coverage import Coverage
from simnet.errors import InputError
from simnet.journal import AnyRecord


class Bounded(Check):
    """Base of checks with bounds, which have these two fields."""

    at_least: float | None
    """The lowest count that holds; 0 is only of use with ``at_most``. Left out: no lower bound, and ``at_most`` is
    given."""
    at_most: float | None
    """The highest count that holds. Left out: no upper bound, and ``at_least`` is given."""

    def validate(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise InputError(f"{self.kind} needs at_least, at_most or both")
        if self.at_least == 0 and self.at_most is None:
            raise InputError(f"{self.kind}: at_least 0 holds whatever happens; ask for 1 or more, or give at_most")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise InputError(f"{self.kind}: at_least {self.at_least} is more than at_most {self.at_most}")

    def bounds(self) -> str:
        """``2 or more``, ``3 at most``, ``2 to 3``."""
        if self.at_least is not None and self.at_most is not None:
            same = self.at_least == self.at_most
            return f"exactly {self.at_least:g}" if same else f"{self.at_least:g} to {self.at_most:g}"
        return f"{self.at_least:g} or more" if self.at_least is not None else f"{self.at_most:g} at most"

    def fits(self, count: float) -> bool:
        """Whether a count lies between the bounds."""
        return within_bounds(count, self.at_least, self.at_most)

    def settled(self, *counts: float) -> bool:
        """Whether more of what was counted, that nobody saw, could not change what the bounds make of these counts."""
        return bounds_settled(counts, self.at_least, self.at_most)

    def too_much(self, held: bool) -> bool:
        return not held and self.at_least is None

    def counted(
        self,
        count: int,
        seen: str,
        interval: Interval,
        *,
        coverage: Coverage,
        where: Iterable[AnyRecord | str] = (),
        figures: dict[str, Any],
    ) -> Finding:
        """The finding about one count."""
        held, certain = self.fits(count), self.settled(count)
        return self.finding(held, seen, interval, coverage=coverage, certain=certain, where=where, figures=figures)


def within_bounds(count: float, at_least: float | None, at_most: float | None) -> bool:
    """Whether a count lies between two bounds, either of which may be open."""
    return (at_least is None or count >= at_least) and (at_most is None or count <= at_most)


def bounds_settled(counts: Sequence[float], at_least: float | None, at_most: float | None) -> bool:
    """Whether more of what was counted, that nobody saw, could not change what two bounds make of these counts."""
    if at_most is not None:
        return any(count > at_most for count in counts)
    return at_least is None or all(count >= at_least for count in counts)
