"""``junit.xml``: the verdict as CI systems read it.

One suite for the run, one case for each finding. A failed finding is a ``failure``. An inconclusive one is an
``error``, not ``skipped``: CI shows skipped cases as green, and a rehearsal that proves nothing must not pass
unnoticed; ``error`` is what JUnit calls a test that could not come to its verdict. What the harness itself could not
do is an ``error`` of its own case. Only a suspended invariant is ``skipped``: the run is not held to it.
"""

from __future__ import annotations

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


def junit(folder: Path, scenario: Scenario, evidence: Evidence, verdict: Verdict) -> bytes:
    """The XML document, UTF-8. A finding's time is the length of the interval that it judged, in seconds."""
    named = {"name": printable(f"simnet.{scenario.name}"), **dict.fromkeys(_COUNTED, "")}
    times = {"time": f"{evidence.now:.3f}", "timestamp": printable(evidence.run.started)}
    suite = ElementTree.Element("testsuite", named | times)
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
    for finding in verdict.findings:
        length = finding.end - finding.start if finding.start is not None and finding.end is not None else 0.0
        group = "invariants" if finding.invariant else "checks"
        case = _case(suite, scenario, group, finding.check, time=f"{max(0.0, length):.3f}")
        if finding.status is not Status.HELD:
            text = finding_text(finding, evidence.t0)
            _problem(case, _TAGS[finding.status], finding.status.value, finding.seen, text)
    if verdict.harness_error is not None:
        case = _case(suite, scenario, "harness", "harness")
        _problem(case, "error", "harness", verdict.harness_error, verdict.harness_error)
    for count, path in _COUNTED.items():
        suite.set(count, str(len(suite.findall(path))))
    out = f"Repeat this run: {repeat_command(folder, evidence)}\nReport: {folder / 'report.html'}\n"
    ElementTree.SubElement(suite, "system-out").text = printable(out)
    suites = ElementTree.Element("testsuites", dict(suite.items()))
    suites.append(suite)
    ElementTree.indent(suites)
    return bytes(ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)) + b"\n"


def _case(suite: ElementTree.Element, scenario: Scenario, group: str, name: str, **more: str) -> ElementTree.Element:
    about = {"classname": printable(f"simnet.{scenario.name}.{group}"), "name": printable(name)}
    return ElementTree.SubElement(suite, "testcase", about | more)


def _problem(case: ElementTree.Element, tag: str, kind: str, seen: str, text: str) -> None:
    first = seen.strip().split("\n", 1)[0]
    ElementTree.SubElement(case, tag, type=kind, message=printable(first)).text = printable(text)
