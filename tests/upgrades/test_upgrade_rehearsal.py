"""Upgrades rehearsed as a whole on simulated nodes: what goes, what does not, and what cannot be told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner, Result
from wasmtime import wat2wasm

from simnet.cli import app
from simnet.cli._schemas import SCHEMAS
from simnet.network.topology import Chain
from simnet.upgrades import STANDARD
from tests.providers.simulated.networks import renamed

_UNUSABLE = '(module (memory 1) (func (export "validate_block") (result v128) (v128.const i64x2 0 0)))'
"""Code that validators do not compile."""


def _rehearse(folder: Path, network: str, *more: str) -> Result:
    file = folder / "net.yaml"
    file.write_text(network)
    asked = ["rehearse-upgrade", "--network", str(file), "--path", "without_checks", "--out", str(folder / "runs")]
    return CliRunner().invoke(app, [*asked, *more])


def _written(folder: Path, name: str, code: bytes) -> str:
    (folder / name).write_bytes(code)
    return str(folder / name)


def _told(result: Result) -> dict[str, Any]:
    told = json.loads(result.stdout)
    jsonschema.validate(told, SCHEMAS["rehearse-upgrade"].make())
    return dict(told)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, dict[str, Any]]:
    """A parachain gets code that is as good as its own."""
    folder = tmp_path_factory.mktemp("good")
    new = _written(folder, "new.wasm", renamed(Chain(id="2000", runtime="penpal")))
    network = "relay: {validators: 4}\nparachains: [{id: 2000}]\n"
    result = _rehearse(folder, network, "--chain", "2000", "--runtime", new, "--json")
    return result, _told(result)


def test_good_code_goes(good: tuple[Result, dict[str, Any]]) -> None:
    result, told = good
    assert told["reasons"] == []
    assert (result.exit_code, told["go"]) == (0, True)
    assert [one["name"] for one in told["rehearsals"]] == ["clean", *(one.name for one in STANDARD)]


def test_each_fault_met_its_moment_by_its_own_run(good: tuple[Result, dict[str, Any]]) -> None:
    courses = {one["name"]: one["course"] for one in good[1]["rehearsals"]}
    cut, down = courses["partition"], courses["collators-restarted"]
    at = {name: {phase["name"]: phase["t"] for phase in reversed(one["phases"])} for name, one in courses.items()}
    assert cut["faults"][0]["apply_end"] < at["partition"]["told to go ahead"] < cut["faults"][0]["heal_start"]
    assert down["faults"][0]["apply_end"] < at["collators-restarted"]["told to go ahead"]
    assert down["faults"][0]["heal_end"] <= at["collators-restarted"]["applied"]


def test_a_rehearsal_repeats_the_clean_run_up_to_its_first_fault(good: tuple[Result, dict[str, Any]]) -> None:
    courses = {one["name"]: one["course"] for one in good[1]["rehearsals"]}
    clean, restarted = courses["clean"], courses["validator-restarted"]
    first = restarted["faults"][0]["apply_start"]
    before = [phase for phase in clean["phases"] if phase["t"] < first]
    assert before == [phase for phase in restarted["phases"] if phase["t"] < first]
    assert len(before) > 4


def test_the_page_lies_beside_the_runs_it_links_to(good: tuple[Result, dict[str, Any]]) -> None:
    told = good[1]
    folder = Path(told["folder"])
    page = (folder / told["page"]).read_text()
    for one in told["rehearsals"]:
        assert f"{one['folder']}/report.html" in page
        assert (folder / one["folder"] / "report.html").exists()


def test_mail_was_under_way_when_each_run_applied_the_code(good: tuple[Result, dict[str, Any]]) -> None:
    assert all(one["course"]["under_way"] > 0 for one in good[1]["rehearsals"])


def test_code_that_validators_reject_is_no_go_and_nothing_else_is_run(tmp_path: Path) -> None:
    new = _written(tmp_path, "new.wasm", bytes(wat2wasm(_UNUSABLE)))
    network = "relay: {validators: 4}\nparachains: [{id: 2000}]\n"
    result = _rehearse(tmp_path, network, "--chain", "2000", "--runtime", new)
    assert result.exit_code == 1, result.output
    assert "NO GO              2000 to new.wasm: 0 of 8 rehearsals held" in result.stdout
    assert "rejected by validators in relay block" in result.stdout
    assert result.stdout.count("the clean upgrade did not bring the code in") == len(STANDARD)


def test_a_network_that_can_spare_no_validator_leaves_the_decision_open(tmp_path: Path) -> None:
    new = _written(tmp_path, "new.wasm", renamed(Chain(id="relay", runtime="rococo")))
    result = _rehearse(tmp_path, "relay: {validators: 3}\n", "--runtime", new)
    assert result.exit_code == 4, result.output
    assert "could not be run   validators-down: of 3 validators none may be down" in result.stdout
    assert "NO GO              relay to new.wasm: 5 of 7 rehearsals held" in result.stdout


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (("--chain", "2001", "--runtime", "rococo"), "has no chain '2001'"),
        (("--chain", "2000", "--runtime", "nothing.wasm"), "cannot be read"),
        (("--chain", "2000", "--runtime", "penpal"), "there is nothing to upgrade"),
        (("--chain", "2000", "--runtime", "rococo", "--path", "fast"), "--path takes authorized"),
        (("--chain", "2000", "--runtime", "rococo", "--path", "authorized"), "runtime: it is rococo"),
        (("--chain", "2000", "--runtime", "rococo", "--try-runtime", "penpal"), "--try-runtime penpal"),
    ],
)
def test_bad_input_is_refused_before_anything_starts(tmp_path: Path, more: tuple[str, ...], why: str) -> None:
    result = _rehearse(tmp_path, "relay: {validators: 4}\nparachains: [{id: 2000}]\n", *more)
    assert result.exit_code == 2
    assert why in result.stderr
    assert not (tmp_path / "runs").exists()
