"""What is wrong with what a check writes of a value, by the type that the runtime gives it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simnet.chain.calls import EncodeError
from simnet.chain.decoded_shapes import Fields, Items, Leaf, StructShape, ValueShape, Variants, body_of, shape_of
from simnet.chain.metadata import Metadata
from simnet.checks.patterns import Meanings, compares, matches
from simnet.errors import InputError
from simnet.network.topology import nearest
from simnet.preflight._asked import AskedOf


@dataclass(frozen=True)
class Wrong:
    """What is wrong at a place of a pattern; ``of_key``: the last key itself is."""

    way: tuple[str | int, ...]
    message: str
    of_key: bool = False

    def below(self, step: str | int) -> Wrong:
        """The same, seen from one level further out."""
        return Wrong((step, *self.way), self.message, self.of_key)


@dataclass(frozen=True)
class Patterns:
    """Looks at patterns of one chain's values."""

    metadata: Metadata
    asked: AskedOf
    meanings: Meanings

    def wrong(self, pattern: Any, shape: ValueShape | None) -> Iterator[Wrong]:
        """Everything that no value of this shape can be; ``shape`` is None where there is no value."""
        if pattern is None and shape is not None and shape.optional:
            return
        if compares(pattern):
            for key, wanted in pattern.items():
                yield from (one.below(key) for one in self._compared(key, wanted, shape))
            return
        match shape:
            case StructShape(fields) if isinstance(pattern, Mapping) and pattern:
                yield from self._fields(pattern, fields)
            case Variants(bodies):
                yield from self._variant(pattern, bodies)
            case Items() if isinstance(pattern, list | tuple):
                yield from self._items(pattern, shape)
            case Leaf(type_id):
                yield from self._value(pattern, type_id)
            case _:
                yield Wrong((), f"{pattern!r} is not in the form of such a value, which is {_in_words(shape)}")

    def bound(self, wanted: Any, shape: ValueShape | None) -> Iterator[Wrong]:
        """Whether a number can be compared with this."""
        if not isinstance(shape, Leaf) or not shape.number:
            yield Wrong((), f"the value is no number, but {_in_words(shape)}, so that it has no bounds")
            return
        try:
            self.meanings.amount(wanted)
        except InputError as error:
            yield Wrong((), str(error))
            return
        yield from self._value(wanted, shape.type_id)

    def _compared(self, key: str, wanted: Any, shape: ValueShape | None) -> Iterator[Wrong]:
        match key:
            case "not":
                yield from self.wrong(wanted, shape)
            case "any_of" if isinstance(wanted, list | tuple) and wanted:
                for at, one in enumerate(wanted):
                    yield from (found.below(at) for found in self.wrong(one, shape))
            case "any_of":
                yield Wrong((), f"any_of takes a list of what it may be, not {wanted!r}")
            case _:
                yield from self.bound(wanted, shape)

    def _fields(self, pattern: Mapping[Any, Any], fields: Mapping[str, int]) -> Iterator[Wrong]:
        for key, one in pattern.items():
            if key not in fields:
                known = nearest(str(key), fields)
                yield Wrong(
                    (key,), f"there is no field {str(key)!r}{known or f'; it has {_listed(fields)}'}", of_key=True
                )
            else:
                yield from (found.below(key) for found in self.wrong(one, shape_of(self.metadata, fields[key])))

    def _variant(self, pattern: Any, bodies: Mapping[str, Fields]) -> Iterator[Wrong]:
        alone = isinstance(pattern, str)
        if isinstance(pattern, Mapping) and len(pattern) == 1:
            ((name, inner),) = pattern.items()
        elif alone:
            name, inner = pattern, None
        else:
            yield Wrong((), f"{pattern!r} is no variant; it is one of {_listed(bodies)}")
            return
        if name not in bodies:
            known = nearest(str(name), bodies) or f"; it is one of {_listed(bodies)}"
            yield Wrong(() if alone else (name,), f"there is no variant {str(name)!r}{known}", of_key=not alone)
            return
        body = body_of(self.metadata, bodies[name])
        if body is None and not alone:
            yield Wrong((name,), f"the variant {name} holds nothing; write {name} alone", of_key=True)
        elif body is not None and alone:
            yield Wrong((), f"the variant {name} holds {_in_words(body)}; write {{{name}: …}}")
        elif body is not None:
            yield from (found.below(name) for found in self.wrong(inner, body))

    def _items(self, pattern: list[Any] | tuple[Any, ...], shape: Items) -> Iterator[Wrong]:
        types = (shape.each,) * len(pattern) if shape.each is not None else shape.types
        if len(types) != len(pattern):
            yield Wrong((), f"the value has {len(types)} items, and {len(pattern)} were given")
            return
        for at, (type_id, one) in enumerate(zip(types, pattern, strict=True)):
            yield from (found.below(at) for found in self.wrong(one, shape_of(self.metadata, type_id)))

    def _value(self, pattern: Any, type_id: int) -> Iterator[Wrong]:
        """A value that the type does not take, or that is not written as it is read: ``"5"`` is no number."""
        try:
            encoded = self.asked.encode(type_id, pattern)
        except EncodeError as error:
            yield Wrong((), str(error))
            return
        read = self.metadata.decode(type_id, encoded, "value")
        if not matches(pattern, read, self.meanings):
            yield Wrong((), f"{pattern!r} is read as {read!r}; write that")


def _in_words(shape: ValueShape | None) -> str:
    match shape:
        case None:
            return "nothing"
        case StructShape(fields):
            return f"a struct of {_listed(fields)}"
        case Variants(bodies):
            return f"one of {_listed(bodies)}"
        case Items():
            return "a list"
        case Leaf(number=True):
            return "a whole number"
    return "a single value"


_LISTED = 8


def _listed(names: Mapping[str, object]) -> str:
    told = ", ".join(list(names)[:_LISTED])
    return f"{told} and {len(names) - _LISTED} more" if len(names) > _LISTED else told or "nothing"
