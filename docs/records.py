"""What each record of a journal carries, from the schema of the journal's lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simnet.journal.journal_schema import data_schema
from simnet.journal.records import MODELS


def as_sections() -> str:
    """A paragraph for each kind of record, and a list of its fields."""
    return "\n\n".join("\n".join(_section(kind.value, data_schema(model))) for kind, model in MODELS.items())


def _section(kind: str, schema: Mapping[str, Any]) -> Iterator[str]:
    about = " ".join(schema["description"].split())
    yield f"**`{kind}`**: {about}"
    fields = schema.get("properties", {})
    if fields:
        yield ""
    for name, field in fields.items():
        left_out = "" if name in schema.get("required", ()) else ", may be left out"
        meaning = f": {field['description']}" if "description" in field else ""
        yield f"- `{name}` ({_type(field)}{left_out}){meaning}"


def _type(field: Mapping[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_type(one) for one in field["anyOf"] if one.get("type") != "null" or "default" not in field)
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return " or ".join(f"`{one}`" for one in field["enum"])
    if "$ref" in field:
        return f"a {field['$ref'].rpartition('/')[2].lower()}"
    if field.get("type") == "array":
        return f"list of {_type(field['items'])}" if field.get("items") else "list"
    return str(field.get("type", "anything"))
