"""Base latency by region."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.errors import InputError
from simnet.network.topology import Chain, Node, Topology
from simnet.providers.simulated.links import latency_matrix

REGIONS = ("eu", "us", "asia")


def topology(*regions: str) -> Topology:
    nodes = tuple(
        Node(name=f"n{index}", chain="relay", role="validator", account="//A", image="i", region=region)
        for index, region in enumerate(regions)
    )
    return Topology(relay=Chain(id="relay"), nodes=nodes)


def test_regions_alone_add_no_latency() -> None:
    assert (latency_matrix(topology("eu", "eu", "us")) == 0.0005 * (1 - np.eye(3))).all()


def test_a_pair_of_regions_is_given_once_for_both_directions() -> None:
    seconds = latency_matrix(topology("eu", "us", "us"), {("us", "eu"): 0.04}, within=0.001, default=0.02)
    assert seconds.tolist() == [[0, 0.04, 0.04], [0.04, 0, 0.001], [0.04, 0.001, 0]]


def test_a_region_named_twice_replaces_what_holds_within() -> None:
    assert latency_matrix(topology("eu", "eu", "us", "us"), {("eu", "eu"): 0.003})[:, 0].tolist() == [
        0, 0.003, 0.0005, 0.0005,
    ]  # fmt: skip


@given(
    st.lists(st.sampled_from(REGIONS), min_size=1, max_size=8),
    st.dictionaries(st.tuples(st.just("eu"), st.sampled_from(REGIONS)), st.floats(0, 1)),
)
def test_the_matrix_is_symmetric(regions: list[str], between: dict[tuple[str, str], float]) -> None:
    given_here = {pair: seconds for pair, seconds in between.items() if all(region in regions for region in pair)}
    seconds = latency_matrix(topology(*regions), given_here)
    assert (seconds == seconds.T).all()
    assert (np.diag(seconds) == 0).all()


@pytest.mark.parametrize(
    ("between", "message"),
    [
        ({("eu", "moon"): 0.1}, "no node is in region 'moon'"),
        ({("eu", "us"): 0.1, ("us", "eu"): 0.2}, "give one"),
        ({("eu", "us"): -0.1}, "negative"),
    ],
)
def test_what_cannot_be_is_refused(between: dict[tuple[str, str], float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        latency_matrix(topology("eu", "us"), between)
