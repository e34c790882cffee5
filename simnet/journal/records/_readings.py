"""What was read back of a fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ActTally:
    """How often a byzantine node could do an act while its fault lasted, and how often it did; the first and the last
    time that it did, in seconds since the run began."""

    node: str
    act: str
    occasions: int
    used: int
    first: float | None = None
    last: float | None = None


@dataclass(frozen=True)
class Reading:
    """One thing read back from the network. ``holds`` says whether what was seen is what was asked, within
    tolerance. ``act`` is what a byzantine node did; ``block`` the highest block in the copy of ``node``'s database."""

    what: str
    asked: str
    seen: str
    holds: bool
    act: ActTally | None = None
    node: str | None = None
    block: int | None = None

    def as_data(self) -> dict[str, Any]:
        """The reading as the journal has it, without what is None."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Reading:
        act = data.get("act")
        return cls(**{**data, "act": ActTally(**act) if act is not None else None})
