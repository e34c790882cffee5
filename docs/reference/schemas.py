"""JSON Schemas as tables of Markdown: each key with its form, its default and what it does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from docs.docstrings import line

Schema = Mapping[str, Any]
Refer = Callable[[str], str]
"""From a definition's name to a link to where it is explained."""

_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "object": "mapping",
}


def as_table(schema: Schema, refer: Refer, *, without: frozenset[str] = frozenset()) -> Iterator[str]:
    """A row for each key. The default of one that has to be given is empty, and of one that may be left out a dash."""
    rows = {key: one for key, one in schema.get("properties", {}).items() if key not in without}
    if not rows:
        return
    yield from ("| key | form | default | what it does |", "| --- | --- | --- | --- |")
    for key, one in rows.items():
        needed = key in schema.get("required", ())
        shown = "needed" if needed else default(one)
        yield f"| `{key}` | {cell(form(one, refer))} | {cell(shown)} | {cell(line(one.get('description', '')))} |"
    yield ""


def form(schema: Schema, refer: Refer) -> str:
    """What may stand there, in words."""
    if "anyOf" in schema:
        return _either(schema["anyOf"], refer)
    if "$ref" in schema:
        return refer(schema["$ref"].rpartition("/")[2])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return " or ".join(f"`{one}`" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {form(schema['items'], refer)}" if schema.get("items") else "list"
    if isinstance(schema.get("type"), list):
        return " or ".join(_WORDS[one] for one in schema["type"])
    word = _WORDS.get(schema.get("type", ""), "anything")
    return f"{word}{_bounds(schema)}{_example(schema)}"


def default(schema: Schema) -> str:
    """What holds where the key is left out; a dash where that is nothing, or a part with defaults of its own."""
    value = schema.get("default")
    return "-" if value in (None, [], "") or isinstance(value, dict) else f"`{value if isinstance(value, str) else json.dumps(value)}`"


def cell(text: str) -> str:
    """A text that stands in a cell of a table."""
    return text.replace("|", "\\|")


def _either(choices: list[Schema], refer: Refer) -> str:
    """One or many is said in short, and that a key may be null is not said: it is then left out."""
    told = [one for one in choices if one.get("type") != "null"]
    forms = [form(one, refer) for one in told]
    if len(forms) == 2 and forms[1] == f"list of {forms[0]}":
        return f"{forms[0]}, or a list"
    return " or ".join(dict.fromkeys(forms))


def _bounds(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f" from {low} to {high}"
    if low is not None:
        return f", at least {low}"
    if high is not None:
        return f", at most {high}"
    return f", more than {schema['exclusiveMinimum']}" if "exclusiveMinimum" in schema else ""


def _example(schema: Schema) -> str:
    examples = schema.get("examples", ())
    return f", as `{examples[0]}`" if examples and schema.get("type") == "string" else ""
