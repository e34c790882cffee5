"""What shape the decoders' values of a type have, as :mod:`simnet.chain._decoders` makes them: for looking at names in
patterns and paths before there is a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from simnet.chain import _type_registry as registry
from simnet.chain.metadata import Metadata

Fields = Sequence[registry.Field]
"""The fields of an enum's variant."""


@dataclass(frozen=True)
class StructShape:
    """A dict with these fields, by the numbers of their types. Of every shape ``optional`` says whether there may be
    nothing (None) instead."""

    fields: Mapping[str, int]
    optional: bool = False


@dataclass(frozen=True)
class Items:
    """A list: of as many items as types, or of any number of ``each``."""

    types: tuple[int, ...] = ()
    each: int | None = None
    optional: bool = False


@dataclass(frozen=True)
class Variants:
    """A name, or a dict of one name: :func:`body_of` says what is under each."""

    bodies: Mapping[str, Fields]
    optional: bool = False


@dataclass(frozen=True)
class Leaf:
    """Anything else: a number, text, ``0x`` hex. ``number`` says whether it is a whole number."""

    type_id: int
    number: bool
    optional: bool = False


ValueShape = StructShape | Items | Variants | Leaf


def shape_of(metadata: Metadata, type_id: int) -> ValueShape:
    """The shape of a type's values; of an ``Option`` that of what it may hold."""
    types = metadata.types
    match types[type_id]:
        case registry.Composite(path=("primitive_types", "U256")):
            return Leaf(type_id, number=True)
        case registry.Composite(fields=fields) if fields:
            inner = body_of(metadata, fields)
            return replace(inner, type_id=type_id) if isinstance(inner, Leaf) else inner or Leaf(type_id, number=False)
        case registry.Enumeration(path=("Option",), variants=(_, some)):
            return replace(shape_of(metadata, some.fields[0].type_id), optional=True)
        case registry.Enumeration(variants=variants):
            return Variants({one.name: one.fields for one in variants})
        case registry.TupleOf(items) if items:
            return Items(items)
        case registry.Sequence(item) if not _is_octet(metadata, item):
            return Items(each=item)
        case registry.Array(length, item) if not _is_octet(metadata, item):
            return Items((item,) * length)
        case registry.CompactOf(item):
            return Leaf(type_id, number=registry.bare(types, item) != registry.TupleOf(()))
        case registry.Primitive(name):
            return Leaf(type_id, number=name[0] in "ui" and name[1:].isdigit())
    return Leaf(type_id, number=False)


def event_fields(metadata: Metadata, pallet: str, name: str) -> StructShape | None:
    """The fields of an event; None where the runtime has no such event."""
    found = metadata.pallets.get(pallet)
    variants = registry.variants(metadata.types, None if found is None else found.event)
    event = next((one for one in variants if one.name == name), None)
    return None if event is None else _struct(event.fields)


def event_names(metadata: Metadata, pallet: str) -> tuple[str, ...]:
    """The events of a pallet."""
    return tuple(one.name for one in registry.variants(metadata.types, metadata.pallets[pallet].event))


def body_of(metadata: Metadata, fields: Fields) -> ValueShape | None:
    """What is made of a struct's or a variant's fields; None where there are none."""
    if not fields:
        return None
    if fields[0].name is not None:
        return _struct(fields)
    if len(fields) == 1:
        return shape_of(metadata, fields[0].type_id)
    return Items(tuple(field.type_id for field in fields))


def _struct(fields: Fields) -> StructShape:
    return StructShape({field.name or str(at): field.type_id for at, field in enumerate(fields)})


def _is_octet(metadata: Metadata, type_id: int) -> bool:
    return metadata.types[type_id] == registry.Primitive("u8")
