"""Values that no fault can have are refused when it is made, from Python as from files."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simnet.checks import ChannelFilled
from simnet.errors import InputError
from simnet.faults import Degrade, Fault, Restart
from simnet.scenario import Scenario, Send

ENDS = {"source": ("alice",), "target": ("bob",)}


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: Restart(targets=("alice",), down_for=-1.0), "down_for is -1s"),
        (lambda: Degrade(**ENDS, delay=0.1, loss=-0.1), "cannot be below zero"),
        (lambda: Degrade(**ENDS, delay=0.1, reorder=-0.1), "cannot be below zero"),
        (lambda: Degrade(**ENDS, delay=0.1, jitter=-0.1), "cannot be below zero"),
        (lambda: Degrade(**ENDS, loss=1.1), "between 0 and 1"),
    ],
)
def test_a_fault_takes_no_time_or_share_that_cannot_be(made: Callable[[], Fault], why: str) -> None:
    with pytest.raises(InputError, match=why):
        made()


def test_a_model_takes_no_negative_duration() -> None:
    with pytest.raises(ValueError, match="-6 is below zero, which a duration cannot be"):
        Send(sender="relay", recipient="2000", every=-6.0)


def test_a_scenario_takes_no_check_with_a_negative_share() -> None:
    check = ChannelFilled(sender="2000", recipient="2001", share=-0.5)
    network = {"parachains": [{"id": 2000}, {"id": 2001}]}
    with pytest.raises(ValueError, match=r"expect\.0\.channel_filled\.share: share is -0.5"):
        Scenario.model_validate({"name": "x", "network": network, "expect": [check]})
