"""The schema of journals is true of journals, and of nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from simnet.journal.journal_schema import journal_schema
from simnet.journal.records import MODELS
from simnet.scenario.loader import load_scenario
from simnet.search import run_trial

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    evidence = run_trial(load_scenario(SCENARIOS / "byzantine-backs-invalid.yaml")).evidence
    return [json.loads(record.to_json()) for record in evidence.records]


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(journal_schema())
    return jsonschema.Draft202012Validator(journal_schema())


def test_every_line_of_a_run_is_as_the_schema_says(
    lines: list[dict[str, Any]], validator: jsonschema.Draft202012Validator
) -> None:
    assert len({line["kind"] for line in lines}) > 15
    first_of_each = {line["kind"]: line for line in reversed(lines)}
    for line in first_of_each.values():
        validator.validate(line)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: line.pop("t"),
        lambda line: line.update(kind="no.such.kind"),
        lambda line: line["data"].pop("index"),
        lambda line: line["data"].update(index="1"),
        lambda line: line["data"].update(mood="good"),
    ],
)
def test_another_line_is_not(
    spoil: Callable[[dict[str, Any]], Any],
    lines: list[dict[str, Any]],
    validator: jsonschema.Draft202012Validator,
) -> None:
    line = json.loads(json.dumps(next(line for line in lines if line["kind"] == "step")))
    validator.validate(line)
    spoil(line)
    assert not validator.is_valid(line)


def test_every_kind_has_a_definition() -> None:
    assert {model.__name__ for model in MODELS.values()} <= set(journal_schema()["$defs"])
