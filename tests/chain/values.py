"""Values of any type of a runtime, for Hypothesis: as the decoders give them, and as substrate-interface takes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from simnet.chain import _type_registry as registry
from simnet.chain.metadata import Metadata

_DEPTH = 6
"""Levels after which the smallest value is taken, since types may contain themselves."""

Draw = Callable[[st.SearchStrategy[Any]], Any]


@st.composite
def values(draw: Draw, metadata: Metadata, type_id: int) -> Any:
    """A value as :mod:`simnet.chain._decoders` gives it."""
    return _value(draw, metadata.types, type_id, _DEPTH)


def _value(draw: Draw, types: registry.Types, type_id: int, depth: int) -> Any:
    match types[type_id]:
        case registry.Primitive(name):
            return draw(_primitive(name))
        case registry.Composite(path=("primitive_types", "U256")):
            return draw(_primitive("u256"))
        case registry.Composite(fields=fields):
            return _fields(draw, types, fields, depth)
        case registry.Enumeration(path=("Option",), variants=(_, some)):
            present = depth > 0 and draw(st.booleans())
            return _value(draw, types, some.fields[0].type_id, depth - 1) if present else None
        case registry.Enumeration(variants=()):
            return reject()
        case registry.Enumeration(variants=variants):
            simple = [variant for variant in variants if not variant.fields] or list(variants[:1])
            variant = draw(st.sampled_from(variants if depth > 0 else simple))
            body = _fields(draw, types, variant.fields, depth)
            return {variant.name: body} if variant.fields else variant.name
        case registry.TupleOf(items):
            return [_value(draw, types, item, depth - 1) for item in items] or None
        case registry.Sequence(item):
            return _items(draw, types, item, 0, 2 if depth > 0 else 0, depth)
        case registry.Array(length, item):
            return _items(draw, types, item, length, length, depth)
        case registry.CompactOf(item):
            number = registry.bare(types, item)
            return draw(_primitive(number.name)) if isinstance(number, registry.Primitive) else None
        case registry.BitSequence():
            return draw(st.text("01", max_size=20))
    raise AssertionError(type_id)


def _items(draw: Draw, types: registry.Types, item: int, least: int, most: int, depth: int) -> Any:
    if types[item] == registry.Primitive("u8"):
        return "0x" + draw(st.binary(min_size=least, max_size=most)).hex()
    return [_value(draw, types, item, depth - 1) for _ in range(draw(st.integers(least, most)))]


def _fields(draw: Draw, types: registry.Types, fields: Sequence[registry.Field], depth: int) -> Any:
    items = [_value(draw, types, field.type_id, depth - 1) for field in fields]
    if not fields:
        return None
    if fields[0].name is not None:
        return {field.name: item for field, item in zip(fields, items, strict=True)}
    return items[0] if len(items) == 1 else items


def _primitive(name: str) -> st.SearchStrategy[Any]:
    match name:
        case "bool":
            return st.booleans()
        case "str":
            return st.text(max_size=4)
        case "char":
            return st.characters(codec="utf-8")
    bits = int(name[1:])
    return st.integers(-(1 << bits - 1), (1 << bits - 1) - 1) if name[0] == "i" else st.integers(0, (1 << bits) - 1)


def as_substrate_interface_takes_it(types: registry.Types, type_id: int, value: Any) -> Any:
    """The value with a list around that of each struct of one unnamed field: no other reading of it fits then."""

    def of(kind: int, one: Any) -> Any:
        return as_substrate_interface_takes_it(types, kind, one)

    def fields_of(fields: Sequence[registry.Field], one: Any) -> Any:
        if not fields:
            return None
        if fields[0].name is not None:
            return {field.name: of(field.type_id, one[field.name]) for field in fields}
        if len(fields) == 1:
            return of(fields[0].type_id, one)
        return [of(field.type_id, item) for field, item in zip(fields, one, strict=True)]

    match types[type_id]:
        case registry.Composite(path=("sp_core" | "primitive_types", *_)):
            return value
        case registry.Composite(fields=fields):
            made = fields_of(fields, value)
            return [made] if len(fields) == 1 and fields[0].name is None else made
        case registry.Enumeration(path=("Option",), variants=(_, some)):
            return None if value is None else of(some.fields[0].type_id, value)
        case registry.Enumeration(variants=variants) if isinstance(value, dict):
            ((name, inner),) = value.items()
            return {name: fields_of(next(one.fields for one in variants if one.name == name), inner)}
        case registry.TupleOf(()):
            return ()
        case registry.TupleOf(items):
            return [of(item, one) for item, one in zip(items, value, strict=True)]
        case registry.Sequence(item) | registry.Array(item=item) if isinstance(value, list):
            return [of(item, one) for one in value]
        case registry.BitSequence():
            return "0b" + value[::-1]
    return value
