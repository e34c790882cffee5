"""What fields mean, in the docstrings below them: read from the sources when somebody asks, and put into JSON Schemas.

A field's type says which form it has (a duration with its unit); its docstring says what it does. Reading sources takes
milliseconds for each module, which loading a file must not cost: that needs forms alone.
"""

from __future__ import annotations

import ast
import functools
import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

_ROLE = re.compile(r":\w+:`(?:~[\w.]*\.)?([^`]+)`")
_MARK = re.compile(r"``([^`]+)``")


def field_docs(kind: type) -> Mapping[str, str]:
    """What each field of a class means, by its name, in one line of Markdown: the docstring below it, in the class or
    else in the nearest base that has one. A class whose source is not at hand, typed at a prompt, has none."""
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        found |= _of_module(base.__module__).get(base.__qualname__, {})
    return found


def as_markdown(docstring: str | None) -> str:
    """A docstring in Markdown, each paragraph in one line, with names in code marks."""
    paragraphs = inspect.cleandoc(docstring or "").split("\n\n")
    return "\n\n".join(_MARK.sub(r"`\1`", _ROLE.sub(r"`\1`", " ".join(one.split()))) for one in paragraphs)


@functools.cache
def _of_module(name: str) -> Mapping[str, Mapping[str, str]]:
    """What the fields of each class of a module mean, by the class's qualified name."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[name]))
    except (KeyError, OSError, TypeError):
        return {}
    return {name: dict(_below_fields(node.body)) for name, node in _classes(tree.body)}


def _classes(body: Iterable[ast.stmt], outer: str = "") -> Iterator[tuple[str, ast.ClassDef]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield outer + node.name, node
            yield from _classes(node.body, f"{outer}{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            yield from _classes(node.body, f"{outer}{node.name}.<locals>.")


def _below_fields(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for field, below in pairwise(body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
            and isinstance(below.value.value, str)
        ):
            yield field.target.id, " ".join(as_markdown(below.value.value).split())


class DescribedSchema(GenerateJsonSchema):
    """JSON Schemas whose properties say what :func:`field_docs` says, and then the form that their types have. Without
    the titles that pydantic makes from field names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: Any) -> JsonSchemaValue:
        return _described(super().model_schema(schema), schema)

    def dataclass_schema(self, schema: Any) -> JsonSchemaValue:
        return _described(super().dataclass_schema(schema), schema)


def _described(made: JsonSchemaValue, core: Any) -> JsonSchemaValue:
    """The schema that was made of a class's core schema, with the words of the class and of its fields."""
    docs = field_docs(core["cls"])
    properties = dict(made.get("properties", {}))
    for name, key in _keys(core):
        if name in docs:
            own = properties[key]
            properties[key] = {**own, "description": " ".join(filter(None, (docs[name], _form(own))))}
    described = {**made, "properties": properties} if properties else dict(made)
    if "description" in made:
        described["description"] = as_markdown(made["description"])
    return described


def _keys(core: Any) -> Iterator[tuple[str, str]]:
    """The name of each field of a class, and its key in files."""
    inner = core["schema"]
    while "fields" not in inner:  # validators of the whole class stand around its fields
        inner = inner["schema"]
    fields = inner["fields"]
    named = fields.items() if isinstance(fields, dict) else ((one["name"], one) for one in fields)
    for name, field in named:
        yield name, field.get("validation_alias", name)


def _form(schema: JsonSchemaValue) -> str:
    """What a property's type says of its form; empty where it says nothing. Each of several choices speaks for
    itself."""
    types = (one for one in (schema, *schema.get("anyOf", ())) if "const" not in one)
    texts = [one["description"] for one in types if "description" in one]
    return str(texts[0]) if texts else ""
