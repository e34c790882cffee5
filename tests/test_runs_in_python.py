"""Runs from Python, with text for paths and times as on a command line."""

from __future__ import annotations

from pathlib import Path

from simnet import NetworkSpec, Options, Scenario, Status, judge_folder, rehearse
from simnet.journal import read_evidence, read_journal
from simnet.testing import ToyProvider


def test_a_run_is_made_and_judged_again_by_text(tmp_path: Path) -> None:
    scenario = Scenario(
        name="in-python",
        network=NetworkSpec(parachains=[]),
        steps=[{"inject": {"stop": {"targets": "alice"}, "as": "down", "for": "30s"}}, {"wait": {"for": "1min"}}],
        expect=[{"finality_advances": {"after": "down", "within": "30s"}}],
    )
    outcome = rehearse(scenario, ToyProvider(), Options(out=str(tmp_path), start_within="1min"))
    folder = str(outcome.folder)
    assert Path(folder).parent == tmp_path
    assert outcome.verdict.status is judge_folder(folder).verdict.status is Status.HELD
    assert len(read_journal(folder)) == len(read_evidence(folder).records) == len(outcome.evidence.records)
