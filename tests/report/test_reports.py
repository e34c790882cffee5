"""The files that a run leaves: they come out for any journal, stand alone, and say what the verdict says."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from simnet.checks import Finding, Status
from simnet.checks.notes import Note
from simnet.checks.verdict import Verdict
from simnet.escaping import printable
from simnet.journal import Evidence, Kind
from simnet.journal.records import FaultObserved, ObservationGap
from simnet.report import write_reports
from simnet.scenario import Scenario
from tests.checks import journals
from tests.report.story import PROVENANCE, Story, forked

NASTY = "panicked at \x1b[31m]]> <script>alert(1)</script> \x00 \ufffe &"


class Tags(HTMLParser):
    """Opened tags with their attributes, and the text outside of style and script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def finding(status: Status, check: str = "finality_advances", seen: str = "alice never", **more: object) -> Finding:
    return Finding(check=check, status=status, expected="all advance", seen=seen, **more)  # type: ignore[arg-type]


def written(tmp_path: Path, evidence: Evidence, verdict: Verdict) -> tuple[str, ElementTree.Element]:
    write_reports(tmp_path, Scenario(name="tale"), evidence, verdict, PROVENANCE)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    return page, ElementTree.fromstring((tmp_path / "junit.xml").read_bytes())


HELD = Verdict(status=Status.HELD, findings=(finding(Status.HELD),))


@pytest.mark.parametrize("count", [0, 1, 2, 5, 6, 13, 20, 60, 200, 400, 800, 1200, 1600, 2000, 2300])
def test_a_run_that_broke_off_anywhere_is_shown_as_far_as_it_came(tmp_path: Path, count: int) -> None:
    records = journals.records()[:count]
    write_reports(tmp_path, journals.scenario(), journals.evidence(records), journals.verdict(records), PROVENANCE)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not Tags(page).open
    assert "from the journal:" not in page
    ElementTree.fromstring((tmp_path / "junit.xml").read_bytes())


def test_a_journal_without_its_network_is_shown(tmp_path: Path) -> None:
    records = journals.without(lambda record: record.kind is Kind.NETWORK)
    page, _ = written(tmp_path, journals.evidence(records), HELD)
    assert "<h1>tale</h1>" in page


def test_the_rest_comes_out_when_one_part_cannot(tmp_path: Path) -> None:
    story = forked()
    story.journal.append(FaultObserved(id=1, holds=True, readings=[{"what": "links"}]))
    page, _ = written(tmp_path, story.evidence, HELD)
    assert "This table could not be made from the journal: KeyError" in page
    assert "Blocks by author" in page


def test_a_whole_run_is_one_small_file_that_asks_no_network(tmp_path: Path) -> None:
    records = journals.records()
    page, _ = written(tmp_path, journals.evidence(records), journals.verdict(records))
    tags = Tags(page)
    assert not re.search(r"(src|href)=|url\((?!#)|@import|fetch\(", page)
    assert len(page) < 400_000
    assert [attributes["id"] for attributes in tags.named("svg") if "id" in attributes] == [
        "heights", "lag", "lanes", "para-2000", "para-2001", "messages",
    ]  # fmt: skip
    assert len(tags.named("h1")) == 1


def test_what_nodes_wrote_is_text_and_no_markup(tmp_path: Path) -> None:
    story = forked()
    story.t = 27.0
    story.node("alice", ObservationGap(start=26.0, end=27.0, reason=NASTY))
    story.fault(1, "</script><b>", 14.0, 16.0)
    verdict = Verdict(status=Status.FAILED, findings=(finding(Status.FAILED, seen=NASTY),), harness_error=NASTY)
    page, suite = written(tmp_path, story.evidence, verdict)
    assert "<script>alert" not in page
    assert page.count("</script>") == 2
    assert "\\x1b[31m" in page
    assert printable(NASTY) in "".join(suite.itertext())


def test_what_did_not_hold_comes_first_with_the_journals_lines(tmp_path: Path) -> None:
    story = forked()
    verdict = Verdict(
        status=Status.FAILED,
        findings=(
            finding(Status.INCONCLUSIVE, check="first"),
            finding(Status.FAILED, check="second", start=16.0, end=26.0, where=("journal.jsonl:3", "logs/bob.log")),
        ),
    )
    page, _ = written(tmp_path, story.evidence, verdict)
    headings = re.findall(r"</span> (\w+)</h3>", page)
    assert headings == ["second", "first"]
    assert "16.0 to 26.0 s (t0 + 10.0 s to t0 + 20.0 s)" in page
    assert "<b>journal.jsonl:3</b> {&#34;seq&#34;:2" in page


def test_inconclusive_is_an_error_in_junit(tmp_path: Path) -> None:
    findings = (finding(Status.HELD), finding(Status.FAILED), finding(Status.INCONCLUSIVE, invariant=True))
    _, suites = written(tmp_path, Story().evidence, Verdict(status=Status.FAILED, findings=findings))
    (suite,) = suites
    cases = suite.findall("testcase")
    assert [[child.tag for child in case] for case in cases] == [[], ["failure"], ["error"]]
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["3", "1", "1", "0"]
    assert [case.get("classname") for case in cases] == ["simnet.tale.checks"] * 2 + ["simnet.tale.invariants"]


def test_only_a_suspended_invariant_is_skipped_in_junit(tmp_path: Path) -> None:
    findings = (finding(Status.HELD), finding(Status.SUSPENDED, invariant=True, seen="3 of 4 were byzantine"))
    page, suites = written(tmp_path, Story().evidence, Verdict(status=Status.HELD, findings=findings))
    assert suites[0].get("skipped") == "1"
    skipped = suites[0].find("testcase/skipped")
    assert skipped is not None
    assert skipped.get("message") == "3 of 4 were byzantine"
    assert "1 of 2 findings held, 1 suspended" in page


def test_a_failure_of_the_harness_is_a_case_of_its_own(tmp_path: Path) -> None:
    _, suites = written(tmp_path, Story().evidence, Verdict(Status.INCONCLUSIVE, (), harness_error="no engine\nsee"))
    error = suites[0].find("testcase/error")
    assert error is not None
    assert error.get("message") == "no engine"


def test_junit_carries_the_runs_parameters_and_how_to_repeat_it(tmp_path: Path) -> None:
    _, suites = written(tmp_path, Story().evidence, HELD)
    properties = {one.get("name"): one.get("value") for one in suites[0].iter("property")}
    assert properties == {"run": "tale-1", "provider": "toy", "seed": "7", "verdict": "held"}
    assert f"simnet run {tmp_path / 'scenario.yaml'} --provider toy" in (suites[0].findtext("system-out") or "")


def test_every_report_lists_what_was_changed_past_a_chains_users(tmp_path: Path) -> None:
    told = ("storage of relay: System.Number set to <1> (by sudo)",)
    page, suites = written(tmp_path, Story().evidence, replace(HELD, interventions=told))
    assert "System.Number set to &lt;1&gt; (by sudo)" in page
    (found,) = suites[0].findall("properties/property[@name='intervention']")
    assert found.get("value") == told[0]


def test_every_report_has_the_notes(tmp_path: Path) -> None:
    page, suites = written(tmp_path, Story().evidence, replace(HELD, notes=(Note("trapped", "<1> of relay"),)))
    assert "&lt;1&gt; of relay" in page
    (found,) = suites[0].findall("properties/property[@name='trapped']")
    assert found.get("value") == "<1> of relay"
