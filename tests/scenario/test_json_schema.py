"""The exported JSON Schemas: valid themselves, in file terms, and true of what the loader takes."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from simnet.scenario._positions import Tree, plain
from simnet.scenario._yaml import read_yaml
from simnet.scenario.schema import json_schema, network_json_schema

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parent / "data"
NETWORKS = [*sorted(ROOT.glob("scenarios/**/networks/*.yaml")), DATA / "three-regions.yaml"]
SCENARIOS = [path for path in sorted(ROOT.glob("scenarios/**/*.yaml")) if path not in NETWORKS] + [DATA / "rich.yaml"]

SCENARIO, NETWORK = (jsonschema.Draft202012Validator(schema) for schema in (json_schema(), network_json_schema()))


def data(text: str) -> object:
    tree: Tree | None = read_yaml(text, Path("x"), [])
    assert tree is not None
    return plain(tree)


@pytest.mark.parametrize("schema", [json_schema(), network_json_schema()])
def test_the_schema_is_valid(schema: dict[str, object]) -> None:
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_shipped_scenarios_fit(path: Path) -> None:
    SCENARIO.validate(data(path.read_text()))


@pytest.mark.parametrize("path", NETWORKS, ids=lambda path: path.stem)
def test_shipped_networks_fit(path: Path) -> None:
    NETWORK.validate(data(path.read_text()))


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{name: x, foo: 1}",
        "{name: x, steps: [{send: {sender: a, recipient: b}}]}",
        "{name: x, steps: [{wait: {for: 60}}]}",
        "{name: x, steps: [{wait: {for: 60s}, heal: all}]}",
        "{name: x, steps: [{inject: {as: nothing}}]}",
        "{name: x, network: 3}",
        "{name: x, network: {relay: {validators: [{region: eu}]}}}",
    ],
)
def test_mistakes_do_not_fit(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        SCENARIO.validate(data(text))


def test_defaults_are_written_as_in_files() -> None:
    definitions = json_schema()["$defs"]
    assert definitions["Send"]["properties"]["every"]["default"] == "0s"
    assert definitions["ChannelSpec"]["properties"]["max_message_size"]["default"] == "4 KiB"
    assert definitions["Degrade"]["properties"]["loss"]["default"] == "0 %"
