"""The command in this process, on toy networks, with no Docker engine to be found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from simnet.cli import app
from simnet.paths import cache_path
from simnet.providers import registry
from simnet.runtime.host import _compiled
from simnet.testing import ToyProvider

Simnet = Callable[..., Result]

HELD = "name: {name}\nnetwork: {{relay: {{validators: 4}}}}\nsteps: [{{wait: {{for: 30s}}}}]\n"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In an empty folder, without an engine, and with a cache, but for compiled runtimes, and a registry that
    forget what a test left there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    compiled = cache_path("compiled")
    monkeypatch.setattr(_compiled, "cache_path", lambda _: compiled)
    monkeypatch.setenv("SIMNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(registry, "_PROVIDERS", dict(registry._PROVIDERS))


@pytest.fixture
def simnet() -> Simnet:
    """Runs a command; stdout, stderr and exit code are in what it returns."""

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return run


@pytest.fixture
def toy() -> Iterator[ToyProvider]:
    """The provider `toy`, registered."""
    provider = ToyProvider()
    registry.register("toy", lambda: provider)
    yield provider


@pytest.fixture
def scenario(tmp_path: Path) -> Callable[..., str]:
    """Writes a scenario that holds on a toy, with what is added to it; its file's name."""

    def write(name: str = "calm", more: str = "") -> str:
        (tmp_path / f"{name}.yaml").write_text(HELD.format(name=name) + more)
        return f"{name}.yaml"

    return write
