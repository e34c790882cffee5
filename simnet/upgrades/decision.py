"""Whether an upgrade goes: what all its rehearsals come to."""

from __future__ import annotations

from dataclasses import dataclass

from simnet.exit_codes import ExitCode, worst
from simnet.upgrades.rehearsed import NotRehearsed, Rehearsed


@dataclass(frozen=True, kw_only=True)
class UpgradeDecision:
    """Go, or no go with its reasons."""

    chain: str
    """The chain that is to be upgraded."""
    runtime: str
    """Name of the new runtime, or the path of its file."""
    code: str
    """BLAKE2b-256 of the new code, 0x hex."""
    size: int
    """Its bytes, as it is submitted."""
    size_limit: int | None
    """Bytes that the relay chain takes of a parachain's code at most; null of a relay chain, and where its runtime does
    not tell."""
    path: str
    """How it was brought in."""
    network: str
    """The file of the network."""
    provider: str
    """Where it was rehearsed."""
    seed: int
    """The seed of every run."""
    taken: tuple[str, ...]
    """What was taken from the file, and what was added."""
    rehearsals: tuple[Rehearsed | NotRehearsed, ...]
    """The clean upgrade first, then the standard rehearsals in the order of their table."""
    not_rehearsed: tuple[str, ...]
    """What no rehearsal shows."""
    folder: str
    """Where the page and the runs' folders are."""
    repeat: str
    """The command that does all of it again."""

    @property
    def go(self) -> bool:
        """Whether every rehearsal was run, met its moment, and held."""
        return self.exit_code is ExitCode.HELD

    @property
    def exit_code(self) -> ExitCode:
        """What the command exits with: the worst of all; never 0 of nothing."""
        return worst(one.exit_code for one in self.rehearsals) if self.rehearsals else ExitCode.INCONCLUSIVE

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is no go, a line for each rehearsal that did not hold."""
        return tuple(
            f"{one.name} {one.status}: {one.why}" for one in self.rehearsals if one.exit_code is not ExitCode.HELD
        )

    @property
    def clean(self) -> Rehearsed | None:
        """The clean upgrade, if it was run."""
        first = self.rehearsals[0] if self.rehearsals else None
        return first if isinstance(first, Rehearsed) else None
