"""Runs of whole folders: what is in them, and what becomes of files that cannot be run."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from simnet.cli import _rehearsals
from simnet.cli._scenario_files import find
from simnet.providers import registry
from simnet.testing import ToyProvider
from tests.cli.conftest import Simnet
from tests.cli.test_run import CUT, FAILS

pytestmark = pytest.mark.usefixtures("toy")

Write = Callable[..., str]


@pytest.fixture
def drill(scenario: Write) -> Write:
    """Writes a scenario into the folder `drills`."""

    def write(name: str, more: str = "") -> str:
        Path("drills").mkdir(exist_ok=True)
        return str(Path(scenario(name, more)).rename(f"drills/{name}.yaml"))

    return write


def summary(output: str) -> list[list[str]]:
    """The first words of the lines at the end, up to the empty one before them."""
    lines = output.rstrip().splitlines()
    last = len(lines) - lines[::-1].index("")
    return [line.split("  ")[0].split() + line[13:].split()[:1] for line in lines[last:]]


def test_a_folder_goes_on_after_a_file_with_mistakes(simnet: Simnet, drill: Write) -> None:
    drill("a-bad", "colour: red\n")
    drill("b-good")
    drill("c-fails", CUT + FAILS)
    result = simnet("run", "drills", "--provider", "toy")
    assert result.exit_code == 2
    assert "drills/a-bad.yaml:4:1: unknown key 'colour'" in result.stderr
    assert summary(result.stdout) == [["held", "b-good"], ["failed", "c-fails"], ["not", "run", "drills/a-bad.yaml"]]


def test_a_folder_goes_on_after_a_file_that_cannot_be_read(simnet: Simnet, drill: Write) -> None:
    drill("good")
    with Path("drills/endless.yaml").open("wb") as file:
        file.truncate(1 << 40)
    result = simnet("run", "drills", "--provider", "toy")
    assert result.exit_code == 2
    assert summary(result.stdout) == [["held", "good"], ["not", "run", "drills/endless.yaml"]]


def test_a_folder_goes_on_after_what_the_provider_cannot_do(simnet: Simnet, drill: Write) -> None:
    registry.register("lacking", lambda: ToyProvider(unsupported=["pause"]))
    drill("a-lacks", CUT)
    drill("b-good")
    result = simnet("run", "drills", "--provider", "lacking")
    assert result.exit_code == 2
    assert summary(result.stdout) == [["held", "b-good"], ["not", "run", "drills/a-lacks.yaml"]]


def test_a_folder_goes_on_after_simnet_failed_in_one(
    simnet: Simnet, drill: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    drill("a-breaks")
    drill("b-good")
    rehearse = _rehearsals.rehearse

    def breaks(scenario: object, *rest: object) -> object:
        if getattr(scenario, "name", "") == "a-breaks":
            raise ZeroDivisionError("a mistake of ours")
        return rehearse(scenario, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(_rehearsals, "rehearse", breaks)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = simnet("run", "drills", "--provider", "toy")
    assert result.exit_code == 3
    assert "simnet itself failed: ZeroDivisionError" in result.stderr
    assert summary(result.stdout) == [["held", "b-good"], ["not", "run", "drills/a-breaks.yaml"]]


def test_a_folder_in_which_nothing_can_be_run_is_refused_whole(simnet: Simnet, drill: Write) -> None:
    drill("bad", "colour: red\n")
    drill("worse", "seed: many\n")
    result = simnet("run", "drills", "--provider", "toy")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: drills/bad.yaml:4:1")
    assert "drills/worse.yaml:4:7" in result.stderr


def test_a_file_with_mistakes_that_is_named_itself_refuses_all(simnet: Simnet, drill: Write, toy: ToyProvider) -> None:
    good, bad = drill("good"), drill("bad", "colour: red\n")
    assert simnet("run", good, bad, "--provider", "toy").exit_code == 2
    assert toy.launched == []


@pytest.mark.parametrize("out", ["drills/runs", "drills/evidence"])
def test_scenarios_that_runs_stored_are_passed_over(simnet: Simnet, drill: Write, toy: ToyProvider, out: str) -> None:
    drill("good")
    for _ in range(2):
        assert simnet("run", "drills", "--provider", "toy", "--out", out).exit_code == 0
    assert len(toy.launched) == 2
    assert len(list(Path(out).glob("*/scenario.yaml"))) == 2


def test_hidden_folders_are_passed_over_and_a_run_that_is_named_is_not(drill: Write) -> None:
    good = drill("good")
    for folder in ("drills/.venv/library", "drills/run-1"):
        Path(folder).mkdir(parents=True)
        Path(folder, "scenario.yaml").write_text("name: x\n")
    Path("drills/run-1/run.json").write_text("{}")
    assert find(["drills"]) == [Path(good)]
    assert find(["drills/run-1"]) == [Path("drills/run-1/scenario.yaml")]


def test_an_interrupt_leaves_what_was_seen(simnet: Simnet, drill: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    drill("a-good")
    drill("b-long")
    drill("c-never")
    rehearse = _rehearsals.rehearse

    def interrupted(scenario: object, *rest: object) -> object:
        if getattr(scenario, "name", "") == "b-long":
            signal.raise_signal(signal.SIGTERM)
        return rehearse(scenario, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(_rehearsals, "rehearse", interrupted)
    result = simnet("run", "drills", "--provider", "toy", "--junit", "all.xml")
    assert result.exit_code == 143
    assert summary(result.stdout) == [["held", "a-good"], ["not", "run", "drills/b-long.yaml"]]
    names = [suite.get("name") for suite in ElementTree.parse("all.xml").getroot()]
    assert names == ["simnet.a-good", "simnet.b-long"]


def test_one_junit_file_has_all_runs_and_what_was_not_run(simnet: Simnet, drill: Write) -> None:
    drill("bad", "colour: red\n")
    drill("fails", CUT + FAILS)
    drill("good")
    simnet("run", "drills", "--provider", "toy", "--junit", "reports/all.xml")
    root = ElementTree.parse("reports/all.xml").getroot()
    suites = {suite.get("name"): suite for suite in root}
    assert list(suites) == ["simnet.fails", "simnet.good", "simnet.bad"]
    assert [(suites[name].get("failures"), suites[name].get("errors")) for name in suites] == [
        ("1", "0"), ("0", "0"), ("0", "1"),
    ]  # fmt: skip
    for count in ("tests", "failures", "errors", "skipped"):
        assert int(root.get(count, "")) == sum(int(suite.get(count, "")) for suite in root)
    (error,) = suites["simnet.bad"].findall("testcase/error")
    assert "unknown key 'colour'" in str(error.text)
