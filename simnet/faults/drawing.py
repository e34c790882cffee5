"""Hypothesis strategies for whom a fault hits. Importing this loads Hypothesis, so faults do it when they draw."""

from __future__ import annotations

from hypothesis import strategies as st

from simnet.faults._fault import Side
from simnet.network.topology import Topology

MANY = 8
"""Nodes that one fault of a few names at most; groups of a larger network are named by their selector."""


def some(topology: Topology) -> st.SearchStrategy[Side]:
    """One node or a few, in file order; fewer and earlier ones are simpler."""
    names = topology.present
    drawn = st.lists(st.sampled_from(names), min_size=1, max_size=min(MANY, len(names)), unique=True)
    return drawn.map(topology.in_order)


def two_sides(topology: Topology) -> st.SearchStrategy[tuple[Side, Side]]:
    """Two groups without a common node: one node against one, a few against a few, a few against all others, one place
    against the rest.

    For networks of two nodes or more.
    """
    names = topology.present
    last = len(names) - 1
    few = st.lists(st.sampled_from(names), min_size=2, max_size=min(MANY, len(names)), unique=True)
    pairs = st.integers(0, len(names) * last - 1).map(lambda number: _pair(names, number))
    halves = st.builds(_cut, few, st.integers(1, MANY - 1))
    alone = st.lists(st.sampled_from(names), min_size=1, max_size=min(MANY, len(names) - 1), unique=True)
    against_rest = alone.map(lambda drawn: (drawn, _but(names, drawn)))
    ways: list[st.SearchStrategy[tuple[list[str], list[str]]]] = [pairs, halves, against_rest]
    there = [[name for name in topology.select((place,)) if name in names] for place in topology.places()]
    apart = [(here, _but(names, here)) for here in there if 0 < len(here) < len(names)]
    if apart:
        ways.append(st.sampled_from(apart))
    return st.one_of(ways).map(lambda two: (topology.in_order(two[0]), topology.in_order(two[1])))


def _pair(names: tuple[str, ...], number: int) -> tuple[list[str], list[str]]:
    """One of all ordered pairs of two names: a single choice, so that Hypothesis finds no simpler way to two sides."""
    one, other = divmod(number, len(names) - 1)
    return [names[one]], [names[other if other < one else other + 1]]


def _cut(drawn: list[str], at: int) -> tuple[list[str], list[str]]:
    """The names before and after a place among them; neither part is empty."""
    place = min(at, len(drawn) - 1)
    return drawn[:place], drawn[place:]


def _but(names: tuple[str, ...], without: list[str]) -> list[str]:
    return [name for name in names if name not in without]
