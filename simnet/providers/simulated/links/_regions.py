"""Base latency between nodes, by region."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from simnet.errors import InputError
from simnet.network.topology import Topology, nearest

WITHIN = 0.0005
"""Seconds one way within a region: about what machines of one data centre see."""
BETWEEN = WITHIN
"""Seconds one way between two regions whose latency nobody gave. The Docker provider runs all regions on one host,
where they add nothing, and both providers should agree on what a scenario leaves out."""


def latency_matrix(
    topology: Topology,
    between: Mapping[tuple[str, str], float] | None = None,
    *,
    within: float = WITHIN,
    default: float = BETWEEN,
) -> NDArray[np.float64]:
    """Seconds one way from each node to each other, n x n in the order of ``topology.nodes``, symmetric.

    ``between`` has seconds for pairs of regions, in either order; a pair of one region twice replaces ``within`` there.
    Raises :class:`InputError` for a region that no node is in, for two values for one pair, and for negative values.
    """
    regions = list(dict.fromkeys(node.region for node in topology.nodes))
    place = {region: index for index, region in enumerate(regions)}
    by_region = np.full((len(regions), len(regions)), float(default))
    np.fill_diagonal(by_region, within)
    given: dict[tuple[str, str], float] = {}
    for (one, other), seconds in (between or {}).items():
        for region in (one, other):
            if region not in place:
                raise InputError(f"no node is in region {region!r}{nearest(region, regions)}")
        if given.setdefault((other, one), seconds) != seconds:
            raise InputError(
                f"latency between {one} and {other} is given as {given[other, one]:g}s and {seconds:g}s; give one"
            )
        given[one, other] = seconds
        by_region[place[one], place[other]] = by_region[place[other], place[one]] = seconds
    if (by_region < 0).any():
        raise InputError("a latency cannot be negative")
    where = np.array([place[node.region] for node in topology.nodes], dtype=np.int64)
    out = by_region[np.ix_(where, where)]
    np.fill_diagonal(out, 0.0)
    return out
