"""The network of one test: which one it is, how it begins, and what is judged when the test ends."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simnet.checks import Finding
from simnet.errors import InputError, SimnetError
from simnet.journal.records import StepDone
from simnet.preflight import in_network
from simnet.providers.base import Plan
from simnet.pytest_plugin._shared_network import SharedNetwork
from simnet.pytest_plugin._text import Summary, command_of_test, findings_in_lines, properties
from simnet.rehearsal import Outcome
from simnet.scenario import NetworkSpec, Scenario
from simnet.scenario.loader import load_network
from simnet.testing import NetworkUnderTest

_STEPS = "steps completed"
"""The invariant that tells again that the test failed; it says nothing about the network."""


class LiveNetwork:
    """A run that lasts as long as a test, on the network that tests share, which is launched if none is up.

    ``default`` is what the fixture ``simnet_network`` gave. Fails the test's setup when there is no network to be had.
    """

    def __init__(
        self, item: pytest.Item, default: NetworkSpec | Path | str | None, shared_network: SharedNetwork
    ) -> None:
        self._item = item
        self._shared_network = shared_network
        try:
            scenario, plan = _wanted(item, default)
            self._run = shared_network.begin(scenario, plan)
        except SimnetError as error:
            pytest.fail(f"error: {error}", pytrace=False)
        try:
            network = shared_network.network(self._run)
        except BaseException as error:
            outcome = self._run.end(error)
            shared_network.close()
            if isinstance(error, SimnetError):
                pytest.fail(str(self._summary(outcome, [])), pytrace=False)
            raise
        self._open = True
        self._start = network.now()
        self.under_test = NetworkUnderTest(network, self._run.folder)

    def end(self, error: BaseException | None) -> None:
        """Heals everything, judges the test's time and fails the test for a broken invariant unless it failed already.

        ``error`` is what the test itself ended by. The network stays up for the next test if its invariants hold and
        nothing of this test stays in it.
        """
        outcome = self._close(error)
        self._item.user_properties += properties(outcome)
        self._item.add_report_section("call", "simnet", f"{findings_in_lines(outcome)}\n{self._summary(outcome, [])}")
        broken = _broken(outcome)
        if error is None and (broken or outcome.verdict.harness_error is not None):
            pytest.fail(str(self._summary(outcome, broken)), pytrace=False)

    def abandon(self) -> None:
        """Ends the run of a test that never came to its call."""
        if self._open:
            self._close(None)

    def _close(self, error: BaseException | None) -> Outcome:
        self._open = False
        broke_off: BaseException | None = error if isinstance(error, KeyboardInterrupt) else None
        if broke_off is None:
            try:
                self.under_test.heal_all()
                self._note_test(error)
                self.under_test.network.settle()
            except (SimnetError, KeyboardInterrupt) as caught:
                broke_off = caught
        outcome = self._run.end(broke_off, reports=bool(error or broke_off))
        self._shared_network.keep(outcome, sound=broke_off is None and not _broken(outcome))
        if isinstance(broke_off, KeyboardInterrupt) and broke_off is not error:
            raise broke_off
        return outcome

    def _note_test(self, error: BaseException | None) -> None:
        """Journals the test as the run's one step, so that its folder shows what became of it."""
        network = self.under_test.network
        failure = None if error is None or isinstance(error, pytest.skip.Exception) else str(error) or repr(error)
        network.journal.append(
            StepDone(
                index=0,
                verb="test",
                label=None,
                text=self._item.nodeid,
                start=round(self._start, 6),
                end=round(network.now(), 6),
                failure=failure,
                conclusive=True,
            )
        )

    def _summary(self, outcome: Outcome, findings: list[Finding]) -> Summary:
        again = command_of_test(self._item.nodeid, outcome.scenario.seed, self._shared_network.provider.name)
        return Summary(outcome, findings, again)


def _broken(outcome: Outcome) -> list[Finding]:
    return [finding for finding in outcome.verdict.failures if finding.check != _STEPS]


def _wanted(item: pytest.Item, default: NetworkSpec | Path | str | None) -> tuple[Scenario, Plan]:
    """What a test's marker asks for, else the fixture: the scenario that its folder stores, and the provider's plan."""
    marker = item.get_closest_marker("simnet")
    options = dict(marker.kwargs) if marker is not None else {}
    source = marker.args[0] if marker is not None and marker.args else default
    if source is None:
        raise InputError(
            f"{item.name} asks for a network and says not which: mark it with pytest.mark.simnet(FILE or NetworkSpec),"
            " or override the fixture simnet_network"
        )
    spec = source if isinstance(source, NetworkSpec) else load_network(_file(item, Path(source)), further=in_network)
    seed = item.config.getoption("--simnet-seed")
    seed = options.pop("seed", 0) if seed is None else seed
    patterns, metrics = tuple(options.pop("log_patterns", ())), tuple(options.pop("metrics", ()))
    if options:
        raise InputError(f"the marker simnet has no {', '.join(options)}; it takes seed, log_patterns and metrics")
    name = re.sub(r"[^a-z0-9]+", "-", item.name.lower()).strip("-")[:100] or "test"
    plan = Plan(topology=spec.topology(), links=spec.links, seed=seed, log_patterns=patterns, metrics=metrics)
    return Scenario(name=name, description=item.nodeid, seed=seed, network=spec), plan


def _file(item: pytest.Item, path: Path) -> Path:
    """A network file, relative to the test's folder or to pytest's root folder."""
    places = [item.path.parent / path, item.config.rootpath / path]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise InputError(f"there is no network file {path}, neither at {places[0]} nor at {places[1]}")
    return found
