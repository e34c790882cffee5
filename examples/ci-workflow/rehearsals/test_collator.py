"""What becomes of mail to a parachain whose collator is restarted."""

from __future__ import annotations

import pytest

from simnet.checks import Messages
from simnet.faults import Restart
from simnet.testing import NetworkUnderTest


@pytest.mark.simnet("../scenarios/network.yaml")
def test_mail_arrives_over_a_restart_of_the_collator(network: NetworkUnderTest) -> None:
    network.send("relay", 2000, count=3, every="12s", label="mail")
    network.inject(Restart(targets="collator-2000", down_for="5s"), "restarted")
    network.wait_for("delivered", within="3min")
    network.expect(Messages(labels="mail", at_least=3, in_order=True))
