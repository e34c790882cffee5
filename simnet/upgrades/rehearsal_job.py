"""What is told to a process that runs rehearsals, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simnet.exit_codes import ExitCode
from simnet.upgrades.performing import Performed


@dataclass(frozen=True, kw_only=True)
class RehearsalJob:
    """A rehearsal that is to be run."""

    scenario: dict[str, Any]
    """As a file says it."""
    provider: str
    out: Path
    """The folder in which its run gets one of its own."""
    start_within: float
    """Seconds that its network may take to its barrier."""


@dataclass(frozen=True, kw_only=True)
class JobEnd:
    """What its run showed, or why there is none."""

    performed: Performed | None = None
    error: str = ""
    exit_code: ExitCode = ExitCode.HELD
    """Of the error."""
