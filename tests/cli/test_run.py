"""What `simnet run` runs, refuses and exits with."""

from __future__ import annotations

import errno
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from simnet import run_file
from simnet.cli import _rehearsals, _scenario_files
from simnet.errors import EngineError, ImageError, SimnetError
from simnet.providers import registry
from simnet.testing import ToyProvider
from tests.cli.conftest import Simnet

pytestmark = pytest.mark.usefixtures("toy")

Write = Callable[..., str]
FAILS = "expect: [{finality_stalls: {during: cut}}]\n"
CUT = "schedule: [{at: 6s, for: 24s, as: cut, pause: {targets: [alice]}}]\n"


def test_what_holds_exits_with_0_and_says_where_the_evidence_is(simnet: Simnet, scenario: Write) -> None:
    result = simnet("run", scenario(), "--provider", "toy")
    assert result.exit_code == 0, result.output
    (folder,) = Path("runs").iterdir()
    assert str(folder) in result.stdout
    assert "simnet run calm.yaml --provider toy --seed 0" in result.stdout
    assert (folder / "run.json").exists()


def test_what_fails_exits_with_1(simnet: Simnet, scenario: Write) -> None:
    result = simnet("run", scenario(more=CUT + FAILS), "--provider", "toy")
    assert result.exit_code == 1, result.output


def test_a_fault_that_did_not_hold_exits_with_4(simnet: Simnet, scenario: Write) -> None:
    registry.register("weak", lambda: ToyProvider(weak=["pause"]))
    result = simnet("run", scenario(more=CUT), "--provider", "weak")
    assert result.exit_code == 4, result.output


def test_a_launch_that_fails_exits_with_3_and_says_why(simnet: Simnet, scenario: Write) -> None:
    registry.register("broken", lambda: ToyProvider(launch_error=EngineError("the engine went away")))
    result = simnet("run", scenario(), "--provider", "broken")
    assert result.exit_code == 3
    assert "the engine went away" in result.output


@pytest.mark.parametrize(
    ("error", "code"), [(ImageError("no image parity/polkadot:v9 anywhere"), 2), (EngineError("the engine went"), 3)]
)
def test_what_ends_a_launch_has_one_exit_code_on_the_screen_in_the_run_folder_and_when_judged(
    simnet: Simnet, scenario: Write, error: SimnetError, code: int
) -> None:
    registry.register("broken", lambda: ToyProvider(launch_error=error))
    result = simnet("run", scenario(), "--provider", "broken")
    (folder,) = Path("runs").iterdir()
    assert str(error) in result.stdout
    told = json.loads((folder / "run.json").read_text())
    assert (result.exit_code, told["exit_code"], simnet("judge", str(folder)).exit_code) == (code, code, code)


def test_a_report_that_cannot_be_stored_leaves_one_exit_code(
    simnet: Simnet, scenario: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        if path.name == "report.html":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        path.write_bytes(data)

    monkeypatch.setattr(run_file, "write_whole", full)
    result = simnet("run", scenario(), "--provider", "toy")
    (folder,) = Path("runs").iterdir()
    told = json.loads((folder / "run.json").read_text())
    assert (result.exit_code, told["exit_code"]) == (3, 3), result.output
    assert "report.html cannot be written" in told["harness_error"]


def test_of_several_runs_the_worst_counts(simnet: Simnet, scenario: Write) -> None:
    result = simnet("run", scenario("one"), scenario("two", CUT + FAILS), scenario("three"), "--provider", "toy")
    assert result.exit_code == 1
    assert [line.split()[:2] for line in result.stdout.splitlines()[-3:]] == [
        ["held", "one"], ["failed", "two"], ["held", "three"],
    ]  # fmt: skip


def test_all_bad_files_are_told_before_anything_starts(simnet: Simnet, scenario: Write, toy: ToyProvider) -> None:
    names = [scenario("good"), scenario("bad", "colour: red\n"), scenario("worse", "seed: many\n")]
    result = simnet("run", *names, "--provider", "toy")
    assert result.exit_code == 2
    assert "bad.yaml:4:1" in result.stderr
    assert "worse.yaml:4:" in result.stderr
    assert toy.launched == []
    assert not Path("runs").exists()


def test_what_the_provider_cannot_do_is_refused_before_anything_starts(simnet: Simnet, scenario: Write) -> None:
    lacking = ToyProvider(unsupported=["pause"])
    registry.register("lacking", lambda: lacking)
    result = simnet("run", scenario("one"), scenario("two", CUT), "--provider", "lacking")
    assert result.exit_code == 2
    assert "two: " in result.stderr
    assert "the fault pause: this toy lacks it" in result.stderr
    assert lacking.launched == []


def test_seed_and_overrides_reach_the_run_and_the_command_that_repeats_it(
    simnet: Simnet, scenario: Write, toy: ToyProvider
) -> None:
    result = simnet("run", scenario(), "--provider", "toy", "--seed", "7", "--set", "network.relay.validators=3")
    assert result.exit_code == 0, result.output
    assert toy.launched[0].seed == 7
    assert len(toy.launched[0].topology.validators) == 3
    assert "simnet run calm.yaml --provider toy --seed 7 --set network.relay.validators=3" in result.stdout


def test_paths_are_printed_as_seen_from_here(simnet: Simnet, scenario: Write, tmp_path: Path) -> None:
    file, out = tmp_path / scenario(), tmp_path / "runs"
    result = simnet("run", str(file), "--provider", "toy", "--out", str(out))
    (folder,) = Path("runs").iterdir()
    assert "calm: calm.yaml, seed 0" in result.stdout
    assert f"report        {folder}/report.html" in result.stdout
    assert "simnet run calm.yaml --provider toy" in result.stdout
    assert str(tmp_path) not in result.output
    file.write_text(file.read_text() + "colour: red\n")
    assert simnet("validate", str(file)).stderr.startswith("error: calm.yaml:4:1: ")


def test_a_scenario_of_the_library_is_repeated_by_its_name(
    simnet: Simnet, scenario: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Path("library").mkdir()
    Path(scenario()).rename("library/calm.yaml")
    monkeypatch.setattr(_scenario_files, "_LIBRARIES", (tmp_path / "library",))
    result = simnet("run", "calm", "--provider", "toy")
    assert result.exit_code == 0, result.output
    assert "repeat        simnet run calm --provider toy --seed 0\n" in result.stdout


def test_out_is_where_runs_go(simnet: Simnet, scenario: Write) -> None:
    assert simnet("run", scenario(), "--provider", "toy", "--out", "elsewhere").exit_code == 0
    assert len(list(Path("elsewhere").iterdir())) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["calm.yaml", "--provider", "dokcer"], "did you mean 'docker'?"),
        (["calm.yam"], "neither a file, nor a folder, nor a scenario of the library"),
        (["quickstrat"], "did you mean 'quickstart'?"),
        (["calm.yaml", "--set", "network.relay.validatosr=3"], "did you mean 'validators'?"),
        (["calm.yaml", "--start-within", "60"], "write for example 60s"),
        (["network.yaml"], "`simnet up network.yaml` starts it"),
        (["nothing"], "neither a file"),
        (["empty"], "the folder empty has no .yaml file"),
    ],
)
def test_mistakes_exit_with_2_and_say_what_was_meant(
    simnet: Simnet, scenario: Write, arguments: list[str], said: str
) -> None:
    scenario()
    Path("network.yaml").write_text("relay: {validators: 2}\n")
    Path("empty").mkdir()
    result = simnet("run", *arguments)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.output


def test_without_an_engine_docker_is_refused_with_the_way_out(simnet: Simnet, scenario: Write) -> None:
    result = simnet("run", scenario(), "--provider", "docker")
    assert result.exit_code == 2
    assert "no Docker engine answers" in result.stderr
    assert "simnet doctor" in result.stderr


def test_what_nobody_foresaw_leaves_its_traceback_in_a_file(
    simnet: Simnet, scenario: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr(_rehearsals, "rehearse", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = simnet("run", scenario(), "--provider", "toy")
    assert result.exit_code == 3
    assert "ZeroDivisionError: a mistake of ours" in result.stderr
    assert "Traceback" not in result.output
    (left,) = tmp_path.glob("simnet-*.traceback.txt")
    assert "in broken" in left.read_text()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_run_and_is_judged(
    simnet: Simnet, scenario: Write, toy: ToyProvider, monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    def interrupted(*_: object) -> None:
        signal.raise_signal(number)

    monkeypatch.setattr("simnet.rehearsal.drive", interrupted)
    before = signal.getsignal(number)
    result = simnet("run", scenario(), scenario("second"), "--provider", "toy")
    assert result.exit_code == code
    (folder,) = Path("runs").iterdir()
    assert result.stderr == f"interrupted\nThe run's folder is {folder}.\n"
    assert [network.closed for network in toy.launched] == [True]
    assert '"verdict": "inconclusive"' in (folder / "run.json").read_text()
    assert signal.getsignal(number) == before
