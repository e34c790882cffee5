"""Faults of links: partitions, isolation, one-way cuts, and links that are slow, lossy or narrow."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import Annotated, ClassVar

from pydantic import Field, WithJsonSchema

from simnet.errors import InputError
from simnet.faults._base import Fault
from simnet.fields import BitsPerSecond, Seconds, Selectors, Share
from simnet.network.topology import Topology

_From = Annotated[Selectors, Field(validation_alias="from", serialization_alias="from")]
_To = Annotated[Selectors, Field(validation_alias="to", serialization_alias="to")]


@dataclass(frozen=True, kw_only=True)
class Partition(Fault):
    """Cuts every link between nodes of different groups. A node in no group keeps all its links."""

    kind: ClassVar[str] = "partition"
    groups: Annotated[
        tuple[Selectors, ...],
        WithJsonSchema(
            {
                "type": "array",
                "minItems": 2,
                "items": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
                "description": "Two or more groups of nodes; every link between two groups is cut.",
            }
        ),
    ]

    def __post_init__(self) -> None:
        if len(self.groups) < 2 or not all(self.groups):
            raise InputError("a partition needs two groups or more, none of them empty")

    def members(self, topology: Topology) -> tuple[tuple[str, ...], ...]:
        """Node names of each group; raises :class:`InputError` when a node is in two groups."""
        groups = tuple(topology.select(group) for group in self.groups)
        for first, second in combinations(groups, 2):
            both = [name for name in first if name in second]
            if both:
                raise InputError(f"{', '.join(both)} cannot be on two sides of a partition")
        return groups

    def affected(self, topology: Topology) -> tuple[str, ...]:
        wanted = {name for group in self.members(topology) for name in group}
        return tuple(node.name for node in topology.nodes if node.name in wanted)


@dataclass(frozen=True, kw_only=True)
class Isolate(Fault):
    """Cuts every link of each target, also those between two targets."""

    kind: ClassVar[str] = "isolate"
    targets: Selectors

    def __post_init__(self) -> None:
        if not self.targets:
            raise InputError("isolate needs at least one target")

    def affected(self, topology: Topology) -> tuple[str, ...]:
        return topology.select(self.targets)


@dataclass(frozen=True, kw_only=True)
class _Directed(Fault):
    source: _From
    target: _To

    def ends(self, topology: Topology) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of the nodes at both ends; raises :class:`InputError` when no link joins them."""
        sources, targets = topology.select(self.source), topology.select(self.target)
        if len(set(sources) | set(targets)) < 2:
            raise InputError(f"{self.kind} joins no two nodes: both ends are {sources[0]!r}")
        return sources, targets

    def affected(self, topology: Topology) -> tuple[str, ...]:
        sources, targets = self.ends(topology)
        return tuple(node.name for node in topology.nodes if node.name in (*sources, *targets))


@dataclass(frozen=True, kw_only=True)
class OneWayCut(_Directed):
    """Drops packets from one end to the other only. TCP stalls both ways, since acknowledgements die too."""

    kind: ClassVar[str] = "one_way_cut"


@dataclass(frozen=True, kw_only=True)
class Degrade(_Directed):
    """Makes links slow, lossy or narrow. Values are per direction: 100 ms both ways adds 200 ms to a round trip.

    ``delay`` and ``jitter`` in seconds (delay +- jitter, uniform), ``loss`` and ``reorder`` as shares of packets,
    ``rate`` in bits per second. A reordered packet is sent at once, ahead of those that wait.
    """

    kind: ClassVar[str] = "degrade"
    delay: Seconds = 0.0
    jitter: Seconds = 0.0
    loss: Share = 0.0
    reorder: Share = 0.0
    rate: BitsPerSecond | None = None
    both_ways: bool = field(default=True)

    def __post_init__(self) -> None:
        if not (self.delay or self.jitter or self.loss or self.reorder or self.rate):
            raise InputError("degrade changes nothing; give delay, jitter, loss, reorder or rate")
        if self.jitter > self.delay:
            raise InputError(f"jitter {self.jitter:g}s is more than the delay {self.delay:g}s it varies")
        if self.reorder and not self.delay:
            raise InputError("reorder needs a delay: only packets that wait can be overtaken")
        if not (0 <= self.loss <= 1 and 0 <= self.reorder <= 1):
            raise InputError("loss and reorder are shares between 0 and 1")
        if self.rate is not None and self.rate <= 0:
            raise InputError("a rate is more than zero; cut a link with one_way_cut or partition")
