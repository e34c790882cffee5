"""The signature that a fault or a check should have for editors and checkers of types: its fields in the forms that a
call takes. Read from the sources, as people wrote the types."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from textwrap import dedent

FORMS = {
    "Seconds": "SecondsForm",
    "Bytes": "SizeForm",
    "BitsPerSecond": "RateForm",
    "Share": "ShareForm",
    "SpanField": "SpanForm",
    "MomentField": "MomentForm",
    "Selectors": "SelectorsForm",
    "Names": "SelectorsForm",
    "_From": "SelectorsForm",
    "_To": "SelectorsForm",
    "ChainId": "ChainForm",
    "ParaId": "ChainForm",
    "EventName": "str",
    "ItemName": "str",
    "FunctionName": "str",
    "Amount": "int | str",
    "EventPattern": "EventPattern | Mapping[str, Any]",
}
"""What a call may give a field of this type."""


def wanted(kind: type) -> str | None:
    """The ``__init__`` that a dataclass should declare; None if its fields take nothing but what they hold."""
    written = annotations(kind)
    parameters = [_parameter(written[field.name]) for field in dataclasses.fields(kind)]
    if all(form(written[field.name].annotation) == _plain(written[field.name]) for field in dataclasses.fields(kind)):
        return None
    return ast.unparse(ast.parse(f"def __init__(self, *, {', '.join(parameters)}) -> None: ..."))


def declared(kind: type) -> str | None:
    """The ``__init__`` that a class declares for checkers of types."""
    inside = [
        node for node in tree(kind).body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    found = [one for node in inside for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
    return ast.unparse(found[0]) if found else None


def form(hint: ast.expr) -> str:
    """What a call may give a field of this type."""
    if isinstance(hint, ast.Name):
        return FORMS.get(hint.id, hint.id)
    if isinstance(hint, ast.BinOp):
        return f"{form(hint.left)} | {form(hint.right)}"
    outer = ast.unparse(hint.value) if isinstance(hint, ast.Subscript) else ""
    if isinstance(hint, ast.Subscript) and isinstance(hint.slice, ast.Tuple):
        inner = hint.slice.elts[0]
        if outer == "tuple":
            return f"Sequence[{form(inner)}]"
        if outer == "Annotated" and "Reads(one_or_many)" in ast.unparse(hint):
            one = form(inner).removeprefix("Sequence[").removesuffix("]")
            return f"{one} | Sequence[{one}]"
        if outer == "Annotated":
            return form(inner)
    return ast.unparse(hint)


def _plain(field: ast.AnnAssign) -> str:
    """What a field holds, without what `Annotated` adds."""
    hint = field.annotation
    if isinstance(hint, ast.Subscript) and ast.unparse(hint.value) == "Annotated" and isinstance(hint.slice, ast.Tuple):
        hint = hint.slice.elts[0]
    return ast.unparse(hint)


def _parameter(field: ast.AnnAssign) -> str:
    default = "" if field.value is None else f" = {ast.unparse(field.value)}"
    made = isinstance(field.value, ast.Call) and ast.unparse(field.value.func) == "field"
    return f"{ast.unparse(field.target)}: {form(field.annotation)}{' = ...' if made else default}"


def annotations(kind: type) -> Mapping[str, ast.AnnAssign]:
    """How each field of a class is written, in the class that says so last."""
    return {name: node for base in reversed(kind.__mro__) for name, node in _own(base)}


def _own(kind: type) -> Iterator[tuple[str, ast.AnnAssign]]:
    if kind.__module__.startswith(("simnet.", "tests.")):
        for node in tree(kind).body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                yield node.target.id, node


@cache
def tree(kind: type) -> ast.ClassDef:
    """The source of a class."""
    (found,) = ast.parse(dedent(inspect.getsource(kind))).body
    assert isinstance(found, ast.ClassDef)
    return found
