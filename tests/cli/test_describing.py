"""`simnet list` and `simnet schema`."""

from __future__ import annotations

import json

import jsonschema
import pytest

from simnet.cli._scenario_files import library
from simnet.cli._schemas import SCHEMAS
from tests.cli.conftest import Simnet


def test_the_library_has_a_line_for_each_scenario(simnet: Simnet) -> None:
    lines = simnet("list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(library())
    (quickstart,) = (line for line in lines if line.startswith("quickstart "))
    assert "partition, messaging" in quickstart
    assert "Finality stalls while the network is cut in two" in quickstart


def test_a_tag_leaves_those_that_have_it(simnet: Simnet) -> None:
    names = [line.split()[0] for line in simnet("list", "--tag", "disputes").stdout.splitlines()]
    assert "dispute-storm" in names
    assert "quickstart" not in names


def test_a_tag_that_no_scenario_has_is_a_mistake(simnet: Simnet) -> None:
    result = simnet("list", "--tag", "dispute")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "did you mean 'disputes'?" in result.stderr


def test_every_scenario_of_the_library_says_what_it_is_about(simnet: Simnet) -> None:
    told = json.loads(simnet("list", "--json").stdout)["scenarios"]
    assert [one["name"] for one in told if not one["tags"] or not one["description"]] == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_one(simnet: Simnet, name: str) -> None:
    result = simnet("schema", name)
    assert result.exit_code == 0, result.output
    jsonschema.Draft202012Validator.check_schema(json.loads(result.stdout))


def test_the_schema_of_scenarios_comes_unasked_and_fits_one(simnet: Simnet) -> None:
    schema = json.loads(simnet("schema").stdout)
    jsonschema.validate({"name": "calm", "seed": 3}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"name": "calm", "sed": 3}, schema)


def test_a_schema_of_nothing_is_a_mistake(simnet: Simnet) -> None:
    result = simnet("schema", "scenaro")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "did you mean 'scenario'?" in result.stderr


@pytest.mark.parametrize("command", ["validate", "judge"])
def test_a_schema_is_printed_by_one_command(simnet: Simnet, command: str) -> None:
    assert simnet(command, "--schema").exit_code == 2
