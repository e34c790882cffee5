"""What people get of a run: ``report.html`` and ``junit.xml`` in its folder, the last screen, and the live display.

Everything is drawn from the journal's evidence and the verdict; nothing here judges.
"""

from __future__ import annotations

from pathlib import Path

from simnet.checks.verdict import Verdict
from simnet.journal import Evidence
from simnet.report.html import html
from simnet.report.junit import junit
from simnet.run_file import Provenance, store
from simnet.scenario import Scenario

__all__ = ["write_reports"]


def write_reports(
    folder: Path, scenario: Scenario, evidence: Evidence, verdict: Verdict, provenance: Provenance
) -> None:
    """Writes ``report.html`` and ``junit.xml`` into the run folder, for any journal, also one that broke off. Raises
    :class:`~simnet.errors.StorageError` where the disk takes no more."""
    store(folder / "junit.xml", junit(folder, scenario, evidence, verdict).decode())
    store(folder / "report.html", html(folder, scenario, evidence, verdict, provenance))
