"""The JSON Schema of files that hold a space of a search."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from simnet.faults import KINDS, Fault
from simnet.field_docs import as_markdown
from simnet.fields import Choices
from simnet.scenario.schema import bare_schema, described_schema
from simnet.search.space import Space


def space_json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a space file: its keys, durations as text with a unit, kinds of faults with
    what each does."""
    schema = copy.deepcopy(_with_path(described_schema(Space, "A simnet search space")))
    one = Choices({kind: as_markdown(fault.__doc__).partition("\n\n")[0] for kind, fault in _drawn()}).as_schema()
    several = {"type": "array", "items": one, "minItems": 1}
    schema["properties"]["kinds"] = {**schema["properties"]["kinds"], "anyOf": [*one["anyOf"], several]}
    return schema


def _drawn() -> Iterator[tuple[str, type[Fault]]]:
    """Kinds of which a search draws faults, for some network at least."""
    for kind, fault in KINDS.items():
        if not fault.paired and fault.draw.__func__ is not Fault.draw.__func__:  # type: ignore[attr-defined]
            yield kind, fault


def bare_space_schema() -> dict[str, Any]:
    """The same without what fields mean, for telling what a place in a file allows."""
    return _with_path(bare_schema(Space))


def _with_path(schema: dict[str, Any]) -> dict[str, Any]:
    """In a file ``base`` is a path; then nothing else is made of definitions."""
    words = schema["properties"]["base"].get("description", "")
    form = "The path of a scenario file, relative to this one."
    base = {"type": "string", "examples": ["quickstart.yaml"], "description": " ".join(filter(None, (words, form)))}
    rest = {key: value for key, value in schema.items() if key != "$defs"}
    return {**rest, "properties": {**schema["properties"], "base": base}}
