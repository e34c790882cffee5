"""Faults and checks in Python take the forms that files take, and say in a sentence which others they do not.

``Stop(targets="alice")`` and ``FinalityStalls(grace="12s")`` are read by the types of their fields, which read files
too, so that no value comes out different. Values that need no reading pass by on a shorter way: searches make faults by
the thousand.
"""

from __future__ import annotations

import dataclasses
from abc import ABCMeta
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from inspect import Signature, isabstract, signature
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError, WithJsonSchema
from pydantic.fields import FieldInfo

from simnet.errors import InputError
from simnet.fields import Choices, InPlace, Reads
from simnet.refusals import in_short, refusal

_T = TypeVar("_T")

_Fits = Callable[[Any], bool]
"""Whether a value is in the form in which a field holds it."""

_LONGEST = 60
"""Letters of a value that a message repeats."""


class FormsOfFiles(ABCMeta):
    """The class of the classes of faults, checks and options, which are frozen dataclasses.

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
            __tracebackhide__ = True  # pytest then shows the call
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

    @property
    def __signature__(cls) -> Signature:
        """That of the fields, which what shows help would else not see behind the call."""
        made = signature(cls.__init__)  # type: ignore[misc]
        return made.replace(parameters=list(made.parameters.values())[1:])

    def _found_fits(cls) -> Mapping[str, _Fits]:
        made_by_fields = getattr(cls, "__dataclass_params__", None)
        read = made_by_fields is not None and made_by_fields.init and not isabstract(cls)
        cls._fits = _constructor(cls).fits if read else _NOT_READ
        return cls._fits

    def _read(cls, args: Sequence[object], given: Mapping[str, object]) -> Any:
        __tracebackhide__ = True
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
        raise refusal(error, what) from None


def reader_of(kind: type[_T]) -> TypeAdapter[_T]:
    """What reads values of a dataclass from mappings of its fields."""
    constructor: _Constructor = _constructor(kind)  # type: ignore[arg-type]
    return constructor.adapter


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
        __tracebackhide__ = True
        named = {**self._named(args), **given}
        for name, value in named.items():
            if name in self._of_many and not isinstance(value, (str, list, tuple)):
                raise self._misfit(name, "text or a list", value)
        try:
            made = self.adapter.validate_python(named, by_name=True)
        except ValidationError as error:
            raise refusal(error, self._kind.__name__, self._kind) from None
        for name, value in named.items():
            if isinstance(value, (set, frozenset)):
                raise self._misfit(name, "a list", value)  # a set has no order, of which journals would tell
            if isinstance(value, bool) and not isinstance(getattr(made, name), bool):
                raise self._misfit(name, "a number", value)
        return made

    def _misfit(self, name: str, expected: str, value: object) -> InputError:
        return InputError(f"{self._kind.__name__}: {name}: expected {expected}, found {in_short(value)}")

    def _named(self, args: Sequence[object]) -> dict[str, object]:
        places = [field.name for field in self._fields if not field.kw_only]
        if len(args) > len(places):
            first = next((field.name for field in self._fields if field.name not in places), "...")
            raise InputError(
                f"{self._kind.__name__}: {in_short(args[len(places)])} stands without a name; name each field, for"
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
        bare = isinstance(mark, (WithJsonSchema, InPlace, Choices, str)) or (
            isinstance(mark, FieldInfo) and not mark.metadata
        )
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
