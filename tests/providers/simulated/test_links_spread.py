"""Gossip takes the earliest path, in meshes and in sparse graphs, and repeats exactly."""

from __future__ import annotations

import heapq
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.faults import LinkState
from simnet.providers.simulated.clock import NEVER, SECOND
from simnet.providers.simulated.links import _graph
from simnet.providers.simulated.links._spread import FAR, Edges, OrderOfMany, earliest
from simnet.providers.simulated.links._streams import Quality
from tests.providers.simulated.links_lab import CUT, LATENCY, Lab

LARGE = 120


def dijkstra(n: int, costs: dict[tuple[int, int], int], source: int, at: int, hop: int) -> list[int]:
    known = [FAR] * n
    queue = [(at, source)]
    while queue:
        t, node = heapq.heappop(queue)
        if known[node] <= t:
            continue
        known[node] = t
        for (a, b), cost in costs.items():
            if a == node:
                heapq.heappush(queue, (t + (0 if node == source else hop) + cost, b))
    return known


def edges_of(n: int, costs: dict[tuple[int, int], int]) -> tuple[Edges, np.ndarray]:
    ends = sorted(costs, key=lambda edge: (edge[1], edge[0]))
    source, target = (np.array([edge[i] for edge in ends], dtype=np.int64) for i in (0, 1))
    nothing = np.zeros(len(ends))
    quality = Quality(nothing, nothing, nothing, nothing, nothing, nothing, nothing)
    return Edges(n, source, target, quality), np.array([costs[edge] for edge in ends], dtype=np.int64)


graphs = st.integers(1, 8).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.dictionaries(
            st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda edge: edge[0] != edge[1]),
            st.integers(0, 1000),
        ),
        st.integers(0, n - 1),
    )
)


@given(graphs, st.integers(0, 10_000), st.integers(0, 300))
def test_the_earliest_path_is_dijkstras(graph: tuple[int, dict[tuple[int, int], int], int], at: int, hop: int) -> None:
    n, costs, source = graph
    edges, flight = edges_of(n, costs)
    known = earliest(edges, OrderOfMany(n), source, at, hop, flight, np.zeros_like(flight))
    assert known.tolist() == dijkstra(n, costs, source, at, hop)


@given(st.integers(2, 7), st.integers(0, 1000), st.sampled_from([0, 0.002, 0.02]))
def test_arrivals_lie_between_shortest_paths_without_and_with_all_jitter(n: int, seed: int, hop: float) -> None:
    random = np.random.default_rng(seed)
    latency = random.integers(1, 50, (n, n)) / 1000
    seen = Lab(n, seed=seed, latency=latency).spread(0, hop=hop)
    bounds = []
    for queues in (0, 1):
        costs = {
            (a, b): round((latency[a, b] + queues * (max(0.05 * latency[a, b], 50e-6) + 1e-6)) * 1e9)
            for a in range(n)
            for b in range(n)
            if a != b
        }
        bounds.append([t / 1e9 for t in dijkstra(n, costs, 0, 0, round(hop * 1e9))])
    assert all(low <= t <= high for low, t, high in zip(bounds[0], seen, bounds[1], strict=True))


def test_the_order_of_arrival_is_not_always_the_same() -> None:
    lab = Lab(5)
    orders = [tuple(np.argsort(lab.spread(0))) for _ in range(20)]
    assert len(dict.fromkeys(orders)) > 3
    assert all(order[0] == 0 for order in orders)


def test_gossip_goes_around_a_slow_link_and_a_request_does_not() -> None:
    lab = Lab(3)
    lab.links_are(n0_n1=LinkState(delay=0.5))
    assert lab.spread(0, hop=0.01)[1] == pytest.approx(2 * LATENCY + 0.01, abs=0.002)
    assert lab.spread(1, hop=0.01)[0] == pytest.approx(LATENCY, abs=0.001)
    assert lab.direct(0, 1) == pytest.approx(0.5 + LATENCY, abs=0.001)


def test_processing_may_make_the_slow_link_the_earlier_one() -> None:
    lab = Lab(3)
    lab.links_are(n0_n1=LinkState(delay=0.5))
    assert lab.spread(0, hop=1)[1] == pytest.approx(0.5 + LATENCY, abs=0.001)


def test_only_nodes_of_the_mask_take_part() -> None:
    lab = Lab(4)
    lab.links_are(n0_n1=CUT)
    seen = lab.links.spread(0, 100, 0, 0, among=np.array([True, True, False, True]))
    assert seen[2] == NEVER
    assert seen[1] < SECOND
    alone = lab.links.spread(0, 100, 0, 0, among=np.array([False, True, False, False]))
    assert (alone < NEVER).tolist() == [True, False, False, False]


@pytest.mark.parametrize("count", [1, 2, 41])
def test_small_networks_mesh_fully(count: int) -> None:
    lab = Lab(count)
    assert [lab.links.peers(node) for node in range(count)] == [count - 1] * count
    assert len(lab.spread(0)) == count


@pytest.mark.parametrize("seed", range(5))
def test_large_networks_are_sparse_and_connected(seed: int) -> None:
    lab = Lab(LARGE, seed=seed, collators=4)
    peers = [lab.links.peers(node) for node in range(LARGE)]
    assert min(peers) >= 8
    assert sum(peers) / LARGE < 17
    assert max(lab.spread(0)) < 5 * (LATENCY + 0.002)
    collators = range(LARGE, LARGE + 4)
    assert all(lab.links.carries(a, b) for a in collators for b in collators if a != b)


def test_a_request_between_strangers_opens_a_connection_and_an_idle_one_is_closed() -> None:
    lab = Lab(LARGE)
    stranger = next(node for node in range(1, LARGE) if not lab.links.carries(0, node))
    seen = []
    for at in (0, 5, 14, 100):
        lab.run(at)
        seen.append(lab.direct(0, stranger))
    opened, known = 3 * LATENCY, LATENCY
    assert seen == pytest.approx([opened, known, known, opened], abs=0.002)
    assert not lab.links.carries(0, stranger)


def test_a_cut_and_an_end_close_connections_of_requests() -> None:
    lab = Lab(LARGE)
    stranger = next(node for node in range(1, LARGE) if not lab.links.carries(0, node))
    lab.direct(0, stranger)
    lab.cut_in_two(0)
    lab.links_are()
    assert lab.direct(0, stranger) == pytest.approx(3 * LATENCY, abs=0.002)
    lab.links.set_process(stranger, False)
    lab.links.set_process(stranger, True)
    lab.run(3)
    assert lab.direct(0, stranger) == pytest.approx(3 * LATENCY, abs=0.002)


def test_a_graph_that_falls_apart_is_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_graph, "OUT_PEERS", 1)
    for seed in range(5):
        assert max(Lab(LARGE, seed=seed).spread(0)) < inf


def test_lost_peers_are_replaced_until_they_are_back() -> None:
    lab = Lab(LARGE)
    before = [lab.links.peers(node) for node in range(LARGE)]
    gone = range(30)
    for node in gone:
        lab.links.set_process(node, False)
    lost = [lab.links.peers(node) for node in range(30, LARGE)]
    lab.run(60)
    replaced = [lab.links.peers(node) for node in range(30, LARGE)]
    assert sum(replaced) > sum(lost) + 100
    assert max(lab.spread(40)[30:]) < inf
    for node in gone:
        lab.links.set_process(node, True)
    lab.run(120)
    assert [lab.links.peers(node) for node in range(LARGE)] == before


def test_halves_of_a_large_network_find_each_other_after_any_time() -> None:
    lab = Lab(LARGE)
    before = [lab.links.peers(node) for node in range(LARGE)]
    lab.cut_in_two(*range(LARGE // 2))
    lab.run(3000)
    half = lab.spread(0)[: LARGE // 2]
    assert max(half) < inf
    lab.links_are()
    lab.run(3100)
    assert [lab.links.peers(node) for node in range(LARGE)] == before
    assert max(lab.spread(0)) < inf


def run(seed: int, count: int) -> list[object]:
    """What a network with all kinds of changes does."""
    lab = Lab(count, seed=seed)
    seen: list[object] = []
    for step in range(40):
        lab.run(step * 5)
        if step % 5 == 0:
            lab.cut_in_two(*range(step // 5 + 1))
        elif step % 5 == 2:
            lab.links_are(n0_n1=LinkState(delay=0.1, jitter=0.1, loss=0.1, rate=1e6), n1_n0=LinkState(reorder=0.1))
        lab.links.set_process(2, step % 4 != 0)
        lab.links.set_process(1, True, frozen=step % 7 == 0)
        seen += [lab.spread(step % count), lab.direct(0, 1, 10_000), lab.links.measured("n0", "n1")]
    return [seen, lab.reached]


@pytest.mark.parametrize("count", [5, 60])
def test_a_seed_repeats_exactly_and_another_differs(count: int) -> None:
    assert run(7, count) == run(7, count)
    assert run(7, count) != run(8, count)
