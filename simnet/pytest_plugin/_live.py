"""The network of one test: which one it is, how it begins, and what is judged when the test ends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simnet.checks import Finding
from simnet.errors import InputError, SimnetError
from simnet.fields import Seconds, Words
from simnet.forms import read_as
from simnet.journal.records import StepDone
from simnet.preflight import in_network
from simnet.providers.base import Plan
from simnet.pytest_plugin._shared_network import SharedNetwork
from simnet.pytest_plugin._text import Summary, command_of_test, findings_in_lines, properties
from simnet.refusals import in_short
from simnet.rehearsal import Outcome
from simnet.scenario import NetworkSpec, Scenario
from simnet.scenario.loader import load_network
from simnet.testing import NetworkUnderTest

_WATCHED = ("log_patterns", "metrics")
"""What a test without a scenario has to name beforehand, since it is journaled only if somebody asks."""

_STEPS = "steps completed"
"""The invariant that tells again that the test failed; it says nothing about the network."""


class LiveNetwork:
    """A run that lasts as long as a test, on the network that tests share, which is launched if none is up.

    ``default`` is what the fixture ``simnet_network`` gave. Fails the test's setup when there is no network to be had.
    """

    def __init__(
        self,
        item: pytest.Item,
        default: NetworkSpec | Mapping[str, Any] | Path | str | None,
        shared_network: SharedNetwork,
    ) -> None:
        self._item = item
        self._shared_network = shared_network
        try:
            wanted = _wanted(item, default)
            self._run = shared_network.begin(wanted.scenario, wanted.plan)
        except SimnetError as error:
            pytest.fail(f"error: {error}", pytrace=False)
        try:
            network = shared_network.network(self._run, wanted.start_within)
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
                self.under_test.network.heal_all()
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


@dataclass(frozen=True)
class _Wanted:
    """What a test asks for: the scenario that its folder stores, the provider's plan, seconds to the barrier at most
    where the test says how many."""

    scenario: Scenario
    plan: Plan
    start_within: float | None


def _wanted(item: pytest.Item, default: NetworkSpec | Mapping[str, Any] | Path | str | None) -> _Wanted:
    """By a test's marker, else by the fixture."""
    marker = item.get_closest_marker("simnet")
    options = dict(marker.kwargs) if marker is not None else {}
    source = marker.args[0] if marker is not None and marker.args else default
    if source is None:
        raise InputError(
            f"{item.name} asks for a network and says not which: mark it with pytest.mark.simnet(FILE or NetworkSpec),"
            " or override the fixture simnet_network"
        )
    spec = _spec(item, source)
    seed = _seed(item, options.pop("seed", 0))
    start_within = options.pop("start_within", None)
    patterns, metrics = (read_as(Words, options.pop(name, ()), f"the marker simnet: {name}") for name in _WATCHED)
    if options:
        raise InputError(
            f"the marker simnet has no {', '.join(options)}; it takes seed, start_within, log_patterns and metrics"
        )
    name = re.sub(r"[^a-z0-9]+", "-", item.name.lower()).strip("-")[:100] or "test"
    return _Wanted(
        scenario=Scenario(name=name, description=item.nodeid, seed=seed, network=spec),
        plan=Plan(topology=spec.topology(), links=spec.links, seed=seed, log_patterns=patterns, metrics=metrics),
        start_within=None
        if start_within is None
        else read_as(Seconds, start_within, "the marker simnet: start_within"),
    )


def _spec(item: pytest.Item, source: object) -> NetworkSpec:
    if isinstance(source, NetworkSpec):
        return source
    if isinstance(source, Mapping):
        return NetworkSpec(**source)
    if isinstance(source, (str, Path)):
        return load_network(_file(item, Path(source)), further=in_network)
    raise InputError(f"a network is a file, a NetworkSpec or a mapping as files have it, and not {in_short(source)}")


def _seed(item: pytest.Item, marked: object) -> int:
    """The seed that the test itself is parametrized by, else the command line's, else the marker's."""
    given = item.config.getoption("--simnet-seed")
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    seed = parameters.get("seed", marked if given is None else given)
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise InputError(f"a seed is a whole number, 0 or more, and not {in_short(seed)}")
    return seed


def _file(item: pytest.Item, path: Path) -> Path:
    """A network file, relative to the test's folder or to pytest's root folder."""
    places = [item.path.parent / path, item.config.rootpath / path]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise InputError(f"there is no network file {path}, neither at {places[0]} nor at {places[1]}")
    return found
