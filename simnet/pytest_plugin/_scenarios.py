"""Scenario files as tests: one item for each file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simnet.checks import Status
from simnet.errors import InputError, SimnetError
from simnet.preflight import in_scenario
from simnet.providers.base import Plan, Provider
from simnet.pytest_plugin._options import HARNESS_ERROR
from simnet.pytest_plugin._shared_network import SharedNetwork, shared_network_of
from simnet.pytest_plugin._text import Summary, command_of_scenario, findings_in_lines, properties
from simnet.rehearsal import Outcome, check_plan, plan_of, rehearse
from simnet.scenario import Scenario
from simnet.scenario.loader import load_scenario


class ScenarioFailed(Exception):  # noqa: N818 - it is an outcome, not an error
    """A run that did not hold; carries how pytest shows it."""

    def __init__(self, summary: Summary) -> None:
        self.summary = summary
        super().__init__(str(summary))


class ScenarioFile(pytest.File):
    """A scenario file. One with mistakes is a collection error that lists them with file, line and column."""

    def collect(self) -> Iterator[ScenarioItem]:
        try:
            scenario = load_scenario(Path(os.path.relpath(self.path)), further=in_scenario)
        except InputError as error:
            raise self.CollectError(str(error)) from None
        seed = self.config.getoption("--simnet-seed")
        if seed is not None:
            scenario = scenario.model_copy(update={"seed": seed})
        yield ScenarioItem.from_parent(self, name=scenario.name, scenario=scenario)


class ScenarioItem(pytest.Item):
    """The test that a scenario's run holds."""

    def __init__(self, *, scenario: Scenario, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scenario = scenario
        self.add_marker("simnet")
        if self.config.pluginmanager.hasplugin("timeout"):
            # A rehearsal takes minutes and has deadlines of its own; pytest-timeout's general one is for unit tests.
            self.add_marker(pytest.mark.timeout(0))
        self.extra_keyword_matches.update(scenario.tags)

    def runtest(self) -> None:
        try:
            outcome = self._run(shared_network_of(self.config))
        except SimnetError:
            self.user_properties.append(HARNESS_ERROR)
            raise
        self.user_properties += properties(outcome)
        self.add_report_section("call", "simnet", findings_in_lines(outcome))
        again = command_of_scenario(
            Path(os.path.relpath(self.path)), self.scenario.seed, self.config.getoption("--simnet-provider")
        )
        summary = Summary(outcome, outcome.verdict.failures, again)
        if outcome.verdict.harness_error is not None:
            self.user_properties.append(HARNESS_ERROR)
            raise ScenarioFailed(summary)
        if outcome.verdict.status is Status.INCONCLUSIVE and self.config.getoption("--simnet-inconclusive") == "skip":
            pytest.skip(summary.message)
        if outcome.verdict.status is not Status.HELD:
            raise ScenarioFailed(summary)

    def _run(self, shared_network: SharedNetwork) -> Outcome:
        plan = plan_of(self.scenario)
        if self.config.getoption("--simnet-share"):
            check_plan(shared_network.provider, plan)
            return shared_network.play(self.scenario, shared_plan(plan, self.session.items, shared_network.provider))
        shared_network.close()
        return rehearse(self.scenario, shared_network.provider, shared_network.options)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The findings for a run that did not hold, the text alone for what simnet says of itself."""
        error = excinfo.value
        if isinstance(error, ScenarioFailed):
            return error.summary
        if isinstance(error, SimnetError):
            return f"error: {error}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, f"scenario {self.name}"


def shared_plan(plan: Plan, items: list[pytest.Item], provider: Provider) -> Plan:
    """The plan of a network that serves every scenario of the session with this plan's topology, links and seed.

    It has the faults, log patterns, metrics and releases of them all, since what is watched is settled at the launch.
    """
    plans = [plan_of(item.scenario) for item in items if isinstance(item, ScenarioItem)]
    alike = [
        other
        for other in plans
        if (other.topology, other.links, other.seed) == (plan.topology, plan.links, plan.seed)
        and not provider.plan(other)
    ]
    return replace(
        plan,
        faults=tuple(fault for other in alike for fault in other.faults),
        log_patterns=tuple(sorted({pattern for other in alike for pattern in other.log_patterns})),
        metrics=tuple(sorted({name for other in alike for name in other.metrics})),
        versions=any(other.versions for other in alike),
    )
