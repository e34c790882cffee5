"""The JSON Schema of a journal's lines, made from the models of :mod:`simnet.journal.records`."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from simnet.field_docs import DescribedSchema
from simnet.journal._record import FORMAT
from simnet.journal.records import MODELS, RecordData

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_ENVELOPE: dict[str, Any] = {
    "seq": {"type": "integer", "minimum": 0, "description": "Number of the record: they count from 0, without holes."},
    "t": {"type": "number", "description": "Seconds since the run began."},
    "observer": {"type": "string", "description": "The node that saw it, or `harness`."},
    "incarnation": {"type": "integer", "description": "Counts the node's databases; a wipe starts the next one."},
    "chain": {
        "type": ["string", "null"],
        "description": "Chain of that block, `relay` or a parachain's id; null where the record is about none.",
    },
    "height": {
        "type": ["integer", "null"],
        "description": "Height of the block that the record is about; null where it is about none.",
    },
    "hash": {
        "type": ["string", "null"],
        "description": "The same block by its hash, `0x` hex; null where the record is about none.",
    },
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
            "kind": {
                "enum": [kind.value for kind in MODELS],
                "description": "What the record tells; `data` is as its kind asks.",
            },
            "data": {
                "type": "object",
                "description": "What records of that kind carry, as the definition of its model has it.",
            },
            "seal": _SEAL,
        },
        "required": [*_ENVELOPE, "kind", "data"],
        "additionalProperties": False,
        "oneOf": lines,
        "$defs": definitions,
    }


def data_schema(model: type[RecordData]) -> dict[str, Any]:
    """The schema of what a record of one kind carries."""
    return TypeAdapter(model).json_schema(schema_generator=DescribedSchema)
