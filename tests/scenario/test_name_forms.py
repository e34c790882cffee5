"""What names may look like: what people call things, and what folders, containers and terminals get of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simnet.errors import GenesisError, InputError, ScenarioError
from simnet.network.topology import Chain
from simnet.rehearsal import new_run_id
from simnet.runtime.chain_spec import read_spec
from simnet.scenario import Scenario
from simnet.scenario.loader import load_scenario
from simnet.scenario.schema import json_schema

ODD = ("", " ", "../x", "a/../..", "\x1b[31m", "a\nb", "\u202ex", "-x", "é", "x" * 101)

PLACES = {
    "a scenario": "name: {odd}",
    "a tag": "name: x\ntags: [{odd}]",
    "a label": "name: x\nsteps: [{{label: {odd}, wait: {{for: 1s}}}}]",
    "a fault": "name: x\nsteps: [{{inject: {{as: {odd}, pause: {{targets: bob}}}}}}]",
    "a window": "name: x\nschedule: [{{at: 1s, for: 1s, as: {odd}, pause: {{targets: bob}}}}]",
    "a node": "name: x\nnetwork: {{relay: {{validators: [{{name: {odd}}}]}}}}",
    "a region": "name: x\nnetwork: {{relay: {{validators: [{{name: al, region: {odd}}}]}}}}",
    "a hosting provider": "name: x\nnetwork: {{relay: {{validators: [{{name: al, provider: {odd}}}]}}}}",
    "an image": "name: x\nnetwork: {{relay: {{image: {odd}}}}}",
}


def problems(tmp_path: Path, text: str) -> list[Any]:
    file = tmp_path / "scenario.yaml"
    file.write_text(text)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file)
    return list(caught.value.problems)


@pytest.mark.parametrize("what", PLACES)
@pytest.mark.parametrize("odd", ["../x", "\x1b[31m", "a\nb", "\u202ex", "\x9b"], ids=ascii)
def test_a_name_that_is_none_is_told_at_its_place(tmp_path: Path, what: str, odd: str) -> None:
    text = PLACES[what].format(odd=json.dumps(odd))
    (found,) = problems(tmp_path, text)
    assert "does not have the form" in found.message
    assert found.message.isprintable()
    assert found.column == text.splitlines()[found.line - 1].index(json.dumps(odd)) + 1


@pytest.mark.parametrize("name", ["all", "validators", "collators", "harness"])
def test_a_word_that_stands_for_something_else_names_no_node(tmp_path: Path, name: str) -> None:
    (found,) = problems(tmp_path, PLACES["a node"].format(odd=name))
    assert found.message.startswith(f"a node cannot be called {name!r}")


@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_a_run_folder_cannot_leave_the_folder_of_runs(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        Scenario(name=name)


def test_a_run_id_is_one_folder() -> None:
    assert Path(new_run_id(Scenario(name="a" * 100).name)).parts == (Path(new_run_id("a" * 100)[:24]).name + "-",) or (
        len(Path(new_run_id("a" * 100)).parts) == 1
    )


def test_editors_know_the_forms() -> None:
    step = json_schema()["$defs"]["Step"]["properties"]["label"]
    assert any("pattern" in one for one in step["anyOf"])


@pytest.mark.parametrize("odd", ["", "..", "../../etc", "a/b", "\x1b", "\ud800", ".hidden", "x" * 101], ids=ascii)
def test_a_chain_specs_id_names_a_folder_and_nothing_beyond(tmp_path: Path, odd: str) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps({"id": odd, "genesis": {"raw": {}}}))
    with pytest.raises(InputError, match="nodes name the folder of their database"):
        read_spec(Chain(id="relay", spec_file=str(spec)))


@pytest.mark.parametrize("runtime", ["rokoko", "../rococo", "\x1b[31m"])
def test_an_unknown_runtime_is_told_by_preflight(runtime: str) -> None:
    from simnet.preflight import in_network
    from simnet.scenario import NetworkSpec

    (mistake,) = in_network(NetworkSpec.model_validate({"relay": {"runtime": runtime}}))
    assert mistake.way == ("relay", "runtime")
    assert mistake.message.isprintable()
    assert "no bundled runtime" in mistake.message


def test_genesis_errors_are_input_errors() -> None:
    assert GenesisError("x", chain="relay", part=("spec",)).exit_code == 2
