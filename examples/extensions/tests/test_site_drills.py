"""The rules of simnet.testing over what this distribution brings. It must be installed for them."""

from __future__ import annotations

from site_drills.checks import NoIdleAuthor
from site_drills.faults import Brownout, RollingKill
from site_drills.runbook import RunbookProvider

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


class TestRunbook(ProviderConformance):
    def provider(self) -> Provider:
        return RunbookProvider()
