"""How reports put times, faults and findings into words, so that screen, HTML and JUnit say the same."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from simnet.checks import Finding, Status
from simnet.escaping import printable
from simnet.journal import Evidence
from simnet.run_file import Provenance


def seconds(value: float, digits: int = 1) -> str:
    """``12.3 s``."""
    return f"{value:,.{digits}f} s".replace(",", "\u202f")


def since_t0(t: float, t0: float | None) -> str:
    """``t0 + 61.0 s`` or ``t0 − 3.2 s``; empty when the run has no t0."""
    return "" if t0 is None else f"t0 {'+' if t >= t0 else '−'} {abs(t - t0):.1f} s"


def moment(t: float, t0: float | None) -> str:
    """``123.4 s (t0 + 3.2 s)``."""
    return f"{t:.1f} s" + (f" ({since_t0(t, t0)})" if t0 is not None else "")


def when(start: float | None, end: float | None, t0: float | None) -> str:
    """An interval as ``123.4 to 183.4 s (t0 + 0.0 s to t0 + 60.0 s)``; empty when it has neither end."""
    ends = [t for t in (start, end) if t is not None]
    relative = f" ({' to '.join(since_t0(t, t0) for t in ends)})" if t0 is not None else ""
    return f"{' to '.join(f'{t:.1f}' for t in ends)} s{relative}" if ends else ""


def counts_text(findings: Sequence[Finding]) -> str:
    """``9 of 12 findings held, 1 failed, 2 inconclusive``."""
    counts = Counter(one.status for one in findings)
    parts = [f"{counts[one]} {one}" for one in Status if counts[one] and one is not Status.HELD]
    return ", ".join([f"{counts[Status.HELD]} of {len(findings)} findings held", *parts])


def judged_lines(provenance: Provenance) -> list[tuple[str, str]]:
    """(label, text) of what a verdict rests on."""
    seal = provenance.journal
    if seal is None:
        shown = "the journal could not be written to its end"
    else:
        how = "sealed" if seal.sealed else "without a seal, so that nothing shows whether it was edited"
        shown = f"{plural(seal.records, 'record')}, {how}; sha256 {seal.digest}"
    lines = [("journal", shown)]
    if provenance.judged_by is not None:
        lines.append(("judged by", f"{provenance.judged_by}, not by what the run expected"))
    return lines


def provenance_lines(provenance: Provenance) -> list[tuple[str, str]]:
    """(label, text) of when that was, by wall time, and with what."""
    took = f", {seconds(provenance.seconds)}" if provenance.seconds is not None else ""
    ran = f"{provenance.started} to {provenance.ended}{took}" if provenance.started else "not told"
    by = f"simnet {provenance.simnet}" + (f", commit {provenance.commit}" if provenance.commit else "")
    parts = [(f"wall time, {what}", f"{taken * 1e3:,.2f} ms") for what, taken in provenance.took.items()]
    return [("wall time", ran), *parts, ("judged", f"{provenance.judged}, {by}"), *judged_lines(provenance)]


def finding_lines(finding: Finding, t0: float | None) -> list[tuple[str, str]]:
    """(label, text) of what a finding says: expected, seen, when, where to look. Empty ones are left out."""
    lines = [
        ("expected", finding.expected),
        ("seen", finding.seen),
        ("when", when(finding.start, finding.end, t0)),
        ("look at", ", ".join(finding.where)),
    ]
    return [(label, printable(text)) for label, text in lines if text]


def finding_text(finding: Finding, t0: float | None) -> str:
    """The same as aligned plain lines."""
    return "\n".join(f"{label + ':':10}{text}" for label, text in finding_lines(finding, t0))


def fault_text(fault: Mapping[str, Any]) -> str:
    """A journaled fault in one line: ``partition groups=alice+bob|charlie+dave``."""
    parts = [f"{key}={_short(value)}" for key, value in fault.items() if key != "kind"]
    return " ".join([str(fault.get("kind", "fault")), *parts])


def act_text(told: dict[str, Any], t0: float | None) -> str:
    """What a byzantine node did of an act: ``eve back_invalid: 3 of 12 occasions used (t0 + 5.0 s to t0 + 61.2 s)``."""
    text = f"{told['node']} {told['act']}: "
    if not told["occasions"]:
        return text + "no occasion"
    return text + f"{told['used']} of {plural(told['occasions'], 'occasion')} used" + _between(told, t0)


def _between(told: dict[str, Any], t0: float | None) -> str:
    if told["first"] is None:
        return ""
    times = [since_t0(t, t0) or f"{t:.1f} s" for t in (told["first"], told["last"])]
    return f" ({' to '.join(dict.fromkeys(times))})"


def acts_texts(evidence: Evidence) -> list[str]:
    """What byzantine nodes did, a line for each fault."""
    return [
        f"{window.name}: " + ", ".join(act_text(one, evidence.t0) for one in window.acts)
        for window in evidence.windows.values()
        if window.acts
    ]


def _short(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        nested = any(isinstance(item, (list, tuple)) for item in value)
        return ("|" if nested else "+").join(_short(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def repeat_command(folder: Path, evidence: Evidence) -> str:
    """The command that runs the stored scenario again, seed included."""
    provider = evidence.run.provider
    words = ["simnet", "run", str(folder / "scenario.yaml")]
    return shlex.join([*words, "--provider", str(provider)] if provider else words)


def plural(count: int, noun: str) -> str:
    """``1 block``, ``2 blocks``."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
