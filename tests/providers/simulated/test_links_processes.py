"""Processes that end, start, freeze and go on."""

from __future__ import annotations

from math import inf

import pytest

from tests.providers.simulated.links_lab import CUT, LATENCY, Lab

ROUND_TRIP = 2 * LATENCY


def restarted(lab: Lab, node: int, down: float) -> None:
    lab.links.set_process(node, False)
    lab.run(lab.clock.now / 1e9 + down)
    lab.links.set_process(node, True)


def test_a_process_that_ends_loses_its_connections() -> None:
    lab = Lab(4)
    lab.links.set_process(1, False)
    assert lab.spread(0)[1] == lab.direct(0, 1) == lab.direct(1, 0) == inf
    assert [lab.links.peers(node) for node in range(4)] == [2, 0, 2, 2]


def test_a_restart_reaches_every_peer_once() -> None:
    lab = Lab(5)
    restarted(lab, 2, down=30)
    assert lab.links.peers(2) == 0
    lab.run(100)
    assert sorted(a + b - 2 for _, a, b in lab.reached) == [0, 1, 3, 4]
    assert [at for at, _, _ in lab.reached] == pytest.approx([lab.listens(2) + ROUND_TRIP] * 4)
    assert lab.links.peers(2) == 4


def test_two_that_start_together_meet_when_both_listen() -> None:
    lab = Lab(2)
    for node in (0, 1):
        lab.links.set_process(node, False)
    for node in (0, 1):
        lab.links.set_process(node, True)
    lab.run(60)
    ((at, _, _),) = lab.reached
    assert at == pytest.approx(max(lab.listens(0), lab.listens(1)) + ROUND_TRIP)


def test_the_times_until_nodes_listen_are_exponential() -> None:
    waits = []
    for seed in range(200):
        lab = Lab(2, seed=seed)
        restarted(lab, 1, down=30)
        lab.run(90)
        ((at, _, _),) = lab.reached
        waits.append(at - 30)
    assert 0.5 < sum(waits) / 200 < 0.7
    assert 0.3 < sum(wait < 0.26 for wait in waits) / 200 < 0.45


def test_a_node_that_joins_late_is_absent_until_it_starts() -> None:
    lab = Lab(3, late=[2])
    assert lab.links.peers(0) == 1
    assert lab.spread(0)[2] == inf
    lab.run(50)
    lab.links.set_process(2, True)
    lab.run(53)
    assert len(lab.reached) == 2
    assert lab.spread(2)[0] < 0.02


def test_a_node_that_starts_behind_a_cut_connects_after_it_heals() -> None:
    lab = Lab(2)
    lab.links_are(n0_n1=CUT)
    restarted(lab, 1, down=10)
    lab.run(100)
    lab.links_are()
    lab.run(106)
    ((at, _, _),) = lab.reached
    assert 100 <= at <= 105 + ROUND_TRIP


def test_a_cut_hides_the_end_of_a_process_until_the_connection_is_given_up() -> None:
    lab = Lab(2)
    lab.links_are(n0_n1=CUT)
    lab.run(5)
    lab.links.set_process(1, False)
    assert (lab.links.peers(0), lab.links.peers(1)) == (1, 0)
    lab.run(920)
    assert lab.links.peers(0) == 1
    lab.run(970)
    assert lab.links.peers(0) == 0


def test_after_a_cut_heals_a_retransmission_finds_the_process_gone() -> None:
    lab = Lab(2)
    lab.links_are(n0_n1=CUT)
    lab.run(5)
    lab.links.set_process(1, False)
    lab.links_are()
    lab.run(6)
    assert lab.links.peers(0) == 1
    lab.run(8)
    assert lab.links.peers(0) == 0


def test_a_frozen_node_takes_data_but_forwards_nothing() -> None:
    lab = Lab(3)
    lab.links_are(n0_n2=CUT)
    assert lab.spread(0)[2] < inf
    lab.links.set_process(1, True, frozen=True)
    assert [delay < inf for delay in lab.spread(0)] == [True, True, False]
    assert [delay < inf for delay in lab.spread(1)] == [False, True, False]
    assert lab.direct(0, 1) < inf
    assert lab.direct(1, 0) == inf
    assert lab.links.peers(0) == 2
    assert not lab.links.carries(0, 1)


def test_a_process_that_goes_on_is_told_of_its_peers_at_once() -> None:
    lab = Lab(3)
    lab.links.set_process(1, True, frozen=True)
    lab.run(60)
    lab.links.set_process(1, True)
    lab.run(60.001)
    assert lab.reached == [(60, 0, 1), (60, 1, 2)]


def test_a_frozen_process_does_not_take_connections() -> None:
    lab = Lab(2)
    lab.links.set_process(1, True, frozen=True)
    restarted(lab, 0, down=1)
    lab.run(30)
    assert lab.reached == []
    assert lab.direct(0, 1) == inf
    lab.links.set_process(1, True)
    lab.run(45)
    assert len(lab.reached) == 1


def test_a_request_opens_a_connection_with_one_more_round_trip() -> None:
    lab = Lab(2)
    lab.links_are(n0_n1=CUT)
    lab.run(970)
    lab.links_are()
    assert lab.direct(0, 1) == pytest.approx(3 * LATENCY, abs=0.001)
    lab.run(971)
    assert [(a, b) for _, a, b in lab.reached] == [(0, 1)]
    assert lab.direct(0, 1) == pytest.approx(LATENCY, abs=0.001)


def test_many_requests_do_not_keep_a_connection_from_being_made() -> None:
    lab = Lab(2)
    lab.links_are(n0_n1=CUT)
    lab.run(970)
    lab.links_are()
    for step in range(10):
        lab.run(970 + step * ROUND_TRIP / 4)
        assert lab.direct(0, 1) < inf
    assert [at for at, _, _ in lab.reached] == [pytest.approx(970 + ROUND_TRIP)]


def test_a_node_that_has_just_started_does_not_listen_yet() -> None:
    lab = Lab(2)
    restarted(lab, 1, down=1)
    assert lab.direct(0, 1) == inf


def test_saying_again_what_holds_changes_nothing() -> None:
    lab = Lab(3)
    lab.links.set_process(1, True)
    lab.links.set_process(2, False)
    lab.links.set_process(2, False)
    lab.run(60)
    assert lab.reached == []
    assert lab.links.carries(0, 1)
