"""What a message costs over one link: delay, jitter, loss, rate, and order."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.faults import LinkState
from simnet.providers.simulated.clock import MILLISECOND, SECOND
from tests.providers.simulated.links_lab import LATENCY, Lab

QUEUES = LATENCY * 0.05
"""What unimpaired links add at most."""


def delays(state: LinkState, *, size: int = 100, count: int = 300, seed: int = 1, apart: float = 100) -> list[float]:
    """Of messages so far apart that none waits for another."""
    lab = Lab(2, seed=seed)
    lab.links_are(n0_n1=state)
    out = []
    for index in range(count):
        lab.run(index * apart)
        out.append(lab.direct(0, 1, size))
    return out


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def test_a_clear_link_takes_its_latency_and_a_little() -> None:
    seen = delays(LinkState())
    assert min(seen) >= LATENCY
    assert max(seen) <= LATENCY + QUEUES + 1e-5
    assert max(seen) - min(seen) > QUEUES / 2


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 1000))
def test_delay_and_jitter_stay_in_their_range(delay: float, share: float, seed: int) -> None:
    jitter = delay * share
    seen = delays(LinkState(delay=delay, jitter=jitter), count=20, seed=seed)
    assert min(seen) >= LATENCY + delay - jitter - 1e-6
    assert max(seen) <= LATENCY + delay + jitter + QUEUES + 1e-5


def test_jitter_uses_its_whole_range() -> None:
    seen = delays(LinkState(delay=0.5, jitter=0.5))
    assert min(seen) < LATENCY + 0.05
    assert max(seen) > LATENCY + 0.95


@pytest.mark.parametrize("size", [100, 20_000, 1_000_000])
def test_more_loss_means_more_delay(size: int) -> None:
    means = [mean(delays(LinkState(loss=loss), size=size)) for loss in (0.0, 0.02, 0.05, 0.1, 0.3, 0.6)]
    assert all(less < more for less, more in pairwise(means))


def test_a_lost_small_message_waits_for_a_timeout() -> None:
    lost = [delay for delay in delays(LinkState(loss=0.1)) if delay > LATENCY + 2 * QUEUES]
    assert 0.05 < len(lost) / 300 < 0.15
    assert min(lost) >= 0.2 + 3 * LATENCY


def test_a_hole_in_a_long_message_costs_a_round_trip() -> None:
    short = [delay for delay in delays(LinkState(loss=0.02), size=14_000) if delay < 0.2]
    repaired = [delay for delay in short if delay > LATENCY + 2 * QUEUES]
    assert len(repaired) > 10
    assert all(3 * LATENCY <= delay <= 3 * LATENCY + QUEUES + 0.001 for delay in repaired)


def test_loss_of_acknowledgements_costs_nothing() -> None:
    lab = Lab(2)
    lab.links_are(n1_n0=LinkState(loss=0.3))
    assert max(lab.direct(0, 1) for _ in range(100)) <= LATENCY + QUEUES + 0.001


@given(st.floats(1e5, 1e9), st.integers(1, 5_000_000))
def test_a_rate_bounds_throughput(rate: float, size: int) -> None:
    lab = Lab(2)
    lab.links_are(n0_n1=LinkState(rate=rate))
    seen = lab.direct(0, 1, size)
    assert 0 <= seen - LATENCY - size * 8 / rate <= QUEUES + 1e-6


def test_messages_share_a_rate() -> None:
    lab = Lab(2)
    lab.links_are(n0_n1=LinkState(rate=1e6))
    assert [lab.direct(0, 1, 125_000) for _ in range(3)] == pytest.approx([1, 2, 3], abs=0.02)


def test_loss_bounds_a_long_transfer_as_mathis_found() -> None:
    """1448 B / 20 ms * 1.22 / sqrt(0.01) = 883 kB/s."""
    seen = mean(delays(LinkState(loss=0.01), size=50_000_000, count=20, apart=1e4))
    assert 50_000_000 / seen == pytest.approx(883_000, rel=0.01)


def test_reordering_costs_a_little_throughput() -> None:
    clear, reordered = (mean(delays(LinkState(delay=0.1, reorder=r, rate=1e7), size=10**7)) for r in (0, 0.5))
    assert 1.01 < reordered / clear < 1.1


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 100_000)), min_size=2, max_size=20),
    st.floats(0, 0.5),
    st.integers(0, 1000),
)
def test_messages_on_one_connection_stay_in_order(sends: list[tuple[int, int]], loss: float, seed: int) -> None:
    lab = Lab(2, seed=seed)
    state = LinkState(delay=0.1, jitter=0.1, loss=loss, rate=1e7)
    lab.links_are(n0_n1=state)
    at, arrivals = 0, []
    for index, (wait, size) in enumerate(sends):
        at += wait * MILLISECOND
        if index % 2:
            arrivals.append(int(lab.links.spread(0, size, at, MILLISECOND)[1]))
        else:
            arrivals.append(lab.links.direct(0, 1, size, at))
    assert arrivals == sorted(arrivals)


def test_a_message_sent_earlier_does_not_wait_for_one_computed_before_it() -> None:
    lab = Lab(2)
    lab.links.direct(0, 1, 100, 60 * SECOND)
    assert lab.links.direct(0, 1, 100, SECOND) < 2 * SECOND


def test_probes_see_what_was_asked_for_and_change_nothing() -> None:
    one, other = Lab(3), Lab(3)
    for lab in (one, other):
        lab.links_are(n0_n1=LinkState(delay=0.1, jitter=0.05, loss=0.1, rate=1e6), n1_n2=LinkState(cut=True))
    seen = one.links.measured("n0", "n1")
    assert seen["reachable"]
    assert seen["rtt_min"] == pytest.approx(70, abs=2)
    assert seen["rtt_mean"] == pytest.approx(120, abs=5)
    assert seen["rtt_max"] == pytest.approx(170, abs=3)
    assert seen["loss"] == pytest.approx(0.1, abs=0.03)
    assert seen["throughput"] == pytest.approx(3.72e5, rel=0.01)  # Mathis: 1448 B / 120 ms * 1.22 / sqrt(0.1)
    assert one.links.measured("n1", "n0")["loss"] == 0
    assert one.spread(0) == other.spread(0)


def test_probes_tell_which_direction_is_cut() -> None:
    lab = Lab(2)
    lab.links_are(n0_n1=LinkState(cut=True))
    there, back = lab.links.measured("n0", "n1"), lab.links.measured("n1", "n0")
    assert (there["reachable"], there["loss"], there["throughput"], there["rtt_mean"]) == (False, 1, 0, None)
    assert (back["reachable"], back["loss"]) == (False, 0)
