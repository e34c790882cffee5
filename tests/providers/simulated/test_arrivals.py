"""What few nodes are asked in Python's own numbers is what many are asked in numpy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.providers.simulated import arrivals as module
from simnet.providers.simulated.arrivals import FEW, ticks, together
from simnet.providers.simulated.clock import NEVER
from simnet.providers.simulated.links import _links
from simnet.providers.simulated.links._spread import Edges, Order, OrderOfFew, OrderOfMany, at_once, at_once_few
from simnet.providers.simulated.links._streams import Quality
from tests.providers.simulated.links_lab import Lab

times = st.lists(st.integers(0, 300) | st.just(NEVER), min_size=1, max_size=FEW)
lengths = st.integers(1, 40)


def of_many(ask: Callable[[], object]) -> object:
    """The answer as many nodes would get it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "FEW", 0)
        return ask()


@given(times, lengths)
def test_ticks_are_those_of_many(at: list[int], length: int) -> None:
    asked = np.array(at)
    assert ticks(asked, length) == of_many(lambda: ticks(asked, length))


@given(times, lengths, st.none() | st.integers(0, FEW))
def test_nodes_that_are_reached_together_are_those_of_many(at: list[int], length: int, besides: int | None) -> None:
    def ask() -> list[tuple[int, list[int]]]:
        return [(t, nodes.tolist()) for t, nodes in together(np.array(at), length, besides=besides)]

    assert ask() == of_many(ask)
    for t, nodes in ask():
        assert t % length == 0
        assert all(t - length < at[node] <= t and node != besides for node in nodes)


@given(st.data(), st.integers(2, 7), st.integers(0, 50))
def test_gossip_of_few_arrives_as_that_of_many(data: st.DataObject, n: int, hop: int) -> None:
    nothing = np.zeros(n * n - n)
    target, source = np.nonzero(~np.eye(n, dtype=bool))
    edges = Edges(n, source, target, Quality(*[nothing] * 7))
    few, many = OrderOfFew(n), OrderOfMany(n)
    costs = st.lists(st.integers(0, 100), min_size=n - 1, max_size=n - 1)
    for _ in range(4):
        source_, at = data.draw(st.integers(0, n - 1)), data.draw(st.integers(0, 200))
        flight, sending = data.draw(costs), data.draw(costs)
        one = at_once_few(edges, few, source_, at, hop, flight, sending)
        two = at_once(edges, many, source_, at, hop, np.array(flight), np.array(sending))
        assert (one is None) == (two is None)
        assert one is None or two is None or one.tolist() == two.tolist()
        assert kept(few, n) == kept(many, n)


def kept(order: Order, n: int) -> object:
    """All that an order can tell of what was sent before."""
    every, nothing = np.arange(n * n), np.zeros(n * n, dtype=np.int64)
    waits = [order.after(every, at, nothing, nothing).tolist() for at in range(0, 210, 10)]
    return waits, [order.used(place) for place in range(n * n)]


@given(st.data(), st.integers(2, 5))
def test_few_connections_keep_the_order_that_many_keep(data: st.DataObject, n: int) -> None:
    few, many = OrderOfFew(n), OrderOfMany(n)
    places, moments, nodes = st.integers(0, n * n - 1), st.integers(0, 200), st.integers(0, n - 1)
    for _ in range(6):
        match data.draw(st.sampled_from(["one", "note", "forget one", "forget pairs"])):
            case "one":
                message = data.draw(st.tuples(places, moments, moments, moments))
                assert few.one(*message) == many.one(*message)
            case "note":
                flat = np.array(data.draw(st.lists(places, min_size=1, unique=True)))
                each = st.lists(moments, min_size=len(flat), max_size=len(flat)).map(np.array)
                sent, arrived = data.draw(moments | each), data.draw(each)
                few.note(flat, sent, arrived)
                many.note(flat, sent, arrived)
            case "forget one":
                node = data.draw(nodes)
                few.forget(node)
                many.forget(node)
            case _:
                pairs = data.draw(st.lists(st.tuples(nodes, nodes), min_size=1))
                ends = [np.array(side) for side in zip(*pairs, strict=True)]
                few.forget(*ends)
                many.forget(*ends)
        assert kept(few, n) == kept(many, n)


def test_a_network_draws_the_same_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def counted(*arguments: Any) -> Any:
        asked.append(at_once_few(*arguments))
        return asked[-1]

    def arrive() -> list[list[float]]:
        lab = Lab(6, seed=3)
        return [lab.spread(source, hop=0.5) for source in (0, 1, 2, 0, 5)]

    monkeypatch.setattr(_links, "at_once_few", counted)
    few = arrive()
    assert sum(one is not None for one in asked) == 5
    monkeypatch.setattr(_links, "FEW", 0)
    assert few == arrive()
    assert len(asked) == 5
