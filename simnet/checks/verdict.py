"""The verdict on a run: all findings, and held, failed or inconclusive with an exit code each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from simnet.checks._check import Check, Finding, Status, invariant
from simnet.checks.invariants import INVARIANTS
from simnet.checks.migrations import tried_upgrades
from simnet.checks.notes import Note, notes_of
from simnet.exit_codes import ExitCode
from simnet.journal import Evidence, Record
from simnet.journal.records import Intervention

EXIT_CODES = {
    Status.HELD: ExitCode.HELD,
    Status.FAILED: ExitCode.FAILED,
    Status.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
}
"""Of a run that came to its end."""


@dataclass(frozen=True)
class Verdict:
    """What a run showed. ``findings`` has the scenario's checks in their order, then the invariants."""

    status: Status
    findings: tuple[Finding, ...]
    harness_error: str | None = None
    """Why the run ended early, when the harness or a node's start failed; the findings then cover what was seen."""
    mistaken: bool = False
    """Whether that was a mistake of the input."""
    interventions: tuple[str, ...] = ()
    """What simnet was asked to change in chains' states otherwise than their users can, in words."""
    notes: tuple[Note, ...] = ()
    """What is worth to know of messages, and judges nothing: dry runs that foresaw something else, trapped assets,
    versions of XCM that were lowered."""

    @property
    def exit_code(self) -> ExitCode:
        """What ``simnet`` exits with."""
        if self.harness_error is None:
            return EXIT_CODES[self.status]
        return ExitCode.BAD_INPUT if self.mistaken else ExitCode.HARNESS_FAILED

    @property
    def failures(self) -> tuple[Finding, ...]:
        """What did not hold, though it should have; what failed comes first."""
        order = (Status.FAILED, Status.INCONCLUSIVE)
        return tuple(finding for status in order for finding in self.findings if finding.status is status)

    @property
    def suspended(self) -> tuple[Finding, ...]:
        """Invariants that this run is not held to."""
        return tuple(finding for finding in self.findings if finding.status is Status.SUSPENDED)


def judge(evidence: Evidence, checks: Sequence[Check]) -> Verdict:
    """Judges a run by its journal alone. One failure fails it; else one inconclusive finding leaves it inconclusive.
    What is suspended counts for nothing.

    A run without an end (a killed harness) or one that ended early is never better than inconclusive, and failed only
    by what nothing later could have turned.
    """
    findings = [*(check.judge(evidence) for check in checks), *(judge_one(evidence) for judge_one in INVARIANTS)]
    findings += tried_upgrades(evidence)
    error: str | None = None
    mistaken = False
    outcome = evidence.outcome
    if outcome is None or outcome.outcome != "finished":
        findings = [_as_far_as_it_goes(finding, evidence.now) for finding in findings]
    if outcome is None:
        expected, seen = "a journal that ends with the run", "the journal breaks off: the harness was killed"
        findings.append(invariant("run ended", expected, Status.INCONCLUSIVE, seen))
    elif outcome.outcome == "failed":
        error = str(outcome.error)
        mistaken = bool(outcome.mistaken)
    elif outcome.outcome == "interrupted":
        findings.append(invariant("run ended", "a run to its end", Status.INCONCLUSIVE, "it was interrupted"))
    statuses = {finding.status for finding in findings}
    if error is not None:
        statuses.add(Status.INCONCLUSIVE)
    worst = next((one for one in (Status.FAILED, Status.INCONCLUSIVE) if one in statuses), Status.HELD)
    return Verdict(worst, tuple(findings), error, mistaken, _interventions(evidence), notes_of(evidence))


def _interventions(evidence: Evidence) -> tuple[str, ...]:
    """One line each, with what became of it as far as it shows."""
    return tuple(f"{one.data.what} ({_became(evidence, one)})" for one in evidence.of(Intervention))


def _became(evidence: Evidence, written: Record[Intervention]) -> str:
    how, extrinsic = written.data.how, written.data.extrinsic
    if extrinsic is None:
        return f"by simnet, in block {written.height} of {written.chain}, which no real node would execute"
    seen = evidence.message_log.extrinsics.get(extrinsic, ())
    if not seen:
        return f"asked of {how}; no block that was seen has it"
    failed = next((one for one in seen if not one.data.success), None)
    if failed is not None and not any(one.data.success for one in seen):
        return f"asked of {how}, and not done: {failed.data.error}"
    return f"by {how}"


def _as_far_as_it_goes(finding: Finding, end: float) -> Finding:
    """A finding about a run that ended early: what came after might have mended what is not certain."""
    if finding.status is not Status.FAILED or finding.certain:
        return finding
    return replace(finding, status=Status.INCONCLUSIVE, seen=f"{finding.seen}; but the evidence ends at {end:.1f} s")
