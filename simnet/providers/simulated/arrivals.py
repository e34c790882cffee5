"""When what one node sent is at the others: arrays with a time for each node, NEVER where it does not come."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simnet.providers.simulated.clock import NEVER

FEW = 20
"""Nodes up to which Python's own numbers are faster than numpy's arrays. Gossip to six nodes takes half as long with
them, to 25 as long."""

ArrivalTimes = NDArray[np.int64]


def ticks(arrivals: ArrivalTimes, length: int) -> list[int]:
    """The ticks of that length at whose ends, or before, something arrives, in order."""
    if len(arrivals) <= FEW:
        return sorted({-(-t // length) for t in arrivals.tolist() if t < NEVER})
    found: list[int] = np.unique(-(-arrivals[arrivals < NEVER] // length)).tolist()
    return found


def together(
    arrivals: ArrivalTimes, length: int = 1, *, besides: int | None = None
) -> list[tuple[int, NDArray[np.int64]]]:
    """The nodes that something reaches by the end of each tick of that length: when that is, and who, in order.

    ``besides``: a node that does not count.
    """
    if len(arrivals) <= FEW:
        groups: dict[int, list[int]] = {}
        for node, t in enumerate(arrivals.tolist()):
            if t < NEVER and node != besides:
                groups.setdefault(-(-t // length), []).append(node)
        return [(tick * length, np.array(groups[tick])) for tick in sorted(groups)]
    reached = np.flatnonzero(arrivals < NEVER)
    reached = reached[reached != besides] if besides is not None else reached
    due = -(-arrivals[reached] // length)
    return [(tick * length, reached[due == tick]) for tick in np.unique(due).tolist()]
