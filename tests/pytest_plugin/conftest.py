"""Runs pytest inside of pytest, with toy networks instead of real ones."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from simnet.providers.base import Provider
from simnet.testing import ToyNetwork, ToyProvider

CACHE = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
"""Where compiled runtimes are; pytester gives each test another home."""

NETWORK = """
relay: {validators: 4}
parachains: [{id: 2000}]
"""

HOLDS = """
name: holds
seed: 3
network: net.yaml
steps:
  - inject: {isolate: {targets: [alice]}, as: lonely, for: 30s}
  - wait: {for: 60s}
expect:
  - finality_advances: {after: lonely, within: 60s}
"""

FAILS = """
name: fails
seed: 3
network: net.yaml
steps:
  - inject: {isolate: {targets: [charlie, dave]}, as: cut}
  - wait: {for: 60s}
  - heal: cut
expect:
  - finality_advances: {during: cut, within: 30s}
"""


class Toys:
    """A plugin of the inner pytest that gives its networks, and what became of them."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.provider = ToyProvider()
        self._pytester = pytester

    def pytest_simnet_provider(self, name: str) -> Provider | None:
        return self.provider if name == "toy" else None

    @property
    def networks(self) -> list[ToyNetwork]:
        return self.provider.launched

    def run(self, *args: str) -> pytest.RunResult:
        """Runs the inner pytest."""
        own = ["--simnet-provider=toy", "-ra"]
        # An inner faulthandler takes away the signal handlers by which wasmtime turns a trap into an error: from then
        # on a runtime that panics would end the process, and all tests that run in it.
        for plugin in ("cacheprovider", "hypothesispytest", "faulthandler"):
            own += ["-p", f"no:{plugin}"]
        return self._pytester.runpytest_inprocess(*own, *args, plugins=[self], no_reraise_ctrlc=True)


@pytest.fixture
def toys(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Toys:
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
    return Toys(pytester)


@pytest.fixture
def write(pytester: pytest.Pytester) -> Callable[..., Path]:
    """Writes ``NAME.scenario.yaml`` beside a network file ``net.yaml``."""

    def write(name: str, text: str) -> Path:
        (pytester.path / "net.yaml").write_text(NETWORK)
        path = pytester.path / f"{name}.scenario.yaml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def runs(pytester: pytest.Pytester) -> Callable[[], list[Path]]:
    """The run folders, oldest first."""
    return lambda: sorted((pytester.path / "runs").iterdir(), key=lambda path: path.stat().st_ctime_ns)
