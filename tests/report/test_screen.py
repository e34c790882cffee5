"""The last screen: short, plain without a terminal, the command last."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from simnet.checks import Finding, Status
from simnet.checks.notes import Note
from simnet.checks.verdict import Verdict
from simnet.journal import Evidence
from simnet.journal.records import FaultObserved
from simnet.rehearsal import Outcome
from simnet.report.screen import show_verdict
from simnet.scenario import Scenario
from tests.checks import journals
from tests.report.story import PROVENANCE, forked

COMMAND = "simnet run tale.yaml --provider toy --seed 7"


def outcome(*findings: Finding, error: str | None = None, evidence: Evidence | None = None) -> Outcome:
    statuses = {one.status for one in findings}
    status = next((one for one in (Status.FAILED, Status.INCONCLUSIVE) if one in statuses), Status.HELD)
    return Outcome(
        folder=Path("runs/tale-1"),
        scenario=Scenario(name="tale"),
        evidence=evidence or forked().evidence,
        verdict=Verdict(status, findings, harness_error=error),
        provenance=PROVENANCE,
    )


def shown(run: Outcome, *, terminal: bool = False, width: int = 100) -> list[str]:
    out = io.StringIO()
    show_verdict(
        Console(file=out, force_terminal=terminal, width=width, highlight=False),
        run.verdict,
        run.evidence,
        run.provenance,
        run.folder,
        COMMAND,
    )
    return out.getvalue().splitlines()


HELD = Finding(check="one_chain", status=Status.HELD, expected="one chain", seen="2 nodes agree")
FAILED = Finding(
    check="finality_advances after=cut",
    status=Status.FAILED,
    expected="each node finalizes 1 more",
    seen="alice never",
    start=16.0,
    end=26.0,
    where=("journal.jsonl:12", "logs/alice.log"),
)


def test_a_failure_says_expected_seen_when_and_where() -> None:
    text = "\n".join(shown(outcome(HELD, FAILED)))
    for part in (
        "failed        finality_advances after=cut",
        "  expected    each node finalizes 1 more",
        "  seen        alice never",
        "  when        16.0 to 26.0 s (t0 + 10.0 s to t0 + 20.0 s)",
        "  look at     journal.jsonl:12, logs/alice.log",
    ):
        assert part in text


def test_parameters_come_first_and_the_command_last() -> None:
    lines = shown(outcome(HELD))
    assert lines[0] == "scenario      tale, toy, seed 7, 26.0 s"
    assert lines[-1].removeprefix("repeat").strip() == COMMAND


def test_there_are_no_colours_without_a_terminal() -> None:
    assert "\x1b" not in "".join(shown(outcome(FAILED)))
    assert "\x1b" in "".join(shown(outcome(FAILED), terminal=True))


def test_control_codes_of_nodes_never_reach_the_terminal() -> None:
    crash = replace(FAILED, seen="\x1b[2Jpanicked")
    assert "\x1b[2J" not in "".join(shown(outcome(crash), terminal=True))


def test_invariants_that_held_are_one_line() -> None:
    lines = shown(outcome(*[replace(HELD, check=f"rule {n}", invariant=True) for n in range(8)]))
    assert "held          8 invariants" in lines
    assert not any("rule" in line for line in lines)


@pytest.mark.parametrize("terminal", [False, True])
def test_a_run_with_many_findings_fits_a_screen(terminal: bool) -> None:
    findings = [replace(FAILED, check=f"broken {n}") for n in range(20)] + [HELD] * 20
    assert len(shown(outcome(*findings), terminal=terminal)) <= 46


def test_a_narrow_terminal_wraps_but_keeps_the_command_whole() -> None:
    lines = shown(outcome(FAILED), terminal=True, width=40)
    assert max(len(line) for line in lines if "─" not in line and "repeat" not in line) <= 60
    assert lines[-1].endswith(COMMAND)


def test_disputes_are_told_by_how_far_they_came() -> None:
    disputed = replace(outcome(HELD), evidence=journals.evidence(journals.records("misdeeds")))
    (line,) = [line for line in shown(disputed) if line.startswith("disputes")]
    assert "raised, " in line
    assert line.endswith("unconcluded")
    assert not [line for line in shown(outcome(HELD)) if line.startswith("disputes")]


def test_a_failure_of_the_harness_is_told() -> None:
    assert "ended early   no engine answers" in shown(outcome(error="no engine answers"))


def test_a_suspended_invariant_is_told_and_spoils_nothing() -> None:
    suspended = replace(HELD, check="no conflict", status=Status.SUSPENDED, seen="not judged", invariant=True)
    lines = shown(outcome(HELD, suspended))
    assert "held          1 of 2 findings held, 1 suspended" in lines
    assert "suspended     no conflict  not judged" in lines


def test_what_byzantine_nodes_did_is_told_by_fault() -> None:
    story = forked()
    story.fault(1, "bad", 7.0, 17.0)
    acts = [
        {"node": "alice", "act": "back_invalid", "occasions": 3, "used": 2, "first": 8.0, "last": 12.5},
        {"node": "bob", "act": "back_invalid", "occasions": 0, "used": 0, "first": None, "last": None},
    ]
    for told in ([{**one, "occasions": 0} for one in acts], acts):
        readings = [{"what": "", "asked": "", "seen": "", "holds": True, "act": one} for one in told]
        story.journal.append(FaultObserved(id=1, holds=True, readings=readings))
    told = "alice back_invalid: 2 of 3 occasions used (t0 + 2.0 s to t0 + 6.5 s), bob back_invalid: no occasion"
    assert f"byzantine     bad: {told}" in shown(outcome(HELD, evidence=story.evidence))


def test_interventions_are_listed() -> None:
    run = outcome(HELD)
    told = ("storage of relay: A.B set to 1 (by sudo)", "storage of 2000: C.D removed (by relay root)")
    lines = shown(replace(run, verdict=replace(run.verdict, interventions=told)))
    assert f"interventions {told[0]}" in lines
    assert f"{'':14}{told[1]}" in lines
    assert not any("interventions" in line for line in shown(run))


def test_notes_are_told_and_those_beyond_the_first_counted() -> None:
    run = outcome(HELD)
    notes = (Note("dry run", "t: success was said"), *(Note("trapped", f"{at} of relay") for at in range(7)))
    lines = shown(replace(run, verdict=replace(run.verdict, notes=notes)))
    assert "dry run       t: success was said" in lines
    assert "trapped       4 of relay" in lines
    assert "trapped       5 of relay" not in lines
    assert f"{'':14}and 2 more notes, told in the report" in lines
