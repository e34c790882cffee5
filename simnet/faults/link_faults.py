"""Faults of links: partitions, isolation, one-way cuts, and links that are slow, lossy or narrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field, WithJsonSchema

from simnet.errors import InputError
from simnet.faults._fault import Fault, Respect, Side
from simnet.faults._states import CUT, LinkState, Pair
from simnet.faults.on_targets import OnTargets
from simnet.faults.strengths import DELAYS, LOSSES, RATES
from simnet.fields import BitsPerSecond, RateForm, Seconds, SecondsForm, Selectors, SelectorsForm, Share, ShareForm
from simnet.network.topology import Topology

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_From = Annotated[Selectors, Field(validation_alias="from", serialization_alias="from")]
_To = Annotated[Selectors, Field(validation_alias="to", serialization_alias="to")]


@dataclass(frozen=True, kw_only=True)
class OnLinks(Fault):
    """Base of faults of links."""

    @classmethod
    def unfit(cls, topology: Topology) -> str | None:
        return "a fault of links needs two nodes that run from the start" if len(topology.present) < 2 else None


@dataclass(frozen=True, kw_only=True)
class Partition(OnLinks):
    """Cuts every link between nodes of different groups. A node in no group keeps all its links, and passes on what it
    hears: a relay chain whose collators are in no group votes on as before. Use it for networks that fall apart:
    regions that lose sight of each other, a majority and a minority."""

    kind: ClassVar[str] = "partition"

    if TYPE_CHECKING:

        def __init__(self, *, groups: Sequence[SelectorsForm]) -> None: ...

    groups: Annotated[
        tuple[Selectors, ...],
        WithJsonSchema(
            {
                "type": "array",
                "minItems": 2,
                "items": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
                "description": "A list of groups, each one selector or a list of them.",
            }
        ),
    ]
    """Two or more groups of nodes that lose sight of one another; no node is in two of them. Within a group links stay
    as they are."""

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
        return topology.in_order({name for group in self.members(topology) for name in group})

    def links(self, topology: Topology) -> Mapping[Pair, LinkState]:
        side = {name: index for index, group in enumerate(self.members(topology)) for name in group}
        return {(a, b): CUT for a, b in topology.pairs() if a in side and b in side and side[a] != side[b]}

    @classmethod
    def draw(cls, topology: Topology) -> SearchStrategy[Fault]:
        from simnet.faults.drawing import two_sides  # noqa: PLC0415 - loads Hypothesis

        return two_sides(topology).map(lambda two: cls(groups=two))

    @classmethod
    def like(cls, other: Fault, topology: Topology) -> Iterator[Fault]:
        if len(other.sides()) > 1:
            yield cls(groups=other.sides())

    def sides(self) -> tuple[Side, ...]:
        return self.groups

    def with_side(self, number: int, names: Side) -> Fault:
        return replace(self, groups=(*self.groups[:number], names, *self.groups[number + 1 :]))

    def simpler(self, topology: Topology, respect: Respect) -> Iterator[Fault]:
        """The side first that begins earlier."""
        if respect == "names":
            yield replace(self, groups=self.groups[::-1])


@dataclass(frozen=True, kw_only=True)
class Isolate(OnTargets, OnLinks):
    """Cuts every link of each target, also those between two targets. Its process runs on, alone. Use it for machines
    that lose their network, one by one."""

    kind: ClassVar[str] = "isolate"

    if TYPE_CHECKING:

        def __init__(self, *, targets: SelectorsForm) -> None: ...

    def links(self, topology: Topology) -> Mapping[Pair, LinkState]:
        alone = self.affected(topology)
        return {(a, b): CUT for a, b in topology.pairs() if a in alone or b in alone}


@dataclass(frozen=True, kw_only=True)
class Directed(OnLinks):
    """Base of faults of the links from the nodes at one end to those at the other."""

    source: _From
    """Nodes at one end of the links."""
    target: _To
    """Nodes at the other end; both ends together are two nodes or more, and may share some."""

    def ends(self, topology: Topology) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of the nodes at both ends; raises :class:`InputError` when no link joins them."""
        if not self.source or not self.target:
            raise InputError(f"{self.kind} needs a node at each end")
        sources, targets = topology.select(self.source), topology.select(self.target)
        if len(set(sources) | set(targets)) < 2:
            raise InputError(f"{self.kind} joins no two nodes: both ends are {sources[0]!r}")
        return sources, targets

    def affected(self, topology: Topology) -> tuple[str, ...]:
        sources, targets = self.ends(topology)
        return topology.in_order((*sources, *targets))

    def sides(self) -> tuple[Side, ...]:
        return self.source, self.target

    def with_side(self, number: int, names: Side) -> Fault:
        return replace(self, source=names) if number == 0 else replace(self, target=names)


@dataclass(frozen=True, kw_only=True)
class OneWayCut(Directed):
    """Drops packets from one end to the other only. TCP stalls both ways, since acknowledgements die too. Use it for
    firewalls and routes that fail in one direction."""

    kind: ClassVar[str] = "one_way_cut"

    if TYPE_CHECKING:

        def __init__(self, *, source: SelectorsForm, target: SelectorsForm) -> None: ...

    def links(self, topology: Topology) -> Mapping[Pair, LinkState]:
        sources, targets = self.ends(topology)
        return {(a, b): CUT for a, b in topology.pairs() if a in sources and b in targets}

    @classmethod
    def draw(cls, topology: Topology) -> SearchStrategy[Fault]:
        from simnet.faults.drawing import two_sides  # noqa: PLC0415 - loads Hypothesis

        return two_sides(topology).map(lambda two: cls(source=two[0], target=two[1]))

    @classmethod
    def like(cls, other: Fault, topology: Topology) -> Iterator[Fault]:
        if len(other.sides()) > 1:
            yield cls(source=other.sides()[0], target=other.sides()[1])


@dataclass(frozen=True, kw_only=True)
class Degrade(Directed):
    """Makes links slow, lossy or narrow. Values are per direction: 100 ms both ways adds 200 ms to a round trip. Use it
    for distance, bad lines and crowded uplinks; at least one of its strengths is given."""

    kind: ClassVar[str] = "degrade"

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            source: SelectorsForm,
            target: SelectorsForm,
            delay: SecondsForm = 0.0,
            jitter: SecondsForm = 0.0,
            loss: ShareForm = 0.0,
            reorder: ShareForm = 0.0,
            rate: RateForm | None = None,
            both_ways: bool = True,
        ) -> None: ...

    delay: Seconds = 0.0
    """Time that each packet takes longer, in one direction. None by default."""
    jitter: Seconds = 0.0
    """By how much the delay of each packet varies, evenly between delay - jitter and delay + jitter; no more than the
    delay. None by default."""
    loss: Share = 0.0
    """Share of packets that are dropped, each by itself. None by default."""
    reorder: Share = 0.0
    """Share of packets that are sent at once, ahead of those that wait for their delay; it needs a delay. None by
    default."""
    rate: BitsPerSecond | None = None
    """What one link carries at most, in each direction that it is set for. Left out: no bound."""
    both_ways: bool = True
    """Whether links back from ``to`` to ``from`` are as bad. With false only packets on the way there are."""

    def __post_init__(self) -> None:
        if not (self.delay or self.jitter or self.loss or self.reorder or self.rate):
            raise InputError("degrade changes nothing; give delay, jitter, loss, reorder or rate")
        if self.jitter > self.delay:
            raise InputError(f"jitter {self.jitter:g}s is more than the delay {self.delay:g}s it varies")
        if self.reorder and not self.delay:
            raise InputError("reorder needs a delay: only packets that wait can be overtaken")
        if self.rate is not None and self.rate <= 0:
            raise InputError("a rate is more than zero; cut a link with one_way_cut or partition")

    def links(self, topology: Topology) -> Mapping[Pair, LinkState]:
        sources, targets = self.ends(topology)
        quality = LinkState(delay=self.delay, jitter=self.jitter, loss=self.loss, reorder=self.reorder, rate=self.rate)
        out = {(a, b): quality for a, b in topology.pairs() if a in sources and b in targets}
        if self.both_ways:
            out |= {(a, b): quality for a, b in topology.pairs() if a in targets and b in sources}
        return out

    @classmethod
    def draw(cls, topology: Topology) -> SearchStrategy[Fault]:
        """Slow, lossy or narrow links, or slow and lossy ones."""
        from hypothesis import strategies as st  # noqa: PLC0415 - loads Hypothesis

        from simnet.faults.drawing import two_sides  # noqa: PLC0415

        delays, losses, rates = st.sampled_from(DELAYS), st.sampled_from(LOSSES), st.sampled_from(RATES)
        quality: st.SearchStrategy[dict[str, float]] = st.one_of(
            st.fixed_dictionaries({"delay": delays}),
            st.fixed_dictionaries({"loss": losses}),
            st.fixed_dictionaries({"rate": rates}),
            st.fixed_dictionaries({"delay": delays, "loss": losses}),
        )
        return st.builds(lambda two, how: cls(source=two[0], target=two[1], **how), two_sides(topology), quality)

    def ladders(self) -> Mapping[str, Sequence[Any]]:
        return {"delay": DELAYS, "loss": LOSSES, "rate": RATES}

    def simpler(self, topology: Topology, respect: Respect) -> Iterator[Fault]:
        """Links that are worse in one respect less."""
        clear: dict[str, Any] = {"delay": 0.0, "loss": 0.0, "rate": None}
        there = [name for name in clear if getattr(self, name) != clear[name]]
        if respect == "strength" and len(there) > 1:
            yield from (replace(self, **{name: clear[name]}) for name in there)
