"""Faults of each kind, drawn for a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import strategies as st

from simnet.errors import InputError
from simnet.faults import Degrade, Fault, Isolate, Kill, OneWayCut, Outage, Partition, Pause, Restart, Stop, Wipe
from simnet.network.topology import Topology
from simnet.search.grids import DELAYS, DOWN, LOSSES, RATES
from simnet.search.strategies._targets import nodes, places, sides, some

Drawn = st.SearchStrategy[Fault]


def _on_some(kind: Callable[..., Fault]) -> Callable[[Topology], Drawn]:
    return lambda topology: some(topology).map(lambda targets: kind(targets=targets))


def outages(topology: Topology) -> tuple[Outage, ...]:
    """One for each place of the network, in the order in which nodes name them."""
    named = [place.partition(":") for place in places(topology)]
    return tuple(Outage(region=name) if what == "region" else Outage(provider=name) for what, _, name in named)


def _restarts(topology: Topology) -> Drawn:
    return st.builds(
        lambda targets, down_for, kill: Restart(targets=targets, down_for=down_for, kill=kill),
        some(topology),
        st.sampled_from(DOWN),
        st.booleans(),
    )


def _partitions(topology: Topology) -> Drawn:
    return sides(topology).map(lambda two: Partition(groups=two))


def _one_way_cuts(topology: Topology) -> Drawn:
    return sides(topology).map(lambda two: OneWayCut(source=two[0], target=two[1]))


def _degrades(topology: Topology) -> Drawn:
    """Slow, lossy or narrow links, or slow and lossy ones."""
    delays, losses, rates = st.sampled_from(DELAYS), st.sampled_from(LOSSES), st.sampled_from(RATES)
    quality: st.SearchStrategy[dict[str, float]] = st.one_of(
        st.fixed_dictionaries({"delay": delays}),
        st.fixed_dictionaries({"loss": losses}),
        st.fixed_dictionaries({"rate": rates}),
        st.fixed_dictionaries({"delay": delays, "loss": losses}),
    )
    return st.builds(
        lambda two, how: Degrade(source=two[0], target=two[1], **how),
        sides(topology),
        quality,
    )


_OF_NODES: dict[str, Callable[[Topology], Drawn]] = {
    "stop": _on_some(Stop),
    "kill": _on_some(Kill),
    "pause": _on_some(Pause),
    "outage": lambda topology: st.sampled_from(outages(topology)),
    "restart": _restarts,
    "wipe": _on_some(Wipe),
}
_OF_LINKS: dict[str, Callable[[Topology], Drawn]] = {
    "partition": _partitions,
    "isolate": _on_some(Isolate),
    "one_way_cut": _one_way_cuts,
    "degrade": _degrades,
}
_DRAWN = {**_OF_NODES, **_OF_LINKS}
"""Every kind that can be drawn, simplest first."""


def in_order_of_simplicity(kinds: Sequence[str], topology: Topology) -> tuple[str, ...]:
    """The kinds that can hit this network, simplest first: nodes down, nodes silent, acts, cuts, worse links.

    Faults of links need two nodes. Raises :class:`InputError` for a kind that cannot be drawn.
    """
    unknown = [kind for kind in kinds if kind not in _DRAWN]
    if unknown:
        raise InputError(f"a search draws no {', '.join(unknown)}; it draws {', '.join(_DRAWN)}")
    two = len(nodes(topology)) > 1
    return tuple(kind for kind in _DRAWN if kind in kinds and (two or kind in _OF_NODES))


def faults(kind: str, topology: Topology) -> Drawn:
    """Faults of one kind; ``kind`` is one of :func:`in_order_of_simplicity`."""
    return _DRAWN[kind](topology)
