"""Whom a search has faults hit: nodes by name, and places."""

from __future__ import annotations

from collections.abc import Collection

from simnet.network.topology import Topology


def nodes(topology: Topology) -> tuple[str, ...]:
    """Names of the nodes that faults may hit: those that run from the start, in file order."""
    return tuple(node.name for node in topology.nodes if not node.joins_late)


def places(topology: Topology) -> tuple[str, ...]:
    """Selectors of regions and hosting providers, in the order in which nodes name them."""
    return tuple(
        dict.fromkeys(
            place for node in topology.nodes for place in (f"region:{node.region}", f"provider:{node.provider}")
        )
    )


def in_order(topology: Topology, names: Collection[str]) -> tuple[str, ...]:
    """The names in file order."""
    return tuple(node.name for node in topology.nodes if node.name in names)
