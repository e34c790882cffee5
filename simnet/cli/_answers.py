"""What commands say to other programs with ``--json``: one model for each. Keys that are there stay, with their
meaning; others may come."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simnet.checks import Finding, Status
from simnet.cli._screen import say_json
from simnet.exit_codes import worst
from simnet.providers.base import Capability
from simnet.providers.deployments import NodeStatus
from simnet.rehearsal import Outcome

if TYPE_CHECKING:
    from simnet.cli._decision_answer import DecisionAnswer
    from simnet.runtime.diff import RuntimeDiff


@dataclass(frozen=True, kw_only=True)
class RunAnswer:
    """A run that was judged, at its end or again."""

    scenario: str
    """Its name."""
    file: str
    """The scenario file that was run; of a stored run the copy in its folder."""
    provider: str
    """Where it ran."""
    seed: int
    """What everything that is drawn was drawn from."""
    folder: str
    """Where its journal, its reports and its `run.json` are."""
    seconds: float
    """Seconds from its beginning to its end by the network's clock."""
    verdict: Status
    """What the findings come to: `held`, `failed` or `inconclusive`."""
    exit_code: int
    """What the command would exit with if this were the only run; the same as in `run.json`."""
    harness_error: str | None
    """Why it ended early; null where it did not."""
    findings: tuple[Finding, ...]
    """What each check of the scenario found, in their order, then each invariant."""
    interventions: tuple[str, ...]
    """What it was asked to change in chains' states otherwise than their users can, in words; none as a rule."""
    notes: tuple[str, ...]
    """What is worth to know of its XCM and judges nothing, in words: dry runs that foresaw something else than came,
    assets that lie trapped, versions of XCM that were lowered."""
    repeat: str
    """The command that runs it, or judges it, again."""

    @classmethod
    def of(cls, outcome: Outcome, *, file: Path, repeat: str) -> RunAnswer:
        run, verdict = outcome.evidence.run, outcome.verdict
        return cls(
            scenario=run.scenario,
            file=str(file),
            provider=run.provider,
            seed=run.seed,
            folder=str(outcome.folder),
            seconds=outcome.evidence.now,
            verdict=verdict.status,
            exit_code=verdict.exit_code,
            harness_error=verdict.harness_error,
            findings=verdict.findings,
            interventions=verdict.interventions,
            notes=tuple(str(one) for one in verdict.notes),
            repeat=repeat,
        )


@dataclass(frozen=True, kw_only=True)
class NotRunAnswer:
    """A file of which no run came: it has mistakes, the provider cannot do what it asks, or simnet failed."""

    file: str
    """The scenario file."""
    exit_code: int
    """What the command would exit with if this were the only file."""
    error: str
    """What was wrong."""


@dataclass(frozen=True, kw_only=True)
class RunsAnswer:
    """What `simnet run --json` and `simnet judge --json` print."""

    exit_code: int
    """What the command exits with: the worst of all, or that of the signal that ended it."""
    runs: tuple[RunAnswer, ...]
    """In their order; one of a run that is judged again."""
    not_run: tuple[NotRunAnswer, ...]
    """Files of folders that could not be run."""

    @classmethod
    def of(
        cls, runs: tuple[RunAnswer, ...], not_run: tuple[NotRunAnswer, ...] = (), ended_by: int | None = None
    ) -> RunsAnswer:
        """``ended_by`` is the exit code of the signal that ended the command, if one did."""
        codes = [*(one.exit_code for one in runs), *(one.exit_code for one in not_run)]
        return cls(exit_code=worst(codes) if ended_by is None else ended_by, runs=runs, not_run=not_run)


@dataclass(frozen=True, kw_only=True)
class ActiveFaultAnswer:
    """A fault that acts on a network that is up."""

    name: str
    """What `simnet fault --heal` calls it."""
    fault: dict[str, Any]
    """Its kind, and its fields where they differ from their defaults."""
    since: float | None
    """When all of it was read back, in seconds since the run began."""


@dataclass(frozen=True, kw_only=True)
class StandingAnswer:
    """A run of which something is there."""

    run: str
    """Its id."""
    what: str
    """What of it is there, for people."""
    alive: bool
    """Whether the process that needs it still runs."""
    kept: bool
    """Whether it was asked to stay."""
    folder: str | None
    """The run's folder; null when it is not known here."""
    nodes: tuple[NodeStatus, ...]
    """Its nodes, by name."""
    faults: tuple[ActiveFaultAnswer, ...]
    """Faults that nobody healed."""


@dataclass(frozen=True, kw_only=True)
class StatusAnswer:
    """What `simnet status --json` prints."""

    runs: tuple[StandingAnswer, ...]
    """All runs that stand, or the one that was named."""
    not_asked: tuple[str, ...]
    """Why some provider or network could not be asked, so that runs or nodes may be missing."""


@dataclass(frozen=True, kw_only=True)
class ProviderAnswer:
    """A provider and what it can do on this machine."""

    name: str
    """What `--provider` takes."""
    capabilities: tuple[Capability, ...]
    """What a scenario may ask for."""


@dataclass(frozen=True, kw_only=True)
class DoctorAnswer:
    """What `simnet doctor --json` prints."""

    exit_code: int
    """0, or 3 when nothing can run on Docker here."""
    providers: tuple[ProviderAnswer, ...]
    """First the simulated one, then Docker, then those of other distributions."""


@dataclass(frozen=True, kw_only=True)
class ImageAnswer:
    """An image that a network needs."""

    name: str
    """As a network file names it."""
    here: bool
    """Whether the engine has it."""
    own: bool
    """Whether it is simnet's own, the sandbox's, which is built when it is first needed."""
    digest: str | None
    """Its digest or id; null when it is not here."""
    version: str | None
    """The version that its labels tell."""
    error: str | None
    """Why it is not here, and how to get it."""


@dataclass(frozen=True, kw_only=True)
class ImagesAnswer:
    """What `simnet images --json` prints."""

    exit_code: int
    """0, or 2 when one is missing that is not simnet's own."""
    images: tuple[ImageAnswer, ...]
    """By name, simnet's own last."""


@dataclass(frozen=True, kw_only=True)
class LibraryScenarioAnswer:
    """A scenario of the library."""

    name: str
    """What `simnet run` takes."""
    description: str
    """What happens in it and what must hold."""
    tags: tuple[str, ...]
    """What it is about."""
    file: str
    """Its file."""


@dataclass(frozen=True, kw_only=True)
class LibraryAnswer:
    """What `simnet list --json` prints."""

    scenarios: tuple[LibraryScenarioAnswer, ...]
    """By name."""


_Answer = RunsAnswer | StatusAnswer | DoctorAnswer | ImagesAnswer | LibraryAnswer


def answer(what: _Answer | RuntimeDiff | DecisionAnswer) -> None:
    """Prints it as JSON on stdout, on which nothing else may be."""
    say_json(asdict(what))
