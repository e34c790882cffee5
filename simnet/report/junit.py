"""``junit.xml``: the verdict as CI systems read it.

One suite for a run, one case for each finding. A failed finding is a ``failure``. An inconclusive one is an
``error``, not ``skipped``: CI shows skipped cases as green, and a rehearsal that proves nothing must not pass
unnoticed; ``error`` is what JUnit calls a test that could not come to its verdict. What the harness itself could not
do is an ``error`` of its own case. Only a suspended invariant is ``skipped``: the run is not held to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from simnet.checks import Status
from simnet.checks.verdict import Verdict
from simnet.escaping import printable
from simnet.journal import Evidence
from simnet.report.words import finding_text, repeat_command
from simnet.scenario import Scenario

_TAGS = {Status.FAILED: "failure", Status.INCONCLUSIVE: "error", Status.SUSPENDED: "skipped"}


_COUNTED = {
    "tests": "testcase",
    "failures": "testcase/failure",
    "errors": "testcase/error",
    "skipped": "testcase/skipped",
}


@dataclass(frozen=True)
class RunSuite:
    """A run that was judged: a suite with a case for each finding, whose time is the length of the interval that it
    judged, in seconds."""

    folder: Path
    scenario: Scenario
    evidence: Evidence
    verdict: Verdict


@dataclass(frozen=True)
class UnrunSuite:
    """A scenario of which no run came: a suite whose one case is an ``error``."""

    name: str
    file: str
    why: str


def junit(folder: Path, scenario: Scenario, evidence: Evidence, verdict: Verdict) -> bytes:
    """The XML document of one run, UTF-8."""
    return junit_of_all([RunSuite(folder, scenario, evidence, verdict)])


def junit_of_all(suites: Iterable[RunSuite | UnrunSuite]) -> bytes:
    """The XML document of several runs, UTF-8, in their order."""
    made = [_run(one) if isinstance(one, RunSuite) else _unrun(one) for one in suites]
    counts = {count: str(sum(int(suite.get(count, "0")) for suite in made)) for count in _COUNTED}
    seconds = f"{sum(float(suite.get('time', '0')) for suite in made):.3f}"
    name = made[0].get("name", "") if len(made) == 1 else "simnet"
    root = ElementTree.Element("testsuites", {"name": name, **counts, "time": seconds})
    root.extend(made)
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _run(one: RunSuite) -> ElementTree.Element:
    scenario, evidence, verdict = one.scenario, one.evidence, one.verdict
    times = {"time": f"{evidence.now:.3f}", "timestamp": printable(evidence.run.started)}
    suite = _suite(scenario.name, times)
    properties = ElementTree.SubElement(suite, "properties")
    facts = {
        "run": evidence.run.run,
        "provider": evidence.run.provider,
        "seed": evidence.run.seed,
        "verdict": verdict.status.value,
        **evidence.run.versions,
    }
    for name, value in facts.items():
        if value is not None:
            ElementTree.SubElement(properties, "property", name=printable(str(name)), value=printable(str(value)))
    for text in verdict.interventions:
        ElementTree.SubElement(properties, "property", name="intervention", value=printable(text))
    for note in verdict.notes:
        ElementTree.SubElement(properties, "property", name=note.about, value=printable(note.text))
    for finding in verdict.findings:
        length = finding.end - finding.start if finding.start is not None and finding.end is not None else 0.0
        group = "invariants" if finding.invariant else "checks"
        case = _case(suite, scenario.name, group, finding.check, time=f"{max(0.0, length):.3f}")
        if finding.status is not Status.HELD:
            text = finding_text(finding, evidence.t0)
            _problem(case, _TAGS[finding.status], finding.status.value, finding.seen, text)
    if verdict.harness_error is not None:
        case = _case(suite, scenario.name, "harness", "harness")
        _problem(case, "error", "harness", verdict.harness_error, verdict.harness_error)
    out = f"Repeat this run: {repeat_command(one.folder, evidence)}\nReport: {one.folder / 'report.html'}\n"
    return _counted(suite, out)


def _unrun(one: UnrunSuite) -> ElementTree.Element:
    suite = _suite(one.name, {"time": "0.000"})
    _problem(_case(suite, one.name, "harness", "not run"), "error", "not run", one.why, one.why)
    return _counted(suite, f"File: {one.file}\n")


def _suite(name: str, times: Mapping[str, str]) -> ElementTree.Element:
    return ElementTree.Element(
        "testsuite", {"name": printable(f"simnet.{name}"), **dict.fromkeys(_COUNTED, ""), **times}
    )


def _counted(suite: ElementTree.Element, out: str) -> ElementTree.Element:
    for count, path in _COUNTED.items():
        suite.set(count, str(len(suite.findall(path))))
    ElementTree.SubElement(suite, "system-out").text = printable(out)
    return suite


def _case(suite: ElementTree.Element, scenario: str, group: str, name: str, **more: str) -> ElementTree.Element:
    about = {"classname": printable(f"simnet.{scenario}.{group}"), "name": printable(name)}
    return ElementTree.SubElement(suite, "testcase", about | more)


def _problem(case: ElementTree.Element, tag: str, kind: str, seen: str, text: str) -> None:
    first = seen.strip().split("\n", 1)[0]
    ElementTree.SubElement(case, tag, type=kind, message=printable(first)).text = printable(text)
