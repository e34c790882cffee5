"""`simnet replay`: what was found fails again, is the same to the last byte, and where it is not, that is said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from simnet.cli import app
from simnet.providers import registry
from simnet.providers.simulated.simulated_provider import SimulatedProvider
from simnet.rehearsal import JOURNAL_FILE, SCENARIO_FILE
from simnet.scenario import Scenario, WindowSpec
from simnet.scenario.loader import load_scenario
from simnet.search.bundle import BUNDLE_FILE, write_bundle
from simnet.testing import ToyProvider
from tests.search.small_searches import THREE, breakable, windows

LAG = "finality_lag at_most=4"


STOPPED = windows({"stop": {"targets": "bob"}, "at": "2s", "for": "50s"})


def case(schedule: tuple[WindowSpec, ...] = STOPPED) -> Scenario:
    return Scenario.model_validate({**dict(breakable()), "schedule": schedule, "steps": [{"wait": {"for": "70s"}}]})


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle whose case fails."""
    folder = tmp_path_factory.mktemp("found") / "failure"
    assert write_bundle(folder, case(), SimulatedProvider(), followed=LAG, found={"batch": 1}).stands
    return folder


@pytest.fixture
def bundle(found: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, to be changed; runs go to another folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "_PROVIDERS", dict(registry._PROVIDERS))
    return Path(shutil.copytree(found, tmp_path / "bundle"))


def replay(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["replay", *map(str, arguments)])


def change(path: Path, act: Callable[[dict[str, Any]], object]) -> None:
    data = json.loads(path.read_text())
    act(data)
    path.write_text(json.dumps(data))


def test_a_bundle_is_whole_in_itself(bundle: Path) -> None:
    assert sorted(path.name for path in bundle.iterdir()) == [BUNDLE_FILE, JOURNAL_FILE, SCENARIO_FILE]
    assert load_scenario(bundle / SCENARIO_FILE) == case()
    data = json.loads((bundle / BUNDLE_FILE).read_text())
    assert data["seed"] == 1
    assert data["followed"] == LAG
    assert set(data["findings"]) == {LAG}
    assert set(data["runtimes"]) == {"relay"}
    assert {"simnet", "python"} <= set(data["versions"])


def test_what_was_found_fails_again_to_the_last_byte(bundle: Path) -> None:
    result = replay(bundle, "--times", 2)
    assert result.exit_code == 1, result.output
    assert result.output.count("the same to the last byte") == 2
    assert f"{LAG}: failed again" in result.output
    assert "confirmed 2 of 2" in result.output
    assert len(list(Path("runs").iterdir())) == 2


def test_a_file_of_a_bundle_stands_for_it(bundle: Path) -> None:
    assert "confirmed 1 of 1" in replay(bundle / SCENARIO_FILE).output


def test_a_file_of_no_bundle_is_a_mistake_that_says_what_is_taken(bundle: Path) -> None:
    (bundle / BUNDLE_FILE).unlink()
    result = replay(bundle / SCENARIO_FILE)
    assert result.exit_code == 2
    assert "give a folder below `corpus`" in result.output


def test_another_machine_makes_no_difference(bundle: Path) -> None:
    first, rest = (bundle / JOURNAL_FILE).read_text().split("\n", 1)
    record = json.loads(first)
    record["data"]["versions"] |= {"kernel": "1.2.3", "cores": "96"}
    (bundle / JOURNAL_FILE).write_text(json.dumps(record, separators=(",", ":")) + "\n" + rest)
    assert "the same to the last byte" in replay(bundle).output


def test_where_the_journal_differs_and_what_changed_since_is_said(bundle: Path) -> None:
    lines = (bundle / JOURNAL_FILE).read_text().split("\n")
    lines[40] = lines[40].replace('"t":', '"t":9')
    (bundle / JOURNAL_FILE).write_text("\n".join(lines))

    def tamper(data: dict[str, Any]) -> None:
        data["runtimes"]["relay"] = "ab" * 32
        data["versions"]["simnet"] = "0.0.1"

    change(bundle / BUNDLE_FILE, tamper)
    result = replay(bundle)
    assert result.exit_code == 1, "it failed again all the same"
    assert "differs from line 41 on" in result.output
    assert "the runtime of relay is" in result.output
    assert f"was {'ab' * 8}" in result.output
    assert "was 0.0.1" in result.output


def test_a_difference_without_a_change_is_said_to_be_simnets(bundle: Path) -> None:
    path = bundle / JOURNAL_FILE
    path.write_text(path.read_text() + "{}\n")
    assert "nothing that a journal depends on: simnet itself is not repeatable" in replay(bundle).output


def test_what_does_not_fail_again_exits_with_0(bundle: Path) -> None:
    change(bundle / BUNDLE_FILE, lambda data: data.update(followed="one_chain within=60"))
    result = replay(bundle)
    assert result.exit_code == 0, result.output
    assert "did not fail" in result.output
    assert "confirmed 0 of 1" in result.output


def test_a_case_that_holds_makes_a_bundle_that_does_not_stand(tmp_path: Path) -> None:
    assert not write_bundle(tmp_path / "one", case(()), SimulatedProvider(), followed=LAG, found={}).stands


def test_on_other_providers_it_is_confirmed_so_many_times(bundle: Path) -> None:
    """Finality of a toy stands while a third of its validators are stopped, as that of real nodes does."""
    toy = ToyProvider()
    registry.register("toy", lambda: toy)
    result = replay(bundle, "--provider", "toy")
    assert len(toy.launched) == 3
    assert "journal" not in result.output, "real time is never twice the same"
    assert "confirmed 3 of 3" in result.output
    assert result.exit_code == 1
    assert len(list(Path("runs").iterdir())) == 3


def test_what_a_provider_cannot_do_is_said_before_anything_starts(bundle: Path) -> None:
    toy = ToyProvider(unsupported=["stop"])
    registry.register("toy", lambda: toy)
    result = replay(bundle, "--provider", "toy")
    assert result.exit_code == 2
    assert "the fault stop: this toy lacks it" in result.output
    assert not toy.launched


def test_planted_bugs_are_not_looked_for_on_real_nodes(bundle: Path) -> None:
    change(bundle / BUNDLE_FILE, lambda data: data.update(defects=["no-catch-up"]))
    registry.register("toy", ToyProvider)
    result = replay(bundle, "--provider", "toy")
    assert result.exit_code == 2
    assert "planted bug no-catch-up" in result.output


@pytest.mark.parametrize("break_it", [shutil.rmtree, lambda folder: (folder / BUNDLE_FILE).write_text("{}")])
def test_what_is_no_bundle_is_told(bundle: Path, break_it: Callable[[Path], object]) -> None:
    break_it(bundle)
    result = replay(bundle)
    assert result.exit_code == 2
    assert "simnet search" in result.output


def test_search_refuses_real_nodes_and_says_why(bundle: Path) -> None:
    result = CliRunner().invoke(app, ["search", "quickstart", "--provider", "docker"])
    assert result.exit_code == 2
    assert "simnet replay" in result.output


def test_search_ends_with_1_when_it_found_something_and_tells_how_to_replay_it(bundle: Path) -> None:
    Path("base.yaml").write_text(
        json.dumps({"name": "lagging", "network": THREE, "expect": [{"finality_lag": {"at_most": 1}}]})
    )
    space = {
        "base": "base.yaml",
        "kinds": ["stop"],
        "max_windows": 1,
        "length": "60s",
        "max_fault_duration": "30s",
        "settle": "10s",
    }
    Path("space.yaml").write_text(json.dumps(space))
    result = CliRunner().invoke(app, ["search", "space.yaml", "--schedules", "2", "--jobs", "1"])
    assert result.exit_code == 1, result.output
    (folder,) = Path("runs").iterdir()
    (failure,) = folder.glob("corpus/failure-*")
    for told in (
        "finality_lag at_most=1",
        f"simnet replay {failure}",
        "coverage",
        "never",
        "stop",
        "2 schedules failed",
    ):
        assert told in result.output, told
    again = CliRunner().invoke(app, ["search", "--resume", str(folder), "--jobs", "1"])
    assert again.exit_code == 1, "all was done already"
    assert "0 now" in again.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "name what to search"),
        (["quickstart", "--resume", "x"], "name what to search"),
        (["quickstart", "--jobs", "1", "--dask", "tcp://x:1"], "the cluster has its own"),
        (["quickstart", "--kinds", "stopp"], "did you mean 'stop'"),
        (["quickstart", "--length", "60s"], "make the cases longer"),
    ],
)
def test_what_search_cannot_do_is_told(bundle: Path, arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(app, ["search", *arguments])
    assert result.exit_code == 2
    assert told in result.output
