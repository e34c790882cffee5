"""Who is connected to whom in a network where every node runs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from simnet.network.topology import RELAY, Topology

OUT_PEERS = 8
"""Connections that a node opens: the default of Substrate's ``--out-peers``."""
IN_PEERS = 32
"""Connections that it takes beyond those: the default of ``--in-peers``."""
MESH = 1 + OUT_PEERS + IN_PEERS
"""Networks of up to this many nodes have every node connected to every other."""


@dataclass(frozen=True)
class Connection:
    """``owner`` opened it to ``peer``, both by index. A ``chance`` peer is one among many: another will do as well."""

    owner: int
    peer: int
    chance: bool


def connections(topology: Topology, random: np.random.Generator) -> list[Connection]:
    """One connection for each connected pair; all nodes hang together, the collators of each parachain directly.

    How many a node takes is not bounded: of 8 random ones for each node, more than IN_PEERS hardly ever meet.
    """
    n = len(topology.nodes)
    if n <= MESH:
        return [Connection(a, b, chance=False) for a, b in combinations(range(n), 2)]
    out: dict[tuple[int, int], Connection] = {}

    def connect(owner: int, peer: int, *, chance: bool) -> None:
        out[min(owner, peer), max(owner, peer)] = Connection(owner, peer, chance)

    for owner in range(n):
        for drawn in random.choice(n - 1, OUT_PEERS, replace=False).tolist():
            peer = drawn + (drawn >= owner)
            if (min(owner, peer), max(owner, peer)) not in out:
                connect(owner, peer, chance=True)
    first, *others = _parts(n, list(out))
    for part in others:
        connect(part[0], first[int(random.integers(len(first)))], chance=True)
    for chain in dict.fromkeys(node.chain for node in topology.nodes if node.chain != RELAY):
        members = [index for index, node in enumerate(topology.nodes) if node.chain == chain]
        for a, b in combinations(members, 2):
            connect(a, b, chance=False)
    return list(out.values())


def _parts(n: int, pairs: list[tuple[int, int]]) -> list[list[int]]:
    """Nodes that hang together, in order of their first."""
    part = np.arange(n)
    ends = np.array(pairs)
    while True:
        least = part.copy()
        np.minimum.at(least, ends[:, 0], part[ends[:, 1]])
        np.minimum.at(least, ends[:, 1], part[ends[:, 0]])
        if (least == part).all():
            return [np.flatnonzero(part == head).tolist() for head in np.unique(part)]
        part = least
