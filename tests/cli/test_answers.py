"""What commands print with `--json`: that alone on stdout, and as their schemas say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import Result

from simnet.cli import _run_finder, machine
from simnet.cli._schemas import SCHEMAS
from simnet.errors import EngineError, ImageError
from simnet.providers import registry
from simnet.providers.deployments import NodeStatus
from simnet.providers.docker.images import Image
from simnet.testing import ToyProvider
from tests.cli.conftest import Simnet
from tests.cli.test_run import CUT, FAILS
from tests.cli.test_run_finder import Somewhere

Write = Callable[..., str]


def answered(result: Result, name: str) -> dict[str, Any]:
    """Stdout as JSON; fails where it has anything else, or not what the schema says."""
    told = json.loads(result.stdout)
    jsonschema.validate(told, SCHEMAS[name].make())
    return dict(told)


@pytest.mark.usefixtures("toy")
def test_a_verdict_is_told_to_programs(simnet: Simnet, scenario: Write) -> None:
    result = simnet("run", scenario(more=CUT + FAILS), "--provider", "toy", "--json")
    told = answered(result, "run")
    assert (result.exit_code, told["exit_code"]) == (1, 1)
    (run,) = told["runs"]
    stored = json.loads((Path(run["folder"]) / "run.json").read_text())
    assert {run[key] for key in ("verdict", "scenario", "file")} == {"failed", "calm", "calm.yaml"}
    assert run["findings"] == stored["findings"]
    assert run["repeat"] == "simnet run calm.yaml --provider toy --seed 0"
    assert "finality_stalls" in result.stderr, "people read the verdict too"


@pytest.mark.usefixtures("toy")
def test_judging_again_tells_the_same(simnet: Simnet, scenario: Write) -> None:
    (first,) = answered(simnet("run", scenario(), "--provider", "toy", "--json"), "run")["runs"]
    (again,) = answered(simnet("judge", first["folder"], "--json"), "run")["runs"]
    differs = {key for key in first if first[key] != again[key]}
    assert differs == {"file", "repeat"}


@pytest.mark.usefixtures("toy")
def test_what_could_not_be_run_is_told_beside_what_was(simnet: Simnet, scenario: Write) -> None:
    Path("all").mkdir()
    Path(scenario("good")).rename("all/good.yaml")
    Path(scenario("bad", "colour: red\n")).rename("all/bad.yaml")
    result = simnet("run", "all", "--provider", "toy", "--json")
    told = answered(result, "run")
    assert (result.exit_code, told["exit_code"]) == (2, 2)
    assert [one["scenario"] for one in told["runs"]] == ["good"]
    assert [(one["file"], one["exit_code"]) for one in told["not_run"]] == [("all/bad.yaml", 2)]
    assert "unknown key 'colour'" in told["not_run"][0]["error"]


def test_a_mistake_prints_nothing_where_json_is_awaited(simnet: Simnet, scenario: Write) -> None:
    result = simnet("run", scenario(more="colour: red\n"), "--json")
    assert (result.exit_code, result.stdout) == (2, "")


def test_runs_that_are_up_are_told(simnet: Simnet, monkeypatch: pytest.MonkeyPatch) -> None:
    places = (Somewhere("one-1", "one-2"), Somewhere())
    monkeypatch.setattr(_run_finder, "all_deployments", lambda: places)
    told = answered(simnet("status", "--json"), "status")
    assert [one["run"] for one in told["runs"]] == ["one-1", "one-2"]
    assert told["runs"][0]["nodes"][0]["name"] == "alice"
    assert told["not_asked"] == ["no Docker engine answers"]
    named = answered(simnet("status", "one-2", "--json"), "status")
    assert [one["run"] for one in named["runs"]] == ["one-2"]


def test_a_network_that_does_not_answer_keeps_no_other_from_being_told(
    simnet: Simnet, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hung(Somewhere):
        def nodes(self, run: str) -> list[NodeStatus]:
            raise EngineError(f"{run} does not answer")

    monkeypatch.setattr(_run_finder, "all_deployments", lambda: (Hung("one-1"), Somewhere("two-1")))
    told = answered(simnet("status", "--json"), "status")
    assert [(one["run"], len(one["nodes"])) for one in told["runs"]] == [("one-1", 0), ("two-1", 1)]
    assert told["not_asked"] == ["one-1 does not answer"]


def test_the_doctor_is_told(simnet: Simnet) -> None:
    result = simnet("doctor", "--json")
    told = answered(result, "doctor")
    assert (result.exit_code, told["exit_code"]) == (3, 3)
    assert [one["name"] for one in told["providers"]][:2] == ["simulated", "docker"]
    assert told["providers"][0]["capabilities"][0]["available"] is True


def test_images_are_told(simnet: Simnet, monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(_client: object, name: str, *, pull: bool) -> Image:
        if "omni" in name:
            raise ImageError(f"the image {name} is not on this engine")
        return Image(name, "sha256:12", "1.2")

    monkeypatch.setattr(machine, "connect", object)
    monkeypatch.setattr(machine, "resolve", resolve)
    result = simnet("images", "--json")
    told = answered(result, "images")
    assert (result.exit_code, told["exit_code"]) == (2, 2)
    here = {one["name"].partition(":")[0]: (one["here"], one["own"]) for one in told["images"]}
    assert here == {
        "parity/polkadot": (True, False),
        "parity/polkadot-omni-node": (False, False),
        "simnet/sandbox": (True, True),
    }


def test_a_run_that_could_not_be_launched_has_its_reason(simnet: Simnet, scenario: Write) -> None:
    registry.register("broken", lambda: ToyProvider(launch_error=EngineError("the engine went away")))
    (run,) = answered(simnet("run", scenario(), "--provider", "broken", "--json"), "run")["runs"]
    assert (run["exit_code"], run["harness_error"]) == (3, "the engine went away")
