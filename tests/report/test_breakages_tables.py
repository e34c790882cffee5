"""The section of a report on each upgrade: what the new code breaks, as far as the codes are to be had."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simnet.checks import Status
from simnet.checks.verdict import Verdict
from simnet.codec import blake2_256
from simnet.journal import Evidence
from simnet.journal.records import CodeRead, UpgradeAsked
from simnet.network.topology import Chain
from simnet.report import write_reports
from simnet.report.breakages_tables import upgrade_tables
from simnet.report.table import ReportTable
from simnet.runtime.bundled import runtime_code
from simnet.scenario import Scenario
from tests.report.story import PROVENANCE, Story


def hash_of(name: str) -> str:
    return "0x" + blake2_256(runtime_code(Chain(id="2000", runtime=name))).hex()


PENPAL, WESTEND, UNKNOWN = hash_of("penpal"), hash_of("westend"), "0x" + "33" * 32


def told(new: str, old: str | None = PENPAL) -> Evidence:
    """A parachain that has a code, of which a finalized block tells, and is asked for another."""
    story = Story()
    story.block("a1", 1, "a0", "alice")
    story.block("c1", 1, "c0", "collator", chain="2000", relay_parent="a1")
    story.final("collator", "c1", 1, chain="2000")
    if old is not None:
        story.journal.append(CodeRead(code=old), chain="2000", height=1, hash="c1")
    story.journal.append(UpgradeAsked(code=new, path="authorized", size=1), chain="2000")
    return story.evidence


def tables(folder: Path, evidence: Evidence) -> dict[str, ReportTable]:
    return dict(upgrade_tables(folder, Scenario(name="tale"), evidence))


def test_the_two_codes_of_an_upgrade_are_compared(tmp_path: Path) -> None:
    breaks, changes = tables(tmp_path, told(WESTEND)).values()
    rows = [(row[""], row["whom"]) for row in breaks.rows]
    assert rows[:3] == [("old", ""), ("new", ""), ("breaks", "the upgrade")]
    assert ("pallet", "Balances") in {(row["what"], row["name"]) for row in changes.rows}


def test_what_was_compared_once_stays_in_the_runs_folder(tmp_path: Path) -> None:
    first = tables(tmp_path, told(WESTEND))
    (kept,) = tmp_path.glob("diff-*.json")
    assert json.loads(kept.read_text())["new"]["code_hash"] == WESTEND
    told_in_file = json.loads(kept.read_text())
    told_in_file["new"]["source"] = "from the file"
    kept.write_text(json.dumps(told_in_file))
    again = tables(tmp_path, told(WESTEND))
    assert again.keys() == first.keys()
    assert any("from the file" in str(row["what"]) for table in again.values() for row in table.rows)


@pytest.mark.parametrize(
    ("new", "old", "why"),
    [
        (UNKNOWN, PENPAL, "the code 0x33333333 is no bundled runtime's, and in no file that the scenario names"),
        (WESTEND, UNKNOWN, "the code 0x33333333 is no bundled runtime's"),
        (WESTEND, None, "which code the chain had before was not read"),
    ],
    ids=["the new one", "the old one", "nobody read it"],
)
def test_codes_that_are_not_to_be_had_are_said_to_be_so(tmp_path: Path, new: str, old: str | None, why: str) -> None:
    (table,) = tables(tmp_path, told(new, old)).values()
    (row,) = table.rows
    assert row[""] == "not compared"
    assert str(row["why"]).startswith(why)
    assert list(tmp_path.iterdir()) == []


def test_a_kept_comparison_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / f"diff-{PENPAL[2:10]}-{WESTEND[2:10]}.json").write_text("{}")
    (table,) = tables(tmp_path, told(WESTEND)).values()
    assert "cannot be read: remove it" in str(table.rows[0]["why"])


def test_the_report_shows_it_and_a_run_without_an_upgrade_has_none(tmp_path: Path) -> None:
    verdict = Verdict(status=Status.HELD, findings=())
    write_reports(tmp_path, Scenario(name="tale"), told(UNKNOWN), verdict, PROVENANCE)
    assert "Upgrade of 2000 to 0x33333333" in (tmp_path / "report.html").read_text()
    write_reports(tmp_path, Scenario(name="tale"), Story().evidence, verdict, PROVENANCE)
    assert "Upgrade of" not in (tmp_path / "report.html").read_text()
