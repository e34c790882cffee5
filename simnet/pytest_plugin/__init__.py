"""The pytest plugin: scenario files as tests, and networks as fixtures.

This module loads in every pytest run of whoever has simnet installed, so what it needs is imported when a scenario or a
network is asked for.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simnet.errors import SimnetError
from simnet.pytest_plugin import _hooks, _options

if TYPE_CHECKING:
    from simnet.providers.base import Provider
    from simnet.pytest_plugin._scenarios import ScenarioFile
    from simnet.pytest_plugin._shared_network import SharedNetwork
    from simnet.scenario import NetworkSpec
    from simnet.testing import NetworkUnderTest

__all__ = ["network", "simnet_network"]
"""The fixtures that suites use; the hooks are pytest's."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(_hooks)


def pytest_addoption(parser: pytest.Parser) -> None:
    _options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "simnet(network, *, seed=0, start_within=None, log_patterns=(), metrics=()): what the fixture `network` is, a"
        " file, a NetworkSpec or a mapping as files have it; scenario files have this marker too.",
    )


@pytest.hookimpl(trylast=True)
def pytest_simnet_provider(name: str) -> Provider:
    from simnet.providers.registry import provider_named  # noqa: PLC0415 - only when a network is asked for

    return provider_named(name)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    if not _options.is_scenario_file(file_path, parent.session):
        return None
    from simnet.pytest_plugin._scenarios import ScenarioFile  # noqa: PLC0415 - only when there are scenarios

    return ScenarioFile.from_parent(parent, path=file_path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test's network is judged as a part of the test, so that a broken invariant fails it."""
    live = item.stash.get(_options.LIVE, None)
    if live is None:
        return (yield)
    try:
        result = yield
    except BaseException as error:
        live.end(error)
        raise
    live.end(None)
    return result


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """A harness that failed says nothing about the scenario: that is an error, not a failure."""
    if report.when == "call" and report.failed and _options.HARNESS_ERROR in report.user_properties:
        return "error", "E", "ERROR"
    return None


def _scope(fixture_name: str, config: pytest.Config) -> Any:
    return config.getini("simnet_network_scope")


@pytest.fixture(scope=_scope)
def simnet_network() -> NetworkSpec | Mapping[str, Any] | Path | str | None:
    """The network of tests whose marker names none. Override it to return what the marker takes: a network file, a
    NetworkSpec or a mapping as files have it."""
    return None


@pytest.fixture(scope=_scope)
def simnet_shared_network(request: pytest.FixtureRequest) -> Iterator[SharedNetwork]:
    """Holds the running network that the tests of a scope share; its end removes it."""
    from simnet.pytest_plugin._shared_network import shared_network_of  # noqa: PLC0415 - only when a network is asked for

    try:
        shared_network = shared_network_of(request.config)
    except SimnetError as error:
        pytest.fail(f"error: {error}", pytrace=False)
    yield shared_network
    shared_network.close()


@pytest.fixture
def network(
    request: pytest.FixtureRequest,
    simnet_network: NetworkSpec | Mapping[str, Any] | Path | str | None,
    simnet_shared_network: SharedNetwork,
) -> Iterator[NetworkUnderTest]:
    """A running network at its barrier, without faults. Its invariants are judged when the test ends."""
    from simnet.pytest_plugin._live import LiveNetwork  # noqa: PLC0415 - only when a network is asked for

    live = LiveNetwork(request.node, simnet_network, simnet_shared_network)
    request.node.stash[_options.LIVE] = live
    yield live.under_test
    live.abandon()
