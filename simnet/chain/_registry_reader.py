"""Reads a runtime's metadata, versions 14 and 15, into the tables of :mod:`simnet.chain._type_registry`.

Layout after ``frame-metadata`` and ``scale-info``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from simnet.chain import _type_registry as registry
from simnet.codec import DecodeError, read_compact, take

_MAGIC = b"meta"
_VERSIONS = (14, 15)
_T = TypeVar("_T")


def parse_registry(raw: bytes) -> registry.Registry:
    """From the bytes of ``state_getMetadata``, or those of ``Metadata_metadata`` with their length in front.

    Raises DecodeError when they are cut short, no metadata, or of another version than 14 and 15.
    """
    start = 0 if raw.startswith(_MAGIC) else read_compact(raw, 0)[1]
    if not raw.startswith(_MAGIC, start):
        raise DecodeError("no runtime metadata begins", start)
    reader = _Reader(raw, start + len(_MAGIC))
    try:
        return _registry(reader)
    except (IndexError, UnicodeDecodeError) as fault:
        raise DecodeError("the runtime metadata is cut short or damaged", reader.offset) from fault


def _registry(reader: _Reader) -> registry.Registry:
    version = reader.byte()
    if version not in _VERSIONS:
        raise DecodeError(f"metadata has version {version}; known are {_VERSIONS}", reader.offset - 1)
    types, signed_by = _types(reader)
    pallets = {pallet.name: pallet for pallet in reader.many(lambda: _pallet(reader, version))}
    if version == 14:
        reader.compact()  # the extrinsic's type, an UncheckedExtrinsic
        extrinsic_version = reader.byte()
    else:
        extrinsic_version = reader.byte()
        signed_by = {part: reader.compact() for part in ("Address", "Call", "Signature", "Extra")}
    extensions = reader.many(lambda: registry.SignedExtension(reader.text(), reader.compact(), reader.compact()))
    address, signature = signed_by.get("Address"), signed_by.get("Signature")
    extrinsic = registry.Extrinsic(extrinsic_version, address, signature, tuple(extensions))
    apis = None
    if version >= 15:
        reader.compact()  # the runtime's own type
        apis = dict(one for api in reader.many(lambda: _api(reader)) for one in api)
    return registry.Registry(version, types, pallets, extrinsic, apis)


def _types(reader: _Reader) -> tuple[dict[int, registry.TypeDef], dict[str, int | None]]:
    """All types, and which of them an extrinsic is made of.

    Parachains of one runtime differ in constants only, so types whose bytes were read before are shared.
    """
    start = reader.offset
    for known in _KNOWN:
        if reader.data.startswith(known.encoded, start):
            reader.offset = start + len(known.encoded)
            return known.types, dict(known.signed_by)
    signed_by: dict[str, int | None] = {}
    types = dict(reader.many(lambda: (reader.compact(), _type(reader, signed_by))))
    _KNOWN.append(_Known(reader.data[start : reader.offset], types, dict(signed_by)))
    return types, signed_by


class _Known(NamedTuple):
    """Types that were read, with the bytes that they were read from."""

    encoded: bytes
    types: dict[int, registry.TypeDef]
    signed_by: dict[str, int | None]


_KNOWN: deque[_Known] = deque(maxlen=8)


class _Reader:
    """Walks through metadata; IndexError when it ends early."""

    __slots__ = ("data", "offset")

    def __init__(self, data: bytes, offset: int) -> None:
        self.data = data
        self.offset = offset

    def byte(self) -> int:
        self.offset += 1
        return self.data[self.offset - 1]

    def compact(self) -> int:
        first = self.data[self.offset]
        if first & 3 == 0:  # nearly all
            self.offset += 1
            return first >> 2
        value, self.offset = read_compact(self.data, self.offset)
        return value

    def blob(self) -> bytes:
        size = self.compact()
        value, self.offset = take(self.data, self.offset, size)
        return value

    def text(self) -> str:
        return self.blob().decode()

    def many(self, read: Callable[[], _T]) -> list[_T]:
        return [read() for _ in range(self.compact())]

    def option(self, read: Callable[[], _T]) -> _T | None:
        return read() if self.byte() else None

    def skip_texts(self) -> None:
        for _ in range(self.compact()):
            size = self.compact()
            self.offset += size


def _type(reader: _Reader, signed_by: dict[str, int | None]) -> registry.TypeDef:
    """One type. The parameters of the extrinsic's type go to ``signed_by``: version 14 tells of them nowhere else."""
    path = tuple(reader.many(reader.text))
    parameters = reader.many(lambda: (reader.text(), reader.option(reader.compact)))
    if path[-1:] == ("UncheckedExtrinsic",):
        signed_by.update(parameters)
    definition = _definition(reader, path)
    reader.skip_texts()
    return definition


def _definition(reader: _Reader, path: tuple[str, ...]) -> registry.TypeDef:
    match reader.byte():
        case 0:
            return registry.Composite(path, _fields(reader))
        case 1:
            return registry.Enumeration(path, tuple(reader.many(lambda: _variant(reader))))
        case 2:
            return registry.Sequence(reader.compact())
        case 3:
            length = int.from_bytes(bytes(reader.byte() for _ in range(4)), "little")
            return registry.Array(length, reader.compact())
        case 4:
            return registry.TupleOf(tuple(reader.many(reader.compact)))
        case 5:
            return registry.PRIMITIVES[reader.byte()]
        case 6:
            return registry.CompactOf(reader.compact())
        case 7:
            return registry.BitSequence(store=reader.compact(), order=reader.compact())
        case kind:
            raise DecodeError(f"no type definition is of kind {kind}", reader.offset - 1)


def _fields(reader: _Reader) -> tuple[registry.Field, ...]:
    return tuple(reader.many(lambda: _field(reader)))


def _field(reader: _Reader) -> registry.Field:
    name = reader.option(reader.text)
    type_id = reader.compact()
    if reader.byte():  # the type's name in the source
        size = reader.compact()
        reader.offset += size
    reader.skip_texts()
    return registry.Field(name, type_id)


def _variant(reader: _Reader) -> registry.Variant:
    name, fields, index = reader.text(), _fields(reader), reader.byte()
    return registry.Variant(name, fields, index, docs=" ".join(reader.many(reader.text)).strip())


def _pallet(reader: _Reader, version: int) -> registry.Pallet:
    name = reader.text()
    prefix, items = reader.option(lambda: (reader.text(), reader.many(lambda: _storage_item(reader)))) or (name, [])
    calls, event = reader.option(reader.compact), reader.option(reader.compact)
    constants = dict(reader.many(lambda: _constant(reader)))
    error, index = reader.option(reader.compact), reader.byte()
    if version >= 15:
        reader.skip_texts()
    return registry.Pallet(name, index, prefix, {item.name: item for item in items}, constants, calls, event, error)


def _storage_item(reader: _Reader) -> registry.StorageItem:
    name, optional = reader.text(), reader.byte() == 0
    hashers: tuple[int, ...] = ()
    if reader.byte():
        hashers = tuple(reader.many(reader.byte))
        reader.compact()  # the key's type
    value, default = reader.compact(), reader.blob()
    reader.skip_texts()
    return registry.StorageItem(name, optional, hashers, value, default)


def _constant(reader: _Reader) -> tuple[str, registry.Constant]:
    name, constant = reader.text(), registry.Constant(reader.compact(), reader.blob())
    reader.skip_texts()
    return name, constant


def _api(reader: _Reader) -> list[tuple[str, int]]:
    """The functions of a runtime API, each with the type of its answer."""
    name = reader.text()
    functions = reader.many(lambda: _function(reader, name))
    reader.skip_texts()
    return functions


def _function(reader: _Reader, api: str) -> tuple[str, int]:
    name = reader.text()
    reader.many(lambda: (reader.text(), reader.compact()))  # arguments
    answer = reader.compact()
    reader.skip_texts()
    return f"{api}_{name}", answer
