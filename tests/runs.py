"""First records of runs that tests make up."""

from __future__ import annotations

from pathlib import Path

from simnet.journal import FORMAT, without_seal
from simnet.journal._seal import RunningSeal
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


def reseal(journal: Path) -> None:
    """Seals a journal anew that a test has edited, as a forger would."""
    seal = RunningSeal()
    lines = journal.read_bytes().splitlines()
    journal.write_text("".join(seal.seal(without_seal(line).decode()) for line in lines), encoding="utf-8")


def unseal(journal: Path) -> None:
    """Makes a journal one of those that were written before there were seals."""
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(map(without_seal, lines)))
