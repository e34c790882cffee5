"""What the example distribution brings is as good as simnet's own: in files, runs, searches and judgements."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.examples.installed import ROOT, Installed

PROJECT = ROOT / "examples" / "extensions"
SCENARIOS = PROJECT / "scenarios"
BROWNOUT = str(SCENARIOS / "brownout.yaml")


@pytest.fixture(scope="module")
def drills(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(PROJECT, tmp_path_factory.mktemp("site"))


def test_its_own_tests_pass(drills: Installed, tmp_path: Path) -> None:
    done = drills.run("pytest", "-q", "-p", "no:cacheprovider", str(PROJECT / "tests"), cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_files_have_no_mistakes(drills: Installed, tmp_path: Path) -> None:
    done = drills.run("simnet", "validate", BROWNOUT, str(SCENARIOS / "calm.yaml"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_without_it_a_file_that_needs_it_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n[project.entry-points]\n')
    done = Installed(empty, tmp_path).run("simnet", "validate", BROWNOUT, cwd=tmp_path)
    assert done.returncode == 2
    assert "brownout" in done.stderr
    assert "no_idle_author" in done.stderr


@pytest.mark.parametrize(
    ("wrong", "right", "told"),
    [
        ("brownout: {region: eu", "brownot: {region: eu", "did you mean 'brownout'?"),
        ("region: eu, rate", "region: eru, rate", "'region:eru' stands for no node"),
        ("rate: 1 Mbit/s", "rate: 1000000", "without a unit"),
        ("rate: 1 Mbit/s, loss: 5 %", "loss: 0 %", "brownout changes nothing"),
        ("longest: 180s", "longst: 180s", "did you mean 'longest'?"),
        ("longest: 180s", "longest: 300s", "longer than 'after'"),
        ('targets: "region:us"', 'targets: "region:ux"', "'region:ux' stands for no node"),
    ],
)
def test_a_mistake_is_told_at_its_place(drills: Installed, tmp_path: Path, wrong: str, right: str, told: str) -> None:
    text = (SCENARIOS / "brownout.yaml").read_text()
    assert wrong in text
    file = tmp_path / "wrong.yaml"
    file.write_text(text.replace(wrong, right))
    line = next(n for n, one in enumerate(file.read_text().splitlines(), 1) if right in one)
    done = drills.run("simnet", "validate", str(file), cwd=tmp_path)
    assert done.returncode == 2
    assert f"wrong.yaml:{line}:" in done.stderr
    assert told in done.stderr


def test_the_schema_has_its_keys(drills: Installed, tmp_path: Path) -> None:
    done = drills.run("simnet", "schema", "scenario", cwd=tmp_path)
    keys = {name: set(one.get("properties", ())) for name, one in json.loads(done.stdout)["$defs"].items()}
    assert "brownout" in keys["Inject"] & keys["Change"] & keys["WindowSpec"]
    assert "rolling_kill" in keys["Step"] & keys["WindowSpec"]
    assert "rolling_kill" not in keys["Inject"], "an instant is a step of its own"
    assert "no_idle_author" in keys["Expectation"]


def test_a_run_holds_and_is_judged_again_from_its_folder(drills: Installed, tmp_path: Path) -> None:
    done = drills.run("simnet", "run", BROWNOUT, "--set", "steps.0.inject.brownout.loss=10 %", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no_idle_author during=after" in done.stdout
    assert "loss=0.1" in done.stdout
    (folder,) = (tmp_path / "runs").iterdir()
    again = drills.run("simnet", "judge", str(folder), cwd=tmp_path)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "no_idle_author during=after" in again.stdout


def test_its_provider_writes_the_runbook(drills: Installed, tmp_path: Path) -> None:
    done = drills.run("simnet", "run", BROWNOUT, "--provider", "runbook", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder,) = (tmp_path / "runs").iterdir()
    book = (folder / "runbook.txt").read_text()
    assert "alice: traffic to charlie is 5.0% lost, 1 Mbit/s" in book
    assert "dave: systemctl kill -s SIGKILL polkadot" in book


def test_its_network_is_not_left_up(drills: Installed, tmp_path: Path) -> None:
    done = drills.run("simnet", "run", BROWNOUT, "--provider", "runbook", "--keep", cwd=tmp_path)
    assert done.returncode == 2
    assert "leave out --keep" in done.stderr


def test_a_search_draws_its_faults_and_shrinks_one(drills: Installed, tmp_path: Path) -> None:
    """Peers are lost when a validator is killed, and not when an uplink is bad."""
    search = ("simnet", "search", str(SCENARIOS / "search.yaml"), "--schedules", "12", "--jobs", "1")
    done = drills.run(*search, cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    (failure,) = tmp_path.glob("runs/*/corpus/failure-*")
    (file,) = failure.glob("*.yaml")
    assert yaml.safe_load(file.read_text())["schedule"] == [
        {"rolling_kill": {"targets": "alice", "down_for": "0s"}, "at": "0s"}
    ]
    drawn = [yaml.safe_load(path.read_text())["schedule"] for path in tmp_path.glob("runs/*/corpus/*.yaml")]
    assert {kind for schedule in drawn for window in schedule for kind in window} >= {"brownout", "rolling_kill"}
