"""Values that no fault can have are refused when it is made, from Python as from files."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simnet.checks import ChannelFilled, Messages
from simnet.errors import InputError
from simnet.faults import Degrade, Fault, Restart
from simnet.scenario import Send

ENDS = {"source": ("alice",), "target": ("bob",)}


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: Restart(targets=("alice",), down_for=-1.0), "down_for: -1 is below zero"),
        (lambda: Degrade(**ENDS, delay=0.1, loss=-0.1), "loss: -0.1 is below zero"),
        (lambda: Degrade(**ENDS, delay=0.1, reorder=-0.1), "reorder: -0.1 is below zero"),
        (lambda: Degrade(**ENDS, delay=0.1, jitter=-0.1), "jitter: -0.1 is below zero"),
        (lambda: Degrade(**ENDS, loss=1.1), "loss: 1.1 is more than 1"),
        (lambda: Degrade(**ENDS, delay=float("nan")), "delay: nan is not a duration"),
    ],
)
def test_a_fault_takes_no_time_or_share_that_cannot_be(made: Callable[[], Fault], why: str) -> None:
    with pytest.raises(InputError, match=why):
        made()


def test_a_model_takes_no_negative_duration() -> None:
    with pytest.raises(ValueError, match="-6 is below zero, which a duration cannot be"):
        Send(sender="relay", recipient="2000", every=-6.0)


@pytest.mark.parametrize("share", [-0.5, 1.5])
def test_a_check_takes_no_share_that_cannot_be(share: float) -> None:
    with pytest.raises(InputError, match="ChannelFilled: share: "):
        ChannelFilled(sender="2000", recipient="2001", share=share)


def test_a_check_takes_no_bound_that_is_no_number() -> None:
    """Nothing is more than that, so that every latency would be within it."""
    with pytest.raises(InputError, match="Messages: within: nan is not a duration"):
        Messages(within=float("nan"))
