"""Structs of a chain as values for people: mappings that cannot be changed, whose fields are attributes as well."""

from __future__ import annotations

from typing import Any, NoReturn

from simnet.errors import UnknownFieldError
from simnet.network.topology import nearest


class _Shadowed:
    """A method of dicts that changes them: of a struct its name is that of a field, or of nothing."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, struct: Struct | None, _kind: type) -> Any:
        return self if struct is None else struct[self._name]


class Struct(dict[str, Any]):
    """A decoded struct, or an enum's variant with what it carries: ``account["data"]["free"]`` and
    ``account.data.free`` are the same value.

    It is a dict in all but one thing: it cannot be changed. So it equals a dict of the same, goes into JSON, and is
    what calls take as an argument. Of a field named as a method (``keys``, ``values``, ``items``, ``get``, ``copy``)
    there is only the form in brackets, as of unnamed fields, which are called ``"0"``, ``"1"``… A name that it does not
    have raises :class:`~simnet.errors.UnknownFieldError`, with what was probably meant. :meth:`copy` gives a plain
    dict.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what Python and libraries look for, and live without
            raise AttributeError(name)
        return self[name]

    def __missing__(self, name: object) -> NoReturn:
        raise UnknownFieldError(f"there is no field {str(name)!r}{nearest(str(name), self) or '; there are none'}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(name for name in self if name.isidentifier())]

    def __reduce__(self) -> tuple[type[Struct], tuple[dict[str, Any]]]:
        return Struct, (dict(self),)

    def _closed(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("what a chain has is read, and not changed here; copy() gives a dict of your own")

    __setattr__ = _closed
    __delattr__ = _closed
    __setitem__ = _closed
    __delitem__ = _closed
    __ior__ = _closed
    clear = _Shadowed("clear")
    pop = _Shadowed("pop")
    popitem = _Shadowed("popitem")
    setdefault = _Shadowed("setdefault")
    update = _Shadowed("update")


def as_structs(value: Any) -> Any:
    """A decoded value whose dicts, at every depth, are :class:`Struct`; lists stay lists."""
    match value:
        case dict():
            return Struct((str(key), as_structs(one)) for key, one in value.items())
        case list() | tuple():
            return [as_structs(one) for one in value]
    return value
