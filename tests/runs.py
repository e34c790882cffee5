"""First records of runs that tests make up."""

from __future__ import annotations

from simnet.journal import FORMAT
from simnet.journal.records import RunStarted


def started(
    *, run: str = "test", scenario: str = "test", provider: str = "simulated", seed: int = 0, steps: int = 0
) -> RunStarted:
    return RunStarted(
        format=FORMAT,
        run=run,
        scenario=scenario,
        provider=provider,
        seed=seed,
        steps=steps,
        versions={},
        started="2026-11-28T09:00:00+00:00",
    )
