"""Faults and checks in Python take the forms that files take, and say in a sentence which others they do not.

``Stop(targets="alice")`` and ``FinalityStalls(grace="12s")`` are read by the types of their fields, which read files
too, so that no value comes out different. Values that need no reading pass by on a shorter way: searches make faults by
the thousand.
"""

from __future__ import annotations

import dataclasses
import re
from abc import ABCMeta
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from inspect import isabstract
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError, WithJsonSchema
from pydantic.fields import FieldInfo

from simnet.errors import InputError
from simnet.fields import InPlace, Reads
from simnet.network.topology import nearest

_T = TypeVar("_T")

_Fits = Callable[[Any], bool]
"""Whether a value is in the form in which a field holds it."""

_LONGEST = 60
"""Letters of a value that a message repeats."""


class FormsOfFiles(ABCMeta):
    """The class of the classes of faults and checks, which are frozen dataclasses.

    A call reads its arguments. It raises :class:`InputError` for a field that is unknown or missing, and for a value in
    a form that its field does not take.
    """

    _fits: Mapping[str, _Fits] | None

    def __init__(cls, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        cls._fits = None

    if not TYPE_CHECKING:  # else checkers of types would take this for the way to make values, and not the fields

        def __call__(cls, *args: Any, **given: Any) -> Any:
            """A value of the class, as a file would give it."""
            fits = cls._fits or cls._found_fits()
            if args:
                return cls._read(args, given)
            try:
                for name, value in given.items():
                    if not fits[name](value):
                        return cls._read(args, given)
                return _make(cls, **given)
            except (KeyError, TypeError):  # no such field, or one is missing
                return cls._read(args, given)

    def _found_fits(cls) -> Mapping[str, _Fits]:
        made_by_fields = getattr(cls, "__dataclass_params__", None)
        read = made_by_fields is not None and made_by_fields.init and not isabstract(cls)
        cls._fits = _constructor(cls).fits if read else _NOT_READ
        return cls._fits

    def _read(cls, args: Sequence[object], given: Mapping[str, object]) -> Any:
        return _make(cls, *args, **given) if cls._fits is _NOT_READ else _constructor(cls).read(args, given)


_make = type.__call__

_NOT_READ: Mapping[str, _Fits] = {"": lambda _: False}
"""Of a class whose values are made otherwise than by what ``dataclass`` makes of its fields."""


def read_as(kind: Any, value: object, what: str) -> Any:
    """A value that a field of this type holds, read from a form that it takes; raises :class:`InputError`, with
    ``what`` before it, for another."""
    try:
        return _adapter(kind).validate_python(value)
    except ValidationError as error:
        raise told(error, what) from None


def reader_of(kind: type[_T]) -> TypeAdapter[_T]:
    """What reads values of a dataclass from mappings of its fields."""
    return _constructor(kind).adapter


def told(error: ValidationError, what: str, model: type | None = None) -> InputError:
    """What pydantic found wrong with what Python gave ``what``, a line each, and what is known of the ``model``."""
    items = error.errors(include_url=False)
    lines = dict.fromkeys(_line(item, what, model) for item in items if item["type"] not in _MISSING)
    said = "\n".join(lines)
    meant = [item for item in items if item["type"] in _MISSING and f"did you mean {item['loc'][-1]!r}?" not in said]
    return InputError("\n".join([*lines, *(_line(item, what, model) for item in meant)]))


class _Constructor:
    """How values of one dataclass are made of what is given."""

    def __init__(self, kind: type[Any]) -> None:
        self._kind = kind
        self._fields = [field for field in dataclasses.fields(kind) if field.init]
        hints = get_type_hints(kind, include_extras=True)
        self.fits = {field.name: _fit(hints[field.name]) for field in self._fields}
        self._of_many = {field.name for field in self._fields if _is_of_many(hints[field.name])}

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self._kind)

    def read(self, args: Sequence[object], given: Mapping[str, object]) -> Any:
        """A value; raises :class:`InputError`."""
        named = {**self._named(args), **given}
        for name, value in named.items():
            if name in self._of_many and not isinstance(value, (str, list, tuple)):
                raise self._misfit(name, "text or a list", value)
        try:
            made = self.adapter.validate_python(named, by_name=True)
        except ValidationError as error:
            raise told(error, self._kind.__name__, self._kind) from None
        for name, value in named.items():
            if isinstance(value, (set, frozenset)):
                raise self._misfit(name, "a list", value)  # a set has no order, of which journals would tell
            if isinstance(value, bool) and not isinstance(getattr(made, name), bool):
                raise self._misfit(name, "a number", value)
        return made

    def _misfit(self, name: str, expected: str, value: object) -> InputError:
        return InputError(f"{self._kind.__name__}: {name}: expected {expected}, found {_short(value)}")

    def _named(self, args: Sequence[object]) -> dict[str, object]:
        places = [field.name for field in self._fields if not field.kw_only]
        if len(args) > len(places):
            first = next((field.name for field in self._fields if field.name not in places), "...")
            raise InputError(
                f"{self._kind.__name__}: {_short(args[len(places)])} stands without a name; name each field, for"
                f" example {self._kind.__name__}({first}=...)"
            )
        return dict(zip(places, args, strict=False))


@cache
def _constructor(kind: type[Any]) -> _Constructor:
    return _Constructor(kind)


_adapter = cache(TypeAdapter)


# -- values that need no reading -----------------------------------------------------------------------------------


def _fit(hint: Any) -> _Fits:
    """What tells values that are in the form which the field holds; it may say no of some that are."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _annotated(parts[0], hint.__metadata__)
    if origin in (Union, UnionType):
        return _any_of(parts)
    if origin is Literal:
        return lambda value: type(value) is str and value in parts
    if origin is tuple and len(parts) == 2 and parts[1] is Ellipsis:
        return _tuple_of(parts[0])
    if hint in (str, bool, int, float, NoneType) or dataclasses.is_dataclass(hint):
        return lambda value: type(value) is hint
    return _never


def _is_of_many(hint: Any) -> bool:
    """Whether a field holds several of what may also be given as one text."""
    marks = getattr(hint, "__metadata__", ())
    return any(isinstance(mark, Reads) for mark in marks) and get_origin(hint.__origin__) is tuple


def _annotated(hint: Any, marks: Sequence[object]) -> _Fits:
    fits = _fit(hint)
    for mark in marks:
        bare = isinstance(mark, (WithJsonSchema, InPlace, str)) or (isinstance(mark, FieldInfo) and not mark.metadata)
        if not (bare or isinstance(mark, Reads)):
            return _never
    bounds = [mark for mark in marks if isinstance(mark, Reads) and hint in (int, float)]
    if not bounds:
        return fits
    least, most = bounds[0].least, bounds[0].most
    return lambda value: type(value) is hint and least <= value <= most


def _any_of(parts: Sequence[Any]) -> _Fits:
    fits = [_fit(part) for part in parts if part is not NoneType]
    if len(fits) == 1 and len(parts) == 2:
        fit = fits[0]
        return lambda value: value is None or fit(value)
    return _never


def _tuple_of(hint: Any) -> _Fits:
    fits = _fit(hint)

    def texts(value: Any) -> bool:
        if type(value) is not tuple:
            return False
        for item in value:  # noqa: SIM110 - a generator takes as long again
            if type(item) is not str:
                return False
        return True

    def values(value: Any) -> bool:
        return type(value) is tuple and all(map(fits, value))

    return texts if hint is str else values


def _never(_: object) -> bool:
    return False


# -- what is said of others ----------------------------------------------------------------------------------------

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
}
"""By the beginning of pydantic's name of an error."""


def _line(item: Any, what: str, model: type | None) -> str:
    kind, loc = item["type"], [part for part in item["loc"] if isinstance(part, int) or part.isidentifier()]
    of_key = kind in _UNKNOWN or kind in _MISSING
    place = ": ".join(filter(None, (what, ".".join(map(str, loc[:-1] if of_key else loc)))))
    if kind in _MISSING:
        return f"{place}: {loc[-1]} is missing"
    if kind in _UNKNOWN:
        return f"{place}: there is no {loc[-1]!r}{nearest(str(loc[-1]), _known(model, loc[:-1]))}"
    if kind == "value_error":
        said = str(item["ctx"]["error"])
        return f"{place}: {said}" if loc else said
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", item["ctx"]["expected"])
        return f"{place}: there is no {_short(item['input'])}{nearest(str(item['input']), choices)}"
    expected = _EXPECTED.get(kind.partition("_")[0])
    if expected is not None and kind.endswith(("_type", "_parsing", "_from_float")):
        return f"{place}: expected {expected}, found {_short(item['input'])}"
    said = item["msg"].replace("Input should be", "expected")
    return f"{place}: {said[:1].lower()}{said[1:]}, found {_short(item['input'])}"


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


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
