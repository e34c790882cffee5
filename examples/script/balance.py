"""What a payee sees of a payment while half of a parachain's collators are down.

python balance.py [SECONDS...]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from simnet import Options, Outcome, Scenario, Status, rehearse
from simnet.providers import LiveChain, Network, provider_named

PARA = "2000"
PAYEE = "//Bob"
AMOUNT = 5 * 10**12
EVERY = 3.0
"""Seconds between two looks: half a slot."""


def paid_while_down(seconds: int) -> Scenario:
    """Alice pays while one of two collators is down for so many seconds."""
    return Scenario(
        name=f"paid-while-down-{seconds}s",
        network={"relay": {"runtime": "rococo", "validators": 4}, "parachains": [{"id": int(PARA), "collators": 2}]},
        steps=[
            {"inject": {"stop": {"targets": "collator-2000-1"}, "as": "down", "for": f"{seconds}s"}},
            {
                "submit": {
                    "chain": PARA,
                    "call": "Balances.transfer_keep_alive",
                    "args": {"dest": PAYEE, "value": AMOUNT},
                }
            },
            {"wait": {"for": f"{seconds}s"}},
            {"wait": {"for": "60s"}},
        ],
        expect=[{"parachain_included": {"para": int(PARA), "at_least": 3}}],
    )


def watch(network: Network) -> None:
    """Prints the payee's balance whenever it changes, in the newest finalized block and in the best one."""
    chain = network.chain(PARA)
    last: dict[str, int] = {}

    def look() -> None:
        for at in ("best", "final"):
            free = balance(chain, at)
            if free != last.get(at, free):
                print(f"  {network.now():6.1f} s  {at:5}  +{free - last[at]}")
            last[at] = free
        network.at(network.now() + EVERY, look, background=True)

    network.at(network.now(), look, background=True)


def balance(chain: LiveChain, at: str) -> int:
    return int(chain.query("System.Account", PAYEE, at=at).data.free)


def payments(outcome: Outcome) -> list[int]:
    """Heights of the finalized blocks in which the payee was paid, by the journal alone."""
    return [row.height for row in outcome.evidence.chain(PARA).events("Balances.Transfer", where={"to": PAYEE})]


def main(downs: Sequence[int]) -> bool:
    """One run for each time; whether all held and paid once."""
    good = True
    for seconds in downs:
        print(f"one of two collators down for {seconds} s")
        outcome = rehearse(paid_while_down(seconds), provider_named("simulated"), Options(on_network=watch))
        blocks = payments(outcome)
        print(f"  paid in finalized blocks {blocks}; {outcome.verdict.status.value}")
        good = good and outcome.verdict.status is Status.HELD and len(blocks) == 1
    return good


if __name__ == "__main__":
    sys.exit(0 if main([int(text) for text in sys.argv[1:]] or [30, 90]) else 1)
