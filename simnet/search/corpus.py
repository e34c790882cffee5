"""What a campaign found, from the results of its batches alone: failures, cases that reached something new, coverage.

It depends on which batches are done and not on when or where they were, so that a campaign that was stopped and resumed
ends with the same corpus.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from simnet.search.batch import EXPLORE, CaseKey, Windows, kinds_of

MOST_SHRUNK = 3
"""Failing cases with one finding in common that are shrunk, each under other kinds of faults: each takes as long as
exploring a batch does."""


@dataclass(frozen=True)
class Suspect:
    """A failing case that is to be shrunk, the first of its like."""

    key: CaseKey
    name: str
    """Of the finding that failed."""
    schedule: Windows


@dataclass(frozen=True)
class Failure:
    """A distinct failure. ``seen`` counts the cases in which that finding failed, ``shrunk_in`` those that shrinking
    took."""

    suspect: Suspect
    schedule: Windows
    why: tuple[str, ...]
    repeated: bool
    """Whether the case failed again when it was to be shrunk; if not, simnet itself is not repeatable."""
    shrunk_in: int
    seen: int


@dataclass(frozen=True)
class Kept:
    """A case that was the first to reach something."""

    key: CaseKey
    new: tuple[str, ...]
    schedule: Windows


@dataclass(frozen=True)
class Corpus:
    """Everything that a set of results shows."""

    explored: Mapping[int, Mapping[str, Any]]
    shrunk: Mapping[CaseKey, Mapping[str, Any]]
    aside: Mapping[CaseKey, str]
    """Jobs that no worker survived, with why."""

    @classmethod
    def of(cls, results: Iterable[Mapping[str, Any]]) -> Corpus:
        """From lines of a campaign; of a batch that was done twice both say the same."""
        explored: dict[int, Mapping[str, Any]] = {}
        shrunk: dict[CaseKey, Mapping[str, Any]] = {}
        aside: dict[CaseKey, str] = {}
        for one in results:
            if "aside" in one:
                aside[one["batch"], one["case"]] = one["aside"]
            elif "shrunk_in" in one:
                shrunk[one["batch"], one["case"]] = one
            else:
                explored[one["batch"]] = one
        return cls(explored, shrunk, aside)

    @property
    def cases(self) -> int:
        """Schedules that were run, those of shrinking aside."""
        return sum(one["cases"] for one in self.explored.values())

    @property
    def cases_shrinking(self) -> int:
        """Schedules that were run in order to shrink failures."""
        return sum(one["shrunk_in"] for one in self.shrunk.values())

    @property
    def failed(self) -> int:
        return sum(one["failed"] for one in self.explored.values())

    @property
    def inconclusive(self) -> int:
        return sum(one["inconclusive"] for one in self.explored.values())

    def done(self, batch: int) -> bool:
        """Whether a batch was explored or put aside."""
        return batch in self.explored or (batch, EXPLORE) in self.aside

    def _in_order(self) -> list[tuple[int, Mapping[str, Any]]]:
        return sorted(self.explored.items())

    def broken(self) -> list[tuple[CaseKey, Mapping[str, Any]]]:
        """Cases in which the harness failed."""
        return [((batch, one["case"]), one) for batch, result in self._in_order() for one in result["broken"]]

    def suspects(self) -> list[Suspect]:
        """Failing cases that are to be shrunk, as far as the batches before them are done, so that they stay."""
        found: dict[str, dict[tuple[str, ...], Suspect]] = {}
        batch = 0
        while self.done(batch):
            for one in self.explored.get(batch, {}).get("failures", ()):
                name = one["why"][0]
                alike = found.setdefault(name, {})
                kinds = kinds_of(one["schedule"])
                if kinds not in alike and len(alike) < MOST_SHRUNK:
                    alike[kinds] = Suspect((batch, one["case"]), name, one["schedule"])
            batch += 1
        return [suspect for alike in found.values() for suspect in alike.values()]

    def to_shrink(self) -> list[Suspect]:
        """Those of them that are not shrunk yet."""
        return [one for one in self.suspects() if one.key not in self.shrunk and one.key not in self.aside]

    def failures(self) -> list[Failure]:
        """Distinct ones: of those that shrank to the same finding and kinds of faults, the first of the smallest."""
        smallest: dict[tuple[str, ...], Failure] = {}
        seen = self._seen()
        for suspect in self.suspects():
            result = self.shrunk.get(suspect.key)
            if result is None:
                continue
            failure = Failure(
                suspect,
                result["schedule"],
                tuple(result["why"]),
                result["repeated"],
                result["shrunk_in"],
                seen[suspect.name],
            )
            like = (suspect.name, *kinds_of(failure.schedule))
            if like not in smallest or _size(failure) < _size(smallest[like]):
                smallest[like] = failure
        return list(smallest.values())

    def _seen(self) -> Counter[str]:
        seen: Counter[str] = Counter()
        for _, result in self._in_order():
            for one in result["failures"]:
                seen[one["why"][0]] += one["times"]
        return seen

    def kept(self) -> list[Kept]:
        """Cases that were the first to reach something, in order."""
        reached: set[str] = set()
        out = []
        for batch, result in self._in_order():
            for one in result["kept"]:
                new = tuple(item for item in one["new"] if item not in reached)
                if new:
                    reached.update(new)
                    out.append(Kept((batch, one["case"]), new, one["schedule"]))
        return out

    def reached(self) -> Counter[str]:
        """In how many cases each item of coverage was reached."""
        total: Counter[str] = Counter()
        for _, result in self._in_order():
            total.update(result["reached"])
        return total


def _size(failure: Failure) -> tuple[int, int]:
    return len(failure.schedule), len(str(failure.schedule))
