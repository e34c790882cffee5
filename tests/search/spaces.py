"""Spaces for tests of strategies and shrinking, and trials that judge a schedule without running it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simnet.checks import Finding, Status
from simnet.checks.verdict import Verdict
from simnet.journal import Evidence
from simnet.scenario import NetworkSpec, Scenario, WindowSpec
from simnet.search import Space, Trial
from simnet.search.case_coverage import coverage_of

NETWORK = NetworkSpec.model_validate(
    {
        "relay": {
            "validators": [
                {"name": "alice", "region": "eu"},
                {"name": "bob", "region": "eu"},
                {"name": "charlie", "region": "us"},
                {"name": "dave", "region": "us"},
            ]
        },
        "parachains": [{"id": 2000}, {"id": 2001}],
    }
)


def space(**how: Any) -> Space:
    """Four validators in two regions, two parachains, any kind of fault."""
    return Space(base=Scenario(name="drawn", network=NETWORK), **how)


def trial_of(fails: Callable[[tuple[WindowSpec, ...]], str | None]) -> Callable[[Scenario], Trial]:
    """A trial that fails the finding that ``fails`` names for a schedule, and holds when it names none."""

    def trial(scenario: Scenario) -> Trial:
        name = fails(scenario.schedule)
        return judged(scenario, {name: Status.FAILED} if name else {})

    return trial


def judged(scenario: Scenario, findings: dict[str, Status], error: str | None = None) -> Trial:
    """A trial with these findings and nothing behind them."""
    status = max(findings.values(), default=Status.HELD, key=[Status.HELD, Status.INCONCLUSIVE, Status.FAILED].index)
    found = tuple(Finding(check=name, status=one, expected="peace", seen="none") for name, one in findings.items())
    if error is not None and status is Status.HELD:
        status = Status.INCONCLUSIVE
    return Trial(scenario, Verdict(status, found, error), coverage_of(Evidence()), 0.0)
