"""``junit.xml``: the verdict as CI systems read it.

One suite for the run, one case for each finding. A failed finding is a ``failure``. An inconclusive one is an
``error``, not ``skipped``: CI shows skipped cases as green, and a rehearsal that proves nothing must not pass
unnoticed; ``error`` is what JUnit calls a test that could not come to its verdict. What the harness itself could not
do is an ``error`` of its own case. Only a suspended invariant is ``skipped``: the run is not held to it.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from simnet.checks import Finding, Status
from simnet.checks.verdict import Verdict
from simnet.journal import Evidence
from simnet.report.words import finding_text, printable, repeat_command
from simnet.scenario import Scenario

_TAGS = {Status.FAILED: "failure", Status.INCONCLUSIVE: "error", Status.SUSPENDED: "skipped"}


def junit(folder: Path, scenario: Scenario, evidence: Evidence, verdict: Verdict) -> bytes:
    """The XML document, UTF-8. A finding's time is the length of the interval that it judged, in seconds."""
    errors = sum(one.status is Status.INCONCLUSIVE for one in verdict.findings) + (verdict.harness_error is not None)
    cases = len(verdict.findings) + (verdict.harness_error is not None)
    suite = ElementTree.Element(
        "testsuite",
        name=printable(f"simnet.{scenario.name}"),
        tests=str(cases),
        failures=str(sum(one.status is Status.FAILED for one in verdict.findings)),
        errors=str(errors),
        skipped=str(len(verdict.suspended)),
        time=f"{evidence.now:.3f}",
    )
    suite.set("timestamp", printable(evidence.run.started))
    properties = ElementTree.SubElement(suite, "properties")
    named = {
        "run": evidence.run.run,
        "provider": evidence.run.provider,
        "seed": evidence.run.seed,
        "verdict": verdict.status.value,
        **evidence.run.versions,
    }
    for name, value in named.items():
        if value is not None:
            ElementTree.SubElement(properties, "property", name=printable(str(name)), value=printable(str(value)))
    for finding in verdict.findings:
        _case(suite, scenario, finding, evidence.t0)
    if verdict.harness_error is not None:
        case = ElementTree.SubElement(suite, "testcase", classname=f"simnet.{scenario.name}.harness", name="harness")
        error = ElementTree.SubElement(
            case, "error", type="harness", message=printable(_first_line(verdict.harness_error))
        )
        error.text = printable(verdict.harness_error)
    out = ElementTree.SubElement(suite, "system-out")
    out.text = printable(f"Repeat this run: {repeat_command(folder, evidence)}\nReport: {folder / 'report.html'}\n")
    suites = ElementTree.Element("testsuites", dict(suite.items()))
    suites.append(suite)
    ElementTree.indent(suites)
    return bytes(ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)) + b"\n"


def _case(suite: ElementTree.Element, scenario: Scenario, finding: Finding, t0: float | None) -> None:
    group = "invariants" if finding.invariant else "checks"
    length = finding.end - finding.start if finding.start is not None and finding.end is not None else 0.0
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=printable(f"simnet.{scenario.name}.{group}"),
        name=printable(finding.check),
        time=f"{max(0.0, length):.3f}",
    )
    if finding.status is Status.HELD:
        return
    tag = _TAGS[finding.status]
    problem = ElementTree.SubElement(case, tag, type=finding.status.value, message=printable(_first_line(finding.seen)))
    problem.text = printable(finding_text(finding, t0))


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0]
