"""What a run leaves for people and CI."""
from pathlib import Path

from simnet.checks.verdict import Verdict
from simnet.journal import Evidence
from simnet.scenario import Scenario


def write_reports(folder: Path, scenario: Scenario, evidence: Evidence, verdict: Verdict) -> None:
    """Placeholder until the report lands."""
