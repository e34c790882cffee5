"""How many validators a relay chain needs so that finality goes on while one of them is down.

python spare.py [VALIDATORS...]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from simnet import Options, Scenario, Status, rehearse
from simnet.checks import FinalityAdvances
from simnet.providers import provider_named

SEEDS = (0, 1)
"""One run shows what may happen; another seed has other forks, and other checkers drawn."""


def one_down(validators: int, seed: int) -> Scenario:
    """One of so many validators is down for 90 s."""
    return Scenario(
        name=f"one-down-of-{validators}",
        seed=seed,
        network={
            "relay": {"runtime": "westend", "validators": validators},
            "parachains": [{"id": 2000}, {"id": 2001}],
        },
        steps=[
            {"inject": {"stop": {"targets": "dave"}, "as": "down"}},
            {"wait": {"for": "90s"}},
            {"heal": "down"},
            {"wait": {"state": "finalizing", "within": "180s"}},
        ],
        expect=[FinalityAdvances(during="down", within="60s", blocks=3)],
    )


def main(sizes: Sequence[int]) -> int:
    """Prints a line for each run; returns the least size whose runs all held, 0 if none did."""
    enough = []
    for validators in sizes:
        statuses = []
        for seed in SEEDS:
            outcome = rehearse(one_down(validators, seed), provider_named("simulated"), Options())
            finding = outcome.verdict.findings[0]
            statuses.append(outcome.verdict.status)
            print(f"{validators:3} validators, seed {seed}: {outcome.verdict.status.value:8} {outcome.folder}")
            print(f"    {finding.seen}")
        if all(status is Status.HELD for status in statuses):
            enough.append(validators)
    return min(enough, default=0)


if __name__ == "__main__":
    least = main([int(text) for text in sys.argv[1:]] or [4, 8])
    print(f"enough: {least}" if least else "none of these is enough")
    sys.exit(0 if least else 1)
