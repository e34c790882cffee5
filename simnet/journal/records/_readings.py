"""What was read back of a fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ActTally:
    """How often a byzantine node could do an act while its fault lasted, and how often it did."""

    node: str
    """Name of the byzantine node."""
    act: str
    """Which act, of :data:`simnet.faults.ACTS`."""
    occasions: int
    """How often it could do the act since the fault began."""
    used: int
    """How often it did the act."""
    first: float | None = None
    """Seconds since the run began when it first did; None when it never did."""
    last: float | None = None
    """Seconds since the run began when it last did; None when it never did."""


@dataclass(frozen=True)
class Reading:
    """One thing read back from the network, set against what was asked."""

    what: str
    """What was read: a node's process, a link, an act."""
    asked: str
    """What the fault asks of it, in words."""
    seen: str
    """What was read back, in words."""
    holds: bool
    """Whether what was seen is what was asked, within tolerance."""
    act: ActTally | None = None
    """What a byzantine node did; None of other readings."""
    node: str | None = None
    """The node whose database was copied; None of other readings."""
    block: int | None = None
    """The highest block in the copy of that node's database; None of other readings."""

    def as_data(self) -> dict[str, Any]:
        """The reading as the journal has it, without what is None."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Reading:
        act = data.get("act")
        return cls(**{**data, "act": ActTally(**act) if act is not None else None})
