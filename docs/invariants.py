"""What is judged in every run, as rows of a table: each invariant by the name that screens show."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from simnet import Options, Scenario, rehearse
from simnet.testing import ToyProvider


def as_table() -> str:
    """Read off a run of a toy network in which nothing happens, since a name is part of a finding."""
    with TemporaryDirectory() as folder:
        outcome = rehearse(Scenario(name="nothing"), ToyProvider(), Options(out=Path(folder)))
    rows = (f"| {one.check} | {one.expected} |" for one in outcome.verdict.findings if one.invariant)
    return "\n".join(["| invariant | what must hold |", "| --- | --- |", *rows])
