"""What a place in a file allows, read from the JSON Schema: which keys, which kinds of value, which choices."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Any

from simnet.fields import KeyPath
from simnet.scenario._positions import MappingNode, ScalarNode, SequenceNode, Tree

_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


class FileSchema:
    """The schema of a whole file. What the schema leaves open (``args``, ``genesis``) allows everything."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema

    def keys(self, where: KeyPath) -> list[str] | None:
        """The keys that a mapping there may have; None when it may have any."""
        found: list[str] = []
        for schema in self._at(where):
            if "properties" in schema:
                found += schema["properties"]
            elif schema.get("type") in (None, "object") and schema.get("additionalProperties", True) is not False:
                return None
        return found

    def choices(self, where: KeyPath) -> list[str]:
        """The texts that alone may stand there, if only some may."""
        found: list[str] = []
        for schema in self._at(where):
            found += [str(item) for item in schema.get("enum", ())]
            found += [str(schema["const"])] if "const" in schema else []
        return found

    def description(self, where: KeyPath) -> str | None:
        """What the schema says of the place, when it does so in a line."""
        texts = [schema["description"] for schema in self._at(where) if "description" in schema]
        return texts[0] if texts and "\n" not in texts[0] else None

    def admits(self, where: KeyPath, kind: str) -> bool:
        """Whether a value of that JSON type may stand there. Also true of places that the schema does not know."""
        schemas = self._at(where)
        kinds = [one for schema in schemas for one in _types(schema)]
        return not schemas or kind in kinds or any(_open(schema) for schema in schemas)

    def expected(self, where: KeyPath) -> str:
        """What may stand there, in words: ``a whole number or a list``, ``one of 'all', 'none'``."""
        choices = self.choices(where)
        words = [f"one of {', '.join(map(repr, choices))}"] if choices else []
        for schema in self._at(where):
            for kind in _types(schema):
                example = next(iter(schema.get("examples", ())), None) if kind == "string" else None
                word = _KINDS.get(kind, "") + (f" such as {example}" if example else "")
                if word and word not in words and not (choices and kind == "string"):
                    words.append(word)
        return " or ".join(words) or "something else"

    def _at(self, where: KeyPath) -> list[dict[str, Any]]:
        found = list(self._alternatives(self._schema))
        for piece in where:
            found = [part for schema in found for part in self._inside(schema, piece)]
        return found

    def _inside(self, schema: dict[str, Any], piece: str | int) -> Iterator[dict[str, Any]]:
        if isinstance(piece, int):
            inner = schema.get("items", {} if _open(schema) else None)
        elif piece in schema.get("properties", ()):
            inner = schema["properties"][piece]
        else:
            inner = schema.get("additionalProperties", {} if _open(schema) else None)
        if inner is True:
            inner = {}
        if isinstance(inner, dict):
            yield from self._alternatives(inner)

    def _alternatives(self, schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The schema itself without references and unions: one for each thing that may stand there."""
        if "$ref" in schema:
            yield from self._alternatives(self._schema["$defs"][schema["$ref"].removeprefix("#/$defs/")])
        elif "anyOf" in schema:
            for part in schema["anyOf"]:
                shared: dict[str, Any] = {
                    key: schema[key] for key in ("description", "examples") if key in schema and key not in part
                }
                yield from self._alternatives({**part, **shared} if "$ref" not in part else part)
        else:
            yield schema


def _types(schema: dict[str, Any]) -> list[str]:
    kinds = schema.get("type", [])
    return kinds if isinstance(kinds, list) else [kinds]


def _open(schema: dict[str, Any]) -> bool:
    return not schema.keys() & {"type", "enum", "const", "properties", "oneOf", "allOf"}


def json_type(tree: Tree) -> str:
    """The JSON type of a value in a file."""
    if isinstance(tree, SequenceNode):
        return "array"
    if isinstance(tree, MappingNode):
        return "object"
    if tree.value is None:
        return "null"
    return {bool: "boolean", int: "integer", float: "number", str: "string"}[type(tree.value)]


def found(tree: Tree) -> str:
    """A value of a file in words: ``text 'alice'``, ``the number 3``, ``a list``, ``nothing``."""
    if not isinstance(tree, ScalarNode):
        return _KINDS[json_type(tree)]
    if tree.value is None:
        return "nothing"
    if isinstance(tree.value, bool):
        return str(tree.value).lower()
    if isinstance(tree.value, str):
        return f"text {shorten(tree.value)!r}"
    return f"the number {tree.value}"


def shorten(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def guess(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant."""
    candidates = {one.casefold().replace("_", "-"): one for one in known}
    close = difflib.get_close_matches(word.casefold().replace("_", "-"), candidates, n=1, cutoff=0.55)
    return candidates[close[0]] if close else None


def meant(word: str, known: Iterable[str]) -> str | None:
    """``did you mean 'x'?`` when something known is close to the word, else the known ones."""
    names = list(known)
    near = guess(word, names)
    if near is not None:
        return f"did you mean {near!r}?"
    return f"known are {', '.join(names)}" if names else None
