"""JSON Schemas as tables of Markdown: each key with its form, its default and what it does."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from simnet.faults import ACTS
from simnet.faults import KINDS as FAULTS
from simnet.scenario.awaited import STATES

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
_EXPLAINED = (
    (frozenset(STATES), "a [state](states.md)"),
    (frozenset(ACTS), "an [act](acts.md)"),
    (frozenset(FAULTS), "a kind of [fault](faults.md)"),
)
"""Choices that have a page of their own."""


def as_table(schema: Schema, refer: Refer, *, without: Iterable[str] = ()) -> Iterator[str]:
    """A row for each key, then what the choices mean that some keys have.

    The default of a key that may be left out is a dash where it is nothing, or a part with defaults of its own.
    """
    keys = {key: one for key, one in schema.get("properties", {}).items() if key not in without}
    if not keys:
        return
    yield from ("| key | form | default | what it does |", "| --- | --- | --- | --- |")
    for key, one in keys.items():
        without_it = "needed" if key in schema.get("required", ()) else default(one)
        yield f"| `{key}` | {cell(form(one, refer))} | {cell(without_it)} | {cell(one.get('description', ''))} |"
    yield ""
    for key, one in keys.items():
        meanings = _meanings(one)
        if meanings and not _explained(meanings):
            yield from (f"What `{key}` may be:", "")
            yield from (f"- `{choice}`: {meaning}" for choice, meaning in meanings.items())
            yield ""


def form(schema: Schema, refer: Refer) -> str:
    """What may stand there, in words."""
    if "anyOf" in schema:
        return _either(schema, refer)
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
    return f"{_WORDS.get(schema.get('type', ''), 'anything')}{_bounds(schema)}{_example(schema)}"


def default(schema: Schema) -> str:
    """What holds where the key is left out."""
    value = schema.get("default")
    if value in (None, [], "") or isinstance(value, dict):
        return "-"
    if isinstance(value, list):
        return ", ".join(f"`{one}`" for one in value)
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def cell(text: str) -> str:
    """A text that stands in a cell of a table."""
    return text.replace("|", "\\|")


def _either(schema: Schema, refer: Refer) -> str:
    """One or many is said in short. That a key may be null is not said, since it is then left out."""
    choices = frozenset(_meanings(schema))
    told = [one for one in schema["anyOf"] if one.get("type") != "null" and one.get("const") not in choices]
    several = _explained(choices) or " or ".join(f"`{one}`" for one in _meanings(schema))
    forms = [*filter(None, [several]), *(form(one, refer) for one in told)]
    if len(forms) == 2 and forms[1] == f"list of {forms[0]}":
        return f"{forms[0]}, or a list"
    return " or ".join(dict.fromkeys(forms))


def _explained(choices: Collection[str]) -> str:
    """A link to the page that explains all choices; empty where there is none."""
    return next((link for known, link in _EXPLAINED if choices and known.issuperset(choices)), "")


def _meanings(schema: Schema) -> dict[str, str]:
    """The texts that may stand there, each with what it means."""
    parts = (one for one in schema.get("anyOf", ()) if "const" in one and "description" in one)
    return {one["const"]: one["description"] for one in parts}


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
