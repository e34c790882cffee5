"""Annotations for GitHub's runners."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from simnet.errors import EngineError
from simnet.providers import registry
from simnet.testing import ToyProvider
from tests.cli.conftest import Simnet
from tests.cli.test_run import CUT, FAILS

Write = Callable[..., str]


@pytest.fixture
def on_github(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))


def annotations(text: str) -> list[str]:
    """As a runner finds them."""
    return [line for line in text.splitlines() if line.lstrip().startswith("::")]


@pytest.mark.usefixtures("on_github")
def test_each_mistake_stands_at_its_place(simnet: Simnet, scenario: Write) -> None:
    result = simnet("validate", scenario(more="colour: red\nseed: 100 %\n"))
    first, second = annotations(result.stderr)
    assert first.startswith("::error file=calm.yaml,line=4,col=1,title=simnet::unknown key 'colour'")
    assert second.startswith("::error file=calm.yaml,line=5,col=7,title=simnet::")
    assert "100 %25" in second
    assert annotations(result.stdout) == []


@pytest.mark.usefixtures("on_github")
def test_a_file_is_named_as_seen_from_the_checkout(
    simnet: Simnet, scenario: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = scenario(more="colour: red\n")
    folder = Path("odd, folder: 100%")
    folder.mkdir()
    Path(name).rename(folder / name)
    monkeypatch.chdir(folder)
    (told,) = annotations(simnet("validate", name).stderr)
    assert told.startswith("::error file=odd%2C folder%3A 100%25/calm.yaml,line=4,")


@pytest.mark.usefixtures("on_github")
def test_a_file_outside_the_checkout_is_not_named(
    simnet: Simnet, scenario: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "checkout").mkdir()
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "checkout"))
    (told,) = annotations(simnet("validate", scenario(more="colour: red\n")).stderr)
    assert told.startswith("::error title=simnet::unknown key 'colour'")


@pytest.mark.usefixtures("on_github", "toy")
def test_what_did_not_hold_is_told_of_its_file(simnet: Simnet, scenario: Write) -> None:
    (told,) = annotations(simnet("run", scenario(more=CUT + FAILS), "--provider", "toy").stderr)
    assert told.startswith("::error file=calm.yaml,title=calm failed::finality_stalls during=cut")
    assert annotations(simnet("run", scenario(), "--provider", "toy").stderr) == []


@pytest.mark.usefixtures("on_github")
def test_words_of_others_cannot_begin_an_annotation_of_their_own(simnet: Simnet, scenario: Write) -> None:
    error = EngineError("gone\r\n::error::forged\n ##[error]forged")
    registry.register("broken", lambda: ToyProvider(launch_error=error))
    result = simnet("run", scenario(), "--provider", "broken")
    assert annotations(result.stderr) == [
        "::error file=calm.yaml,title=calm ended early::gone%0D%0A::error::forged%0A ##[error]forged"
    ]
    assert annotations(result.stdout) == []
    assert "##[" not in result.stdout
    assert ": :error::forged" in result.stdout
    told = simnet("run", scenario(), "--provider", "broken", "--json").stdout
    assert "##[" not in told
    assert json.loads(told)["runs"][0]["harness_error"] == str(error)


def test_elsewhere_nothing_is_annotated(simnet: Simnet, scenario: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert annotations(simnet("validate", scenario(more="colour: red\n")).stderr) == []
