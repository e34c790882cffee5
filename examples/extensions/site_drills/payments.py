"""What who watches over a treasury wants to hold: nobody moves much at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from simnet.checks import Check, Finding, Interval
from simnet.checks.watched import of_final_blocks
from simnet.errors import InputError
from simnet.fields import ChainId
from simnet.journal import Evidence
from simnet.network.topology import Topology, nearest


@dataclass(frozen=True, kw_only=True)
class NoLargePayment(Check):
    """No transfer of a chain's own token is larger than ``limit`` (in the token's smallest unit)."""

    kind: ClassVar[str] = "no_large_payment"
    chain: ChainId = "relay"
    limit: int = 10**15

    def expected(self) -> str:
        return f"no transfer on {self.chain} of more than {self.limit}"

    def unfit(self, topology: Topology) -> str | None:
        chains = [chain.id for chain in (topology.relay, *topology.parachains)]
        return None if self.chain in chains else f"there is no chain {self.chain}{nearest(self.chain, chains)}"

    def validate(self) -> None:
        if self.limit < 0:
            raise InputError("no_large_payment: limit is 0 or more")

    def judge_interval(self, evidence: Evidence, interval: Interval) -> Finding:
        large = evidence.chain(self.chain).events(
            "Balances.Transfer",
            where={"amount": lambda amount: amount > self.limit},
            since=interval.start,
            until=interval.end,
        )
        watched = of_final_blocks(evidence, self.chain, interval.start, interval.end)
        seen = ", ".join(f"{one.fields.amount} in block {one.height}" for one in large) or "none"
        return self.finding(
            not large,
            f"{seen}, in {len(large.blocks)} finalized blocks",
            interval,
            coverage=replace(watched, unread=large.lacking),
            certain=bool(large),
        )
