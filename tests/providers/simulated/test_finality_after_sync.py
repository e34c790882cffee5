"""Finality goes on after a node was far behind: what was approved meanwhile it sees when it has caught up."""

from __future__ import annotations

from pathlib import Path

from simnet.checks import Status
from simnet.scenario.loader import load_scenario
from simnet.search import run_trial

QUICKSTART = Path(__file__).parents[3] / "scenarios" / "quickstart.yaml"


def test_what_is_approved_while_a_node_syncs_does_not_stay_unapproved_for_it(tmp_path: Path) -> None:
    """After the cut two validators import the other side's blocks as ones that sync, and get its approvals at once.
    With this seed both had looked at a block of their own while they did, and not again: finality stood for good."""
    file = tmp_path / "quickstart.yaml"
    stopped = "schedule:\n  - {stop: {targets: alice}, at: 0s, for: 1s}\nsteps:"
    networks = str(QUICKSTART.parent / "networks")
    text = QUICKSTART.read_text(encoding="utf-8").replace("\nsteps:", f"\n{stopped}", 1)
    file.write_text(text.replace("networks/", f"{networks}/"), encoding="utf-8")
    trial = run_trial(load_scenario(file, overrides=["seed=1"]))
    assert trial.verdict.status is Status.HELD, trial.verdict.findings
