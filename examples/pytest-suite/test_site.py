"""What the network bears when a site, or a part of one, is gone. The tests of a module share one network."""

from __future__ import annotations

from simnet.checks import BlocksAuthored, FinalityAdvances, Messages, OneChain, ParachainIncluded
from simnet.faults import Outage, Restart, Stop
from simnet.testing import NetworkUnderTest


def test_finality_goes_on_without_the_site_in_the_us(network: NetworkUnderTest) -> None:
    with network.inject(Outage(region="us"), "outage"):
        network.wait("60s")
    network.wait_for("in_sync", within="2min")
    network.expect(FinalityAdvances(during="outage", within="60s", blocks=3))
    network.expect(BlocksAuthored(during="outage", by="dave", at_most=0))


def test_the_other_parachain_does_not_care(network: NetworkUnderTest) -> None:
    with network.inject(Stop(targets="collator-2001"), "down"):
        network.wait("60s")
    network.expect(ParachainIncluded(during="down", para=2000, at_least=4))
    network.expect(ParachainIncluded(during="down", para=2001, at_most=0, grace="24s"))


def test_mail_waits_for_its_recipient(network: NetworkUnderTest) -> None:
    with network.inject(Stop(targets="collator-2001"), "down"):
        network.send(2000, 2001, count=3, label="mail")
        network.wait("40s")
    network.wait_for("delivered", within="4min")
    network.expect(Messages(labels="mail", at_least=3, in_order=True))


def test_a_rolling_restart_leaves_one_chain(network: NetworkUnderTest) -> None:
    network.inject(Restart(targets="validators", down_for="2s"), "rolling")
    network.wait_for("finalizing", within="90s")
    network.expect(OneChain(after="rolling", within="60s"))


def test_every_validator_answers(network: NetworkUnderTest) -> None:
    health = {name: network.rpc(name).call("system_health") for name in ("alice", "bob", "charlie", "dave")}
    assert {name: one["isSyncing"] for name, one in health.items()} == dict.fromkeys(health, False)
    assert all(one["peers"] >= 3 for one in health.values())
