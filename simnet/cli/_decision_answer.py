"""What `simnet rehearse-upgrade --json` prints. It has the comparison of two runtimes, whose types load wasmtime."""

from __future__ import annotations

from dataclasses import dataclass

from simnet.checks import Finding
from simnet.runtime.diff import RuntimeDiff
from simnet.upgrades import Course, NotRehearsed, Rehearsed, UpgradeDecision
from simnet.upgrades.page import PAGE


@dataclass(frozen=True, kw_only=True)
class RehearsalAnswer:
    """One rehearsal."""

    name: str
    """Its name: `clean`, or that of a standard rehearsal."""
    shows: str
    """What it shows, in a sentence."""
    status: str
    """`held`, `failed`, `inconclusive`, `missed its moment`, `ended early` or `could not be run`."""
    exit_code: int
    """What it counts as among the exit codes of all."""
    why: str
    """Why it is no go, in a line; empty of one that held."""
    folder: str | None
    """Name of its run's folder, beside the page; null where no run came of it."""
    findings: tuple[Finding, ...]
    """What each check and each invariant found."""
    course: Course | None
    """How its upgrade went; null where it never began."""
    repeat: str | None
    """The command that runs it again."""

    @classmethod
    def of(cls, one: Rehearsed | NotRehearsed) -> RehearsalAnswer:
        ran = one if isinstance(one, Rehearsed) else None
        return cls(
            name=one.name,
            shows=one.shows,
            status=one.status,
            exit_code=one.exit_code,
            why=one.why,
            folder=None if ran is None else ran.folder,
            findings=() if ran is None else ran.verdict.findings,
            course=None if ran is None else ran.course,
            repeat=None if ran is None else ran.repeat,
        )


@dataclass(frozen=True, kw_only=True)
class DecisionAnswer:
    """What `simnet rehearse-upgrade --json` prints."""

    exit_code: int
    """What the command exits with: the worst of all rehearsals."""
    go: bool
    """Whether every rehearsal was run, met its moment, and held."""
    reasons: tuple[str, ...]
    """Why it is no go, a line for each rehearsal that did not hold."""
    chain: str
    """The chain that is to be upgraded."""
    code: str
    """BLAKE2b-256 of the new code, 0x hex."""
    size: int
    """Its bytes, as it is submitted."""
    size_limit: int | None
    """Bytes that the relay chain takes of a parachain's code at most; null of a relay chain, and where its runtime does
    not tell."""
    provider: str
    """Where it was rehearsed."""
    seed: int
    """The seed of every run."""
    taken: tuple[str, ...]
    """What was taken from the file of the network, and what was added."""
    rehearsals: tuple[RehearsalAnswer, ...]
    """The clean upgrade first."""
    diff: RuntimeDiff | None
    """The new code compared with what the chain has at genesis; null where it could not be."""
    not_compared: str
    """Why it could not be; empty where it was."""
    not_rehearsed: tuple[str, ...]
    """What no rehearsal shows."""
    folder: str
    """Where the page and the runs' folders are."""
    page: str
    """Name of the page in it."""
    repeat: str
    """The command that does all of it again."""

    @classmethod
    def of(cls, decision: UpgradeDecision) -> DecisionAnswer:
        return cls(
            exit_code=decision.exit_code,
            go=decision.go,
            reasons=decision.reasons,
            chain=decision.chain,
            code=decision.code,
            size=decision.size,
            size_limit=decision.size_limit,
            provider=decision.provider,
            seed=decision.seed,
            taken=decision.taken,
            rehearsals=tuple(map(RehearsalAnswer.of, decision.rehearsals)),
            diff=decision.diff,
            not_compared=decision.not_compared,
            not_rehearsed=decision.not_rehearsed,
            folder=decision.folder,
            page=PAGE,
            repeat=decision.repeat,
        )
