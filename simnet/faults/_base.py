"""What every fault is: a pure value that says what happens, to whom, how strongly."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from pydantic import ConfigDict

from simnet.network.topology import Topology


@dataclass(frozen=True, kw_only=True)
class Fault(ABC):
    """Base of all faults. A fault knows neither provider nor time: it is injected, observed and healed elsewhere."""

    __pydantic_config__ = ConfigDict(extra="forbid", populate_by_name=True)

    kind: ClassVar[str]
    instant: ClassVar[bool] = False
    """An instant fault is an act (a restart, a wipe): it has no state to heal."""
    dishonest: ClassVar[bool] = False
    """Whether its targets may commit offences from then on, which may be reported after it is healed."""

    @abstractmethod
    def affected(self, topology: Topology) -> tuple[str, ...]:
        """Names of the nodes it acts on; raises :class:`~simnet.errors.InputError` for a selector without a node."""

    def as_data(self) -> dict[str, Any]:
        """The fault as journal data: its kind and every field that differs from its default."""
        out: dict[str, Any] = {"kind": self.kind}
        for field in fields(self):
            value = getattr(self, field.name)
            if value != field.default:
                out[field.name] = value
        return out

    def __str__(self) -> str:
        parts = [f"{key}={_short(value)}" for key, value in self.as_data().items() if key != "kind"]
        return f"{self.kind} {' '.join(parts)}"


def _short(value: object) -> str:
    if isinstance(value, tuple):
        return "|".join("+".join(item) if isinstance(item, tuple) else str(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
