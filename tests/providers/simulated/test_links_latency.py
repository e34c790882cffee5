"""Base latency between nodes."""

from __future__ import annotations

import numpy as np

from simnet.network.topology import Chain, Node, Topology
from simnet.providers.simulated.links import latency_matrix


def topology(*regions: str) -> Topology:
    nodes = tuple(
        Node(name=f"n{index}", chain="relay", role="validator", account="//A", image="i", region=region)
        for index, region in enumerate(regions)
    )
    return Topology(relay=Chain(id="relay"), nodes=nodes)


def test_regions_alone_add_no_latency() -> None:
    assert (latency_matrix(topology("eu", "eu", "us")) == 0.0005 * (1 - np.eye(3))).all()
