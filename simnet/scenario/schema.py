"""The JSON Schema of scenario and network files: for people and editors with what each key means, and bare, for telling
what a place in a file allows."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from simnet.field_docs import DescribedSchema
from simnet.scenario._written import write_with_unit
from simnet.scenario.network_spec import NetworkSpec
from simnet.scenario.scenario import Expectation, Scenario
from simnet.scenario.steps import Change, Inject, Step, WindowSpec

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PATH = {"type": "string", "examples": ["networks/two-regions.yaml"]}


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a scenario file, in its own terms: its keys, durations as text with a unit."""
    return copy.deepcopy(described_schema(Scenario, "A simnet scenario"))


def network_json_schema() -> dict[str, Any]:
    """The JSON Schema of a network file."""
    return copy.deepcopy(described_schema(NetworkSpec, "A simnet network"))


@functools.cache
def described_schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    """The JSON Schema of files of a model, in which each property says what its field's docstring says. Of all who ask,
    so not to be changed."""
    schema = _in_file_terms(model, _DescribedInFileTerms)
    return {"$schema": DIALECT, **schema, "title": title}


@functools.cache
def bare_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The same without what fields mean, for which no source is read. Of all who ask, so not to be changed."""
    return _in_file_terms(model, _InFileTerms)


class _InFileTerms(GenerateJsonSchema):
    """Without the titles that pydantic makes from field names, and true of text that is also taken as a number."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def function_before_schema(self, schema: Any) -> dict[str, Any]:
        """A parachain's id may stand without quotes: its reader makes text of numbers."""
        inner = super().function_before_schema(schema)
        if inner.get("type") == "string" and schema["function"]["type"] == "no-info":
            takes_numbers = schema["function"]["function"](2000) == "2000"
            return {**inner, "type": ["string", "integer"]} if takes_numbers else inner
        return inner


class _DescribedInFileTerms(DescribedSchema, _InFileTerms):
    pass


def _in_file_terms(model: type[BaseModel], generator: type[GenerateJsonSchema]) -> dict[str, Any]:
    schema = model.model_json_schema(schema_generator=generator)
    definitions = schema["$defs"]
    _defaults_as_text(schema)
    for name, keys in _ALTERNATIVES.items():
        if name in definitions:
            definitions[name]["oneOf"] = [{"required": [key]} for key in keys]
    if issubclass(model, Scenario):
        _with_use(definitions["NetworkSpec"])
        _with_path(schema)
    if issubclass(model, NetworkSpec):
        _with_use(schema)
    return schema


_ALTERNATIVES: dict[str, Iterable[str]] = {
    "Step": Step.VERBS,
    "Wait": ("for", "until", "state"),
    **{model.__name__: model.kinds() for model in (Inject, Change, WindowSpec, Expectation)},
}
"""Of these keys exactly one stands in each such mapping."""


def _with_use(network: dict[str, Any]) -> None:
    what = "A network file, relative to this one; what stands beside it is merged over that file."
    network["properties"] = {"use": {**_PATH, "description": what}, **network["properties"]}


def _with_path(scenario: dict[str, Any]) -> None:
    """A scenario file may name its network's file in the network's place."""
    network = scenario["properties"]["network"]
    path = {**_PATH, "description": "A network file, relative to this one."}
    words = {"description": network["description"]} if "description" in network else {}
    scenario["properties"]["network"] = {"anyOf": [path, {"$ref": network["$ref"]}], **words}


def _defaults_as_text(schema: Any) -> None:
    """Writes defaults of durations, sizes, rates and shares as the text that the file would hold."""
    if isinstance(schema, list):
        for item in schema:
            _defaults_as_text(item)
    if not isinstance(schema, dict):
        return
    write = write_with_unit(schema["pattern"]) if isinstance(schema.get("pattern"), str) else None
    if write is not None and isinstance(schema.get("default"), (int, float)):
        schema["default"] = write(schema["default"])
    for part in schema.values():
        _defaults_as_text(part)
