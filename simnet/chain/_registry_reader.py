"""Reads a runtime's metadata, versions 14 and 15, into the tables of :mod:`simnet.chain._type_registry`.

Layout after ``frame-metadata`` and ``scale-info``, made of the same parts as the decoders of all other types.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from simnet.chain import _type_registry as registry
from simnet.chain._closures import FAULTS, fixed_list, located, made, one_of, option, primitive, vector
from simnet.codec import DecodeError, read_bytes, read_compact

_MAGIC = b"meta"


class _Portable(NamedTuple):
    """A type with its number; an extrinsic's type names in its parameters what it is made of."""

    number: int
    path: tuple[str, ...]
    parameters: Mapping[str, int | None]
    definition: registry.TypeDef


def _portable(number: int, path: tuple[str, ...], parameters: Any, definition: Any, _none: None) -> _Portable:
    with_path = definition(path) if isinstance(definition, partial) else definition
    return _Portable(number, path, dict(parameters), with_path)


def _pallet(name: str, storage: Any, calls: Any, event: Any, constants: Any, error: Any, index: int) -> registry.Pallet:
    prefix, items = storage or (name, ())
    found = {item.name: item for item in items}
    return registry.Pallet(name, index, prefix, found, dict(constants), calls, event, error)


def _docs(data: bytes, offset: int) -> tuple[None, int]:
    """Documentation that nobody reads: only its end is found."""
    lines, offset = read_compact(data, offset)
    for _ in range(lines):
        size, offset = read_compact(data, offset)
        offset += size
    return None, offset


_BYTE, _U32, _TEXT, _TYPE = primitive("u8"), primitive("u32"), primitive("str"), read_compact
_TEXTS = vector(_TEXT)
_FIELD = made(
    lambda name, kind, _written, _none: registry.Field(name, kind), option(_TEXT), _TYPE, option(_TEXT), _TEXTS
)
_FIELDS = made(tuple, vector(_FIELD))
_VARIANT = made(
    lambda name, fields, index, docs: registry.Variant(name, fields, index, " ".join(docs).strip()),
    _TEXT,
    _FIELDS,
    _BYTE,
    _TEXTS,
)
_DEFINITION = one_of(
    made(lambda fields: partial(registry.Composite, fields=fields), _FIELDS),
    made(lambda variants: partial(registry.Enumeration, variants=tuple(variants)), vector(_VARIANT)),
    made(registry.Sequence, _TYPE),
    made(registry.Array, _U32, _TYPE),
    made(lambda items: registry.TupleOf(tuple(items)), vector(_TYPE)),
    made(registry.PRIMITIVES.__getitem__, _BYTE),
    made(registry.CompactOf, _TYPE),
    made(registry.BitSequence, _TYPE, _TYPE),
)
_PARAMETERS = vector(fixed_list([_TEXT, option(_TYPE)]))
_PORTABLES = vector(made(_portable, _TYPE, made(tuple, _TEXTS), _PARAMETERS, _DEFINITION, _docs))

_VALUE = made(lambda value: {"hashers": (), "key": None, "value": value}, _TYPE)
_MAP = made(
    lambda hashers, key, value: {"hashers": tuple(hashers), "key": key, "value": value}, read_bytes, _TYPE, _TYPE
)
_ITEM = made(
    lambda name, modifier, kind, default, _none: registry.StorageItem(name, modifier == 0, **kind, default=default),
    _TEXT,
    _BYTE,
    one_of(_VALUE, _MAP),
    read_bytes,
    _docs,
)
_STORAGE = option(fixed_list([_TEXT, vector(_ITEM)]))
_CONSTANT = made(
    lambda name, kind, value, _none: (name, registry.Constant(kind, value)), _TEXT, _TYPE, read_bytes, _docs
)
_PALLET = made(_pallet, _TEXT, _STORAGE, option(_TYPE), option(_TYPE), vector(_CONSTANT), option(_TYPE), _BYTE)
_EXTENSIONS = made(tuple, vector(made(registry.SignedExtension, _TEXT, _TYPE, _TYPE)))
_FUNCTION = made(
    lambda name, arguments, answer, _none: (name, registry.ApiFunction(tuple(map(tuple, arguments)), answer)),
    _TEXT,
    vector(fixed_list([_TEXT, _TYPE])),
    _TYPE,
    _docs,
)
_API = made(
    lambda api, functions, _none: {f"{api}_{name}": function for name, function in functions},
    _TEXT,
    vector(_FUNCTION),
    _docs,
)
# the extrinsic's type, and its version before its parts; then the type of the runtime
_REST_14 = fixed_list([vector(_PALLET), _TYPE, _BYTE, _EXTENSIONS])
_PALLET_15 = made(lambda pallet, _none: pallet, _PALLET, _docs)
_REST_15 = fixed_list([vector(_PALLET_15), _BYTE, _TYPE, _TYPE, _TYPE, _TYPE, _EXTENSIONS, _TYPE, vector(_API)])


def parse_registry(raw: bytes) -> registry.Registry:
    """From the bytes of ``state_getMetadata``, or those of ``Metadata_metadata`` with their length in front.

    Raises DecodeError when they are cut short, no metadata, or of another version than 14 and 15.
    """
    start = 0 if raw.startswith(_MAGIC) else read_compact(raw, 0)[1]
    if not raw.startswith(_MAGIC, start):
        raise DecodeError("no runtime metadata begins", start)
    start += len(_MAGIC)
    version = raw[start] if start < len(raw) else None
    if version not in (14, 15):
        raise DecodeError(f"metadata has version {version}; known are 14 and 15", start)
    try:
        types, signed_by, offset = _types(raw, start + 1)
        if version == 14:
            (pallets, _, extrinsic, extensions), _ = _REST_14(raw, offset)
            address, signature, apis = signed_by.get("Address"), signed_by.get("Signature"), None
        else:
            rest, _ = _REST_15(raw, offset)
            pallets, extrinsic, address, _, signature, _, extensions, _, found = rest
            apis = {name: function for api in found for name, function in api.items()}
    except FAULTS as fault:
        raise DecodeError(
            "the runtime metadata is cut short or damaged", located(fault, "types", start).offset
        ) from fault
    by_name = {pallet.name: pallet for pallet in pallets}
    return registry.Registry(types, by_name, registry.Extrinsic(extrinsic, address, signature, extensions), apis)


class _Known(NamedTuple):
    """Types that were read, with the bytes that they were read from."""

    encoded: bytes
    types: registry.Types
    signed_by: Mapping[str, int | None]


_KNOWN: deque[_Known] = deque(maxlen=8)


def _types(raw: bytes, start: int) -> tuple[registry.Types, Mapping[str, int | None], int]:
    """All types, which of them an extrinsic is made of (version 14 tells that nowhere else), and the offset after them.

    Parachains of one runtime differ in constants only, so types whose bytes were read before are shared.
    """
    for known in _KNOWN:
        if raw.startswith(known.encoded, start):
            return known.types, known.signed_by, start + len(known.encoded)
    found, end = _PORTABLES(raw, start)
    types = {one.number: one.definition for one in found}
    signed_by: Mapping[str, int | None] = next(
        (one.parameters for one in found if one.path[-1:] == ("UncheckedExtrinsic",)), {}
    )
    _KNOWN.append(_Known(raw[start:end], types, signed_by))
    return types, signed_by, end
