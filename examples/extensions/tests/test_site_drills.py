"""The rules of simnet.testing over what this distribution brings. It must be installed for them."""

from __future__ import annotations

from dataclasses import replace

from site_drills.checks import NoIdleAuthor
from site_drills.faults import Brownout, RollingKill
from site_drills.payments import NoLargePayment
from site_drills.runbook import RunbookProvider

from simnet.checks import Status
from simnet.journal import Evidence
from simnet.journal.records import ContentsRead, RuntimeEvent
from simnet.providers.base import Provider
from simnet.testing import CheckConformance, FaultConformance, ProviderConformance


class TestFaults(FaultConformance):
    faults = (
        Brownout(region="eu", loss=0.2),
        Brownout(region="us", rate=1e6, loss=0.05),
        RollingKill(targets=("validators",), down_for=2.0),
    )


class TestNoIdleAuthor(CheckConformance):
    checks = (NoIdleAuthor(longest=60), NoIdleAuthor(nodes=("alice",), longest=100))


class TestNoLargePayment(CheckConformance):
    checks = (NoLargePayment(chain="2000"), NoLargePayment(limit=0))

    def test_a_large_payment_is_found(self) -> None:
        """Planted: toys pay nobody."""
        evidence = Evidence()
        for record in self.records():
            evidence.add(record)
        check, t0 = NoLargePayment(chain="2000"), evidence.t0 or 0.0
        contents = (one for one in self.records() if one.chain == "2000" and isinstance(one.data, ContentsRead))
        paid = next(one for one in contents if one.t > t0)
        for amount, status in ((10**15, Status.HELD), (10**15 + 1, Status.FAILED)):
            fields = {"from": "0x00", "to": "0x01", "amount": amount}
            event = RuntimeEvent(pallet="Balances", name="Transfer", fields=fields, extrinsic=1)
            evidence.add(replace(paid, data=event, seq=len(evidence.records)))
            assert check.judge(evidence).status is status


class TestRunbook(ProviderConformance):
    def provider(self) -> Provider:
        return RunbookProvider()
