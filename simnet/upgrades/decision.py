"""Whether an upgrade goes: what all its rehearsals come to."""

from __future__ import annotations

from dataclasses import dataclass

from simnet.checks import Status
from simnet.exit_codes import ExitCode, worst
from simnet.runtime.diff import RuntimeDiff
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
    diff: RuntimeDiff | None
    """The new code compared with what the chain has at genesis; null where it could not be."""
    not_compared: str
    """Why it could not be; empty where it was."""
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

    @property
    def verdict(self) -> Status:
        """What all come to: held, failed, or inconclusive."""
        return status_of(self.exit_code)

    @property
    def word(self) -> str:
        """``GO`` or ``NO GO``."""
        return "GO" if self.go else "NO GO"


def status_of(code: ExitCode) -> Status:
    """The verdict that an exit code stands for; of what ended early or was wrong nothing is known."""
    return {ExitCode.HELD: Status.HELD, ExitCode.FAILED: Status.FAILED}.get(code, Status.INCONCLUSIVE)
