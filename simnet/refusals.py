"""What pydantic found wrong with what Python gave, in sentences: where, what was expected there, what was found."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ValidationError

from simnet.errors import InputError
from simnet.network.topology import nearest

_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
_MISSING = ("missing", "missing_keyword_only_argument", "missing_argument")
_EXPECTED = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "True or False",
    "tuple": "a list",
    "list": "a list",
    "dict": "a mapping",
    "model": "a mapping",
    "dataclass": "a mapping",
    "path": "a path",
    "callable": "a function",
}
"""By the beginning of pydantic's name of an error."""

_LONGEST = 60
"""Letters of a value that a message repeats."""

_Way = tuple[str | int, ...]


@dataclass(frozen=True)
class _Refused:
    """One thing that is wrong, and the way to it."""

    way: _Way
    said: str
    expected: str | None = None
    """What should be there, where it is of another type."""
    missing: str | None = None
    """The key that is not there."""
    ruled: bool = False
    """Whether a rule of ours says so."""


def entries(count: int) -> str:
    """So many entries of a list or a mapping, in words."""
    return "1 entry" if count == 1 else f"{count} entries"


def refusal(error: ValidationError, what: str, model: type | None = None) -> InputError:
    """The error that says, a line each, what is wrong with what Python gave ``what``. Names that ``model`` has are
    offered for those that are unknown; its own rules need no ``what`` before their words."""
    found = [_refused(item, model) for item in error.errors(include_url=False)]
    lines = (_line(one, found, what) if model is None or one.way or not one.ruled else one.said for one in found)
    return InputError("\n".join(dict.fromkeys(filter(None, lines))))


def _line(one: _Refused, found: Sequence[_Refused], what: str) -> str | None:
    """What is said of one of those that were found; None if another one says it better."""
    said = one.said
    if one.missing is not None and any(f"did you mean {one.missing!r}?" in other.said for other in found):
        return None
    if one.expected is not None:
        # Each alternative of a union complains; one that came further than the type knows better.
        there = [other for other in found if other.way[: len(one.way)] == one.way]
        if any(other.expected is None or other.way != one.way for other in there):
            return None
        said = f"expected {' or '.join(dict.fromkeys(str(other.expected) for other in there))}, {said}"
    return ": ".join(filter(None, (what, ".".join(map(str, one.way)), said)))


def _refused(item: Any, model: type | None) -> _Refused:
    kind, value = item["type"], item["input"]
    # Beside keys and positions there are pydantic's names of alternatives, such as `tuple[NodeSpec, ...]`.
    way = tuple(part for part in item["loc"] if isinstance(part, int) or part.isidentifier())
    if kind in _MISSING:
        return _Refused(way[:-1], f"{way[-1]} is missing", missing=str(way[-1]))
    if kind in _UNKNOWN:
        return _Refused(way[:-1], f"there is no {way[-1]!r}{nearest(str(way[-1]), _known(model, way[:-1]))}")
    if kind == "value_error":
        return _Refused(way, str(item["ctx"]["error"]), ruled=True)
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", item["ctx"]["expected"])
        return _Refused(way, f"there is no {in_short(value)}{nearest(str(value), choices)}")
    if kind == "string_pattern_mismatch":
        return _Refused(way, f"{in_short(value)} does not have the form {item['ctx']['pattern']}")
    expected = _EXPECTED.get(kind.partition("_")[0])
    if expected is not None and kind.endswith(("_type", "_parsing", "_from_float")):
        return _Refused(way, f"found {in_short(value)}", expected=expected)
    if kind == "too_short":
        return _Refused(way, f"expected {entries(item['ctx']['min_length'])} or more, found {in_short(value)}")
    said = item["msg"].replace("Input should be", "expected")
    return _Refused(way, f"{said[:1].lower()}{said[1:]}, found {in_short(value)}")


def _known(model: type | None, way: Sequence[str | int]) -> list[str]:
    """What may stand at a place within a model: names of fields, or their keys in files."""
    here = [model] if model is not None else []
    for part in way:
        if isinstance(part, str):
            here = [inner for one in here for inner in _classes(_hints(one).get(part))]
    return [name for one in here for name in _hints(one)]


def _hints(kind: type) -> dict[str, Any]:
    """Types of the fields of a model or a dataclass by what a caller names them."""
    if issubclass(kind, BaseModel):
        return {info.alias or name: info.annotation for name, info in kind.model_fields.items()}
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return {field.name: hints[field.name] for field in dataclasses.fields(kind)}
    return {}


def _classes(hint: Any) -> Iterator[type]:
    """The classes that a type is made of."""
    if isinstance(hint, type) and get_origin(hint) is None:
        yield hint
    for part in get_args(hint):
        yield from _classes(part)


def in_short(value: object) -> str:
    """A value as Python writes it, not too long for a line."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
