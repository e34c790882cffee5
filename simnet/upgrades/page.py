"""``index.html`` of a rehearsed upgrade: the decision first, then what it rests on."""

from __future__ import annotations

from simnet.report.diff_words import breakage_text, changes_texts, proposal_lines, subject_text
from simnet.report.rendering import render
from simnet.report.table import ReportTable
from simnet.runtime.diff import RuntimeDiff
from simnet.upgrades.decision import UpgradeDecision, status_of
from simnet.upgrades.decision_words import PHASES, figures, when
from simnet.upgrades.rehearsed import Rehearsed

PAGE = "index.html"
"""Its name in the folder of all."""


def page(decision: UpgradeDecision) -> str:
    """The page, which needs nothing but the reports that it links to."""
    return render(
        "upgrade.html.j2",
        decision=decision,
        facts=_facts(decision),
        styles=[status_of(one.exit_code) for one in decision.rehearsals],
        figures=figures(decision),
        courses=_courses(decision),
        breakages=None if decision.diff is None else _breakages(decision.diff),
        proposal=[] if decision.diff is None else proposal_lines(decision.diff.proposal, decision.diff.authorized),
    )


def _facts(decision: UpgradeDecision) -> list[tuple[str, str]]:
    return [
        ("network", decision.network),
        ("chain", decision.chain),
        ("path", decision.path),
        ("provider", decision.provider),
        ("seed", str(decision.seed)),
        ("code", f"{decision.code[:18]}…, {decision.size:,} bytes"),
    ]


def _courses(decision: UpgradeDecision) -> ReportTable:
    """When the code came how far in each run."""
    ran = [(one, one.course) for one in decision.rehearsals if isinstance(one, Rehearsed) and one.course is not None]
    shown = [phase for phase in PHASES if any(when(course)[phase] for _, course in ran)]
    return ReportTable(
        [
            {
                "rehearsal": one.name,
                **{f"#{phase}": when(course)[phase] or None for phase in shown},
                "#missed": course.missed,
                "#mail under way": course.under_way if course.mail else None,
                "faults": "\n".join(
                    f"{fault.name} {fault.apply_start - course.t0:.1f} to {fault.heal_end - course.t0:.1f}"
                    for fault in sorted(course.faults, key=lambda one: one.apply_start)
                ),
            }
            for one, course in ran
        ],
        note="Seconds since t0 at which each was first seen in any block; missed are slots of the relay chain, or relay"
        " blocks without a candidate of the parachain, over the next ten blocks or candidates.",
    )


def _breakages(diff: RuntimeDiff) -> ReportTable:
    rows = [("old", "", subject_text(diff.old)), ("new", "", subject_text(diff.new))]
    rows += [(one.weight, one.whom, breakage_text(one)) for one in diff.breakages]
    rows += [("differ", "", "; ".join(changes_texts(diff.changes)))]
    rows += [("not compared", "", text) for text in diff.not_compared]
    return ReportTable(
        [{"": label, "whom": whom, "what": what} for label, whom, what in rows],
        ["failed" if label == "breaks" else "" for label, _, _ in rows],
        note="A comparison of what both runtimes say of themselves. It decides nothing: `simnet diff` has all of it.",
    )
