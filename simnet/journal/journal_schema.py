"""The JSON Schema of a journal's lines, made from the models of :mod:`simnet.journal.records`."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from simnet.journal._record import FORMAT
from simnet.journal.records import MODELS, RecordData

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_ENVELOPE: dict[str, Any] = {
    "seq": {"type": "integer", "minimum": 0, "description": "Counts records from 0."},
    "t": {"type": "number", "description": "Seconds since the run began."},
    "observer": {"type": "string", "description": "The node that saw it, or `harness`."},
    "incarnation": {"type": "integer", "description": "Counts the node's databases; a wipe starts the next one."},
    "chain": {"type": ["string", "null"], "description": "`relay` or a parachain's id."},
    "height": {"type": ["integer", "null"], "description": "Of the block that it is about."},
    "hash": {"type": ["string", "null"], "description": "Of that block, `0x` hex."},
}

_SEAL: dict[str, Any] = {
    "type": "string",
    "description": "First 16 hexadecimal digits of the SHA-256 of the file up to here; journals of old lack it.",
}


def journal_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one line of ``journal.jsonl``; ``$id`` has the version of the format."""
    definitions: dict[str, Any] = {}
    for model in MODELS.values():
        data = data_schema(model)
        definitions |= data.pop("$defs", {})
        definitions[model.__name__] = data
    lines = [
        {
            "properties": {"kind": {"const": kind.value}, "data": {"$ref": f"#/$defs/{model.__name__}"}},
            "required": ["kind", "data"],
        }
        for kind, model in MODELS.items()
    ]
    return {
        "$schema": _DIALECT,
        "$id": f"simnet-journal-{FORMAT}",
        "title": f"A line of a simnet journal, format {FORMAT}",
        "type": "object",
        "properties": {
            **_ENVELOPE,
            "kind": {"enum": [kind.value for kind in MODELS]},
            "data": {"type": "object"},
            "seal": _SEAL,
        },
        "required": [*_ENVELOPE, "kind", "data"],
        "additionalProperties": False,
        "oneOf": lines,
        "$defs": definitions,
    }


def data_schema(model: type[RecordData]) -> dict[str, Any]:
    """The schema of what a record of one kind carries."""
    return TypeAdapter(model).json_schema(schema_generator=_WithoutTitles)


class _WithoutTitles(GenerateJsonSchema):
    """Without the titles that pydantic makes from field names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False
