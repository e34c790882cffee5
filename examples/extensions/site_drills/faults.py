"""Faults of sites: an uplink that is narrow and lossy, machines that are power-cycled one after another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from simnet.errors import InputError
from simnet.faults import Cycle, Fault, LinkState, OnTargets, Pair, Respect
from simnet.faults.strengths import DOWN, LOSSES, RATES
from simnet.fields import BitsPerSecond, Region, Seconds, Share
from simnet.network.topology import Topology

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


@dataclass(frozen=True, kw_only=True)
class RollingKill(OnTargets):
    """Kills each target, leaves it down for ``down_for`` seconds and starts it again, one after another, as a rack that
    is power-cycled."""

    kind: ClassVar[str] = "rolling_kill"
    instant: ClassVar[bool] = True
    down_for: Seconds = 5.0

    def cycle(self) -> Cycle:
        return Cycle(kill=True, down_for=self.down_for)

    def ladders(self) -> Mapping[str, Sequence[Any]]:
        return {"down_for": DOWN}


@dataclass(frozen=True, kw_only=True)
class Brownout(Fault):
    """The uplink of a region is narrow, lossy or both; links inside of the region are as before.

    ``rate`` in bits per second for each link, ``loss`` as a share of packets, both in either direction.
    """

    kind: ClassVar[str] = "brownout"
    region: Region
    rate: BitsPerSecond | None = None
    loss: Share = 0.0

    def __post_init__(self) -> None:
        if self.rate is None and not self.loss:
            raise InputError("brownout changes nothing; give rate, loss or both")
        if not 0 <= self.loss < 1 or (self.rate is not None and self.rate <= 0):
            raise InputError("a brownout leaves something through; cut a region off with partition")

    def affected(self, topology: Topology) -> tuple[str, ...]:
        return topology.select((f"region:{self.region}",))

    def links(self, topology: Topology) -> Mapping[Pair, LinkState]:
        inside = set(self.affected(topology))
        state = LinkState(rate=self.rate, loss=self.loss)
        return {(a, b): state for a, b in topology.pairs() if (a in inside) != (b in inside)}

    @classmethod
    def unfit(cls, topology: Topology) -> str | None:
        return None if len(_regions(topology)) > 1 else "a brownout needs two regions"

    @classmethod
    def draw(cls, topology: Topology) -> SearchStrategy[Fault]:
        from hypothesis import strategies as st

        how = st.one_of(
            st.fixed_dictionaries({"loss": st.sampled_from(LOSSES)}),
            st.fixed_dictionaries({"rate": st.sampled_from(RATES)}),
            st.fixed_dictionaries({"rate": st.sampled_from(RATES), "loss": st.sampled_from(LOSSES)}),
        )
        return st.builds(lambda region, how: cls(region=region, **how), st.sampled_from(_regions(topology)), how)

    def ladders(self) -> Mapping[str, Sequence[Any]]:
        return {"loss": LOSSES, "rate": RATES}

    def simpler(self, topology: Topology, respect: Respect) -> Iterator[Fault]:
        if respect == "strength" and self.rate is not None and self.loss:
            yield replace(self, rate=None)
            yield replace(self, loss=0.0)
        if respect == "names":
            yield from (replace(self, region=region) for region in _regions(topology))


def _regions(topology: Topology) -> tuple[str, ...]:
    """In the order in which nodes name them."""
    return tuple(dict.fromkeys(node.region for node in topology.nodes))
