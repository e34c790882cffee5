"""The property that a test asserts of drawn cases: everything that the scenario expects held, and every invariant."""

from __future__ import annotations

import functools
from pathlib import Path

from hypothesis import currently_in_test_context, note, reject

from simnet.checks import Finding, Status
from simnet.errors import SimnetError
from simnet.scenario import Scenario
from simnet.scenario.save import save_scenario, to_data, write_yaml
from simnet.search.trial import Trial

FAILING = Path(".hypothesis") / "simnet"
"""Where failing cases are written as scenario files, beside Hypothesis's own database."""

_MOST = 3
"""Findings that a failure quotes."""


class CaseFailed(AssertionError):  # noqa: N818 - pytest shows the name, and what failed is the case
    """A case in which something did not hold. The message quotes the findings; it or a note has the schedule."""


def assert_held(trial: Trial, folder: Path | str = FAILING) -> None:
    """Raises :class:`CaseFailed` when a case failed, with a subclass for each finding, so that Hypothesis tells one bug
    from another.

    The failing case is written to ``folder`` under the scenario's name; the report has the command that runs it again.
    What is inconclusive proves nothing: within a Hypothesis test the example is rejected, elsewhere it fails. Raises
    :class:`~simnet.errors.SimnetError` when the harness failed.
    """
    verdict = trial.verdict
    if verdict.status is Status.HELD:
        return
    if verdict.harness_error is not None and verdict.status is not Status.FAILED:
        raise SimnetError(f"the case did not run to its end: {verdict.harness_error}")
    wrong = [finding for finding in verdict.findings if finding.status is verdict.status]
    if verdict.status is Status.INCONCLUSIVE and currently_in_test_context():
        reject()
    more = [f"and {len(wrong) - _MOST} more"] if len(wrong) > _MOST else []
    text = "\n".join([*map(_text, wrong[:_MOST]), *more])
    how = f"{_schedule(trial.scenario)}\n{_written(trial.scenario, Path(folder))}"
    if currently_in_test_context():
        note(how)
        raise _failure(wrong[0].check)(text)
    raise _failure(wrong[0].check)(f"{text}\n{how}")


@functools.cache
def _failure(check: str) -> type[CaseFailed]:
    """Hypothesis takes failures of one class at one place for the same bug, so each finding has a class of its own."""
    return type(f"CaseFailed[{check}]", (CaseFailed,), {})


def _text(finding: Finding) -> str:
    return f"{finding.check} {finding.status}: expected {finding.expected}; seen: {finding.seen}"


def _schedule(scenario: Scenario) -> str:
    """What the scenario's file says of it."""
    if not scenario.schedule:
        return "schedule: no fault at all"
    return write_yaml({"schedule": to_data(scenario.schedule)}).rstrip()


def _written(scenario: Scenario, folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{scenario.name}.yaml"
    path.write_text(save_scenario(scenario), encoding="utf-8")
    return f"again: simnet run {path}"
