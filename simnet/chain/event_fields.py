"""Kinds of events and their fields by a runtime's metadata, so that one which it does not have is told, not missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simnet.chain import _type_registry as registry
from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.chain.typed_values import TypedValues, typed_values
from simnet.chain.writing import Writing
from simnet.errors import UnknownFieldError
from simnet.journal import EventFilter
from simnet.network.topology import nearest

_Node = int | tuple[registry.Field, ...]
"""Where a way has led: a type, or the fields of an event or of an enum's variant."""


def event_fields(metadata: Metadata, pallet: str, name: str) -> tuple[registry.Field, ...]:
    """The fields of an event; NotInRuntimeError, with what was probably meant, where the runtime has none."""
    kinds = {one.name: registry.variants(metadata.types, one.event) for one in metadata.pallets.values()}
    with_events = {one: variants for one, variants in kinds.items() if variants}
    if pallet not in with_events:
        raise NotInRuntimeError(f"the runtime has no pallet {pallet!r} with events{nearest(pallet, with_events)}")
    variants = {one.name: one for one in with_events[pallet]}
    if name not in variants:
        raise NotInRuntimeError(f"the pallet {pallet} has no event {name!r}{nearest(name, variants)}")
    return variants[name].fields


def plain_where(
    metadata: Metadata, pallet: str, name: str, where: EventFilter | None, writing: Writing | None = None
) -> EventFilter | None:
    """What events of a kind are to have, with each value as decoders give it, so that all of its forms are found;
    ``writing`` says which there are besides.

    Raises :class:`~simnet.errors.UnknownFieldError` for a field that such an event has not, and :class:`InputError`
    for a value that is not of its type.
    """
    fields = event_fields(metadata, pallet, name)
    if not isinstance(where, Mapping):
        return where
    values = typed_values(metadata, writing)
    return {path: _plain(values, metadata, fields, f"{pallet}.{name}", path, wanted) for path, wanted in where.items()}


def _plain(
    values: TypedValues, metadata: Metadata, fields: tuple[registry.Field, ...], kind: str, path: str, wanted: Any
) -> Any:
    node: _Node = fields
    way = kind
    for name in path.split("."):
        node = _inner(metadata.types, node, name, way)
        way = f"{way} > {name}"
    if callable(wanted) or isinstance(node, tuple):
        return wanted
    return values.plain(node, wanted, way)


def _inner(types: registry.Types, node: _Node, name: str, way: str) -> _Node:
    """What a part of a value is called, as decoders name parts."""
    if isinstance(node, tuple):
        return _field(node, name, way)
    match types[node]:
        case registry.CompactOf(item) | registry.Composite(fields=(registry.Field(name=None, type_id=item),)):
            return _inner(types, item, name, way)
        case registry.Enumeration(path=("Option",), variants=(_, some)):
            return _inner(types, some.fields[0].type_id, name, way)
        case registry.Composite(fields=fields):
            return _field(fields, name, way)
        case registry.Enumeration(variants=variants):
            found = {one.name: one for one in variants}
            if name not in found:
                raise UnknownFieldError(f"{way} has no variant {name!r}{nearest(name, found)}")
            body = found[name].fields
            return body[0].type_id if len(body) == 1 and body[0].name is None else body
        case registry.TupleOf(items):
            return _field([registry.Field(None, item) for item in items], name, way)
        case registry.Sequence(item) | registry.Array(_, item):
            if name.isdecimal() and types[item] != registry.Primitive("u8"):
                return item
    raise UnknownFieldError(f"{way} has no part {name!r}; it is {registry.type_name(types, node)}")


def _field(fields: Sequence[registry.Field], name: str, way: str) -> int:
    known = {field.name or str(at): field.type_id for at, field in enumerate(fields)}
    if name not in known:
        raise UnknownFieldError(f"{way} has no field {name!r}{nearest(name, known) or '; it has none'}")
    return known[name]
