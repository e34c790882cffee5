"""Cuts: nothing gets through, and what waits comes back by retransmission or by a new connection."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.faults import LinkState
from tests.providers.simulated.links_lab import CUT, LATENCY, Lab

OFFSET = 0.5
"""Seconds after the start of a cut by which its first segment is lost."""
ROUND_TRIP = 2 * LATENCY
GRAINS = ((0.252, 0.004), (2.016, 0.032), (16.128, 0.256), (inf, 2.048))
"""Timers of less than so many seconds expire that much late at most, with 250 ticks a second (kernel/time/timer.c)."""


def retransmissions() -> list[tuple[float, float]]:
    """Seconds after the first loss, at the least and at the most: timers of 0.22 s, doubling up to 120, each late by a
    grain of the kernel's timer wheel at most. The last one is when the connection is given up."""
    out, wait, least, most = [], 0.2 + ROUND_TRIP, 0.0, 0.0
    for _ in range(16):
        least += min(wait, 120)
        most += min(wait, 120) + next(grain for below, grain in GRAINS if wait < below)
        out.append((least, most))
        wait *= 2
    return out


def test_a_partition_lets_nothing_through() -> None:
    lab = Lab(6)
    lab.cut_in_two(0, 1, 2)
    assert [delay < inf for delay in lab.spread(0)] == [True, True, True, False, False, False]
    assert lab.direct(0, 3) == lab.direct(3, 0) == inf
    assert not lab.links.carries(0, 3)
    assert lab.links.carries(0, 1)
    assert lab.links.peers(0) == 5


def test_a_cut_of_one_way_stalls_both() -> None:
    lab = Lab(2)
    lab.links_are(n0_n1=CUT)
    assert lab.spread(0)[1] == lab.spread(1)[0] == lab.direct(0, 1) == lab.direct(1, 0) == inf


def test_gossip_goes_around_a_cut_link() -> None:
    lab = Lab(3)
    lab.links_are(n0_n1=CUT)
    assert lab.spread(0, hop=0.005)[1] == pytest.approx(2 * LATENCY + 0.005, abs=0.002)
    assert lab.direct(0, 1) == inf


def test_nearly_all_loss_is_a_cut() -> None:
    lab = Lab(2)
    lab.links_are(n0_n1=LinkState(loss=0.99))
    assert lab.direct(0, 1) == lab.spread(1)[0] == inf
    assert not lab.links.measured("n0", "n1")["reachable"]


@pytest.mark.parametrize("length", [0.01, 1, 5, 30, 60, 101, 300, 800])
def test_a_healed_link_waits_for_the_next_retransmission(length: float) -> None:
    lab = Lab(2)
    lab.run(10)
    lab.links_are(n0_n1=CUT, n1_n0=CUT)
    lab.run(10 + length)
    lab.links_are()
    assert not lab.links.carries(0, 1)
    assert lab.direct(0, 1) == inf
    lab.run(10 + 925)
    ((at, a, b),) = lab.reached
    assert {a, b} == {0, 1}
    assert lab.links.carries(0, 1)
    assert any(least <= at - 10 <= most + OFFSET for least, most in retransmissions()[:15])
    assert 10 + length <= at <= 10 + min(most for least, most in retransmissions() if least >= length) + OFFSET


def test_after_a_minute_all_pairs_come_back_at_once() -> None:
    """As measured on real nodes: peers come back by TCP's own retransmission, 102.2 s after the cut began and up to 5 s
    later, as the kernel's timers are late; all within one grain of these, since nodes of one host share its clock."""
    lab = Lab(6, latency=0.0005 * (1 - np.eye(6)))
    lab.cut_in_two(0, 1, 2)
    lab.run(60)
    lab.links_are()
    lab.run(200)
    assert len(lab.reached) == 9
    assert all(102.2 <= at <= 108 for at, _, _ in lab.reached)
    assert max(lab.reached)[0] - min(lab.reached)[0] <= 2.1


def test_how_late_a_retransmission_is_differs_from_seed_to_seed() -> None:
    seen = []
    for seed in range(40):
        lab = Lab(2, seed=seed)
        lab.links_are(n0_n1=CUT)
        lab.run(60)
        lab.links_are()
        lab.run(200)
        seen.append(lab.reached[0][0])
    least, most = next((least, most) for least, most in retransmissions() if least > 60)
    assert least < min(seen) < least + 2.5
    assert least + 2.5 < max(seen) < most + OFFSET


def test_a_connection_is_given_up_and_made_anew() -> None:
    lab = Lab(2)
    lab.links_are(n0_n1=CUT)
    lab.run(924)
    assert lab.links.peers(0) == 1
    lab.run(retransmissions()[-1][1] + OFFSET)
    assert lab.links.peers(0) == lab.links.peers(1) == 0
    lab.run(2000)
    lab.links_are()
    lab.run(2013)
    ((at, _, _),) = lab.reached
    assert 2000 + ROUND_TRIP <= at <= 2005 + ROUND_TRIP
    assert lab.links.peers(0) == 1


def test_a_cut_that_returns_before_the_retransmission_goes_on() -> None:
    lab = Lab(2)
    lab.links_are(n0_n1=CUT)
    lab.run(60)
    lab.links_are()
    lab.run(90)
    lab.links_are(n1_n0=CUT)
    lab.run(200)
    assert lab.reached == []
    lab.links_are()
    lab.run(1000)
    ((at, _, _),) = lab.reached
    least, most = next((least, most) for least, most in retransmissions() if least > 200)
    assert least <= at <= most + OFFSET


def test_one_of_two_overlapping_cuts_heals() -> None:
    lab = Lab(3)
    lab.links_are(n0_n1=CUT, n0_n2=CUT)
    lab.run(5)
    lab.links_are(n0_n2=CUT)
    lab.run(50)
    assert [(a, b) for _, a, b in lab.reached] == [(0, 1)]
    assert lab.links.carries(0, 1)
    assert not lab.links.carries(0, 2)


def test_a_change_of_quality_neither_stalls_nor_reaches() -> None:
    lab = Lab(3)
    lab.links_are(n0_n1=LinkState(delay=0.2))
    assert lab.links.carries(0, 1)
    lab.links_are()
    lab.run(10)
    assert lab.reached == []
    assert lab.direct(0, 1) < 0.02


changes = st.lists(
    st.tuples(
        st.floats(0.01, 60),
        st.sampled_from(["cut", "heal", "end", "start", "freeze", "thaw"]),
        st.integers(0, 2),
        st.integers(0, 2),
    ),
    max_size=15,
)


@given(changes, st.integers(0, 100))
def test_whenever_a_pair_can_exchange_data_again_it_is_told_once(
    changes: list[tuple[float, str, int, int]], seed: int
) -> None:
    """After all is healed every pair carries data, and a pair that did not carry has been told when it does."""
    lab = Lab(3, seed=seed)
    pairs = [(0, 1), (0, 2), (1, 2)]
    cut: dict[tuple[str, str], LinkState] = {}
    told = 0
    carried = dict.fromkeys(pairs, True)

    def note_losses() -> None:
        for pair in pairs:
            carried[pair] = carried[pair] and lab.links.carries(*pair)

    def settle(until: float) -> None:
        """Steps through actions one at a time and compares who carries with who was told."""
        nonlocal told
        while True:
            calls = [(a, b) for _, a, b in lab.reached[told:]]
            told = len(lab.reached)
            for pair in pairs:
                if pair in calls:
                    assert calls.count(pair) == 1
                    assert lab.links.carries(*pair)
                    assert not carried[pair]
                    carried[pair] = True
            note_losses()
            if lab.clock.next() > until * 1e9:
                break
            lab.clock.advance(lab.clock.next())
        assert carried == {pair: lab.links.carries(*pair) for pair in pairs}
        lab.run(until)

    running = [True] * 3
    at = 0.0
    for wait, what, node, other in changes:
        at += wait
        settle(at)
        pair = f"n{node}", f"n{other}"
        if what == "cut" and node != other:
            cut[pair] = CUT
        elif what == "heal":
            cut.pop(pair, None)
        elif what in ("end", "start"):
            running[node] = what == "start"
            lab.links.set_process(node, running[node])
        elif running[node]:
            lab.links.set_process(node, True, frozen=what == "freeze")
        lab.links.apply(cut)
        note_losses()
    lab.links.apply({})
    for node in range(3):
        lab.links.set_process(node, True)
    settle(at + 1100)
    assert all(lab.links.carries(*pair) for pair in pairs)
    assert all(carried.values())
    assert [lab.links.peers(node) for node in range(3)] == [2, 2, 2]
