"""What faults have in common that hit the nodes which they name as their targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from simnet.errors import InputError
from simnet.faults._fault import Fault, Side
from simnet.fields import Selectors
from simnet.network.topology import Topology

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


@dataclass(frozen=True, kw_only=True)
class OnTargets(Fault):
    """Base of faults that act on each of their ``targets`` alike. A search draws some nodes for them and leaves what
    else they have as it is by default."""

    targets: Selectors
    """Nodes that the fault acts on, at least one; each is acted on alike."""

    def __post_init__(self) -> None:
        if not self.targets:
            raise InputError(f"{self.kind} needs at least one target")

    def affected(self, topology: Topology) -> tuple[str, ...]:
        return topology.select(self.targets)

    @classmethod
    def draw(cls, topology: Topology) -> SearchStrategy[Any] | None:
        if cls.paired:
            return None
        from simnet.faults.drawing import some  # noqa: PLC0415 - loads Hypothesis

        return some(topology).map(lambda targets: cls(targets=targets))

    @classmethod
    def like(cls, other: Fault, topology: Topology) -> Iterator[Fault]:
        for targets in dict.fromkeys((*other.sides(), other.affected(topology))):
            yield cls(targets=targets)

    def sides(self) -> tuple[Side, ...]:
        return (self.targets,)

    def with_side(self, number: int, names: Side) -> Fault:
        return replace(self, targets=names)
