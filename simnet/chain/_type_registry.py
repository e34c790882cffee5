"""Tables of a runtime's metadata: its types, pallets and extrinsic format.

Names follow ``scale-info`` and ``frame-metadata``. Only what decoding and encoding need is kept, and the documentation
of enum variants, which explains errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a struct or of an enum's variant; tuple-like ones have no name."""

    name: str | None
    type_id: int


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant of an enum: its fields, the byte that selects it and its documentation in one line."""

    name: str
    fields: tuple[Field, ...]
    index: int
    docs: str


@dataclass(frozen=True, slots=True)
class Composite:
    """A struct."""

    path: tuple[str, ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Enumeration:
    """An enum; ``path`` ends in its name."""

    path: tuple[str, ...]
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class Sequence:
    """``Vec<item>``."""

    item: int


@dataclass(frozen=True, slots=True)
class Array:
    """``[item; length]``."""

    length: int
    item: int


@dataclass(frozen=True, slots=True)
class TupleOf:
    """A tuple; without items the unit type."""

    items: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Primitive:
    """``bool``, ``char``, ``str`` or an integer such as ``u32``."""

    name: str


@dataclass(frozen=True, slots=True)
class CompactOf:
    """``Compact<item>``."""

    item: int


@dataclass(frozen=True, slots=True)
class BitSequence:
    """``BitVec<store, order>``: types of its words and of its order (``Lsb0`` or ``Msb0``)."""

    store: int
    order: int


TypeDef = Composite | Enumeration | Sequence | Array | TupleOf | Primitive | CompactOf | BitSequence

Types = Mapping[int, TypeDef]
"""A runtime's types by number."""

PRIMITIVES = tuple(
    Primitive(name)
    for name in ("bool", "char", "str", *(f"{sign}{bits}" for sign in "ui" for bits in (8, 16, 32, 64, 128, 256)))
)
"""In the order of ``scale_info::TypeDefPrimitive``."""


@dataclass(frozen=True, slots=True)
class StorageItem:
    """A storage value, or a map when ``hashers`` is not empty (numbers as in ``StorageHasher``, one per key part);
    ``key`` is a map's type of keys, a tuple of their parts where there are several."""

    name: str
    optional: bool
    hashers: tuple[int, ...]
    key: int | None
    value: int
    default: bytes


@dataclass(frozen=True, slots=True)
class Constant:
    """A pallet's constant, still encoded."""

    type_id: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Pallet:
    """A pallet of the runtime; ``calls``, ``event`` and ``error`` are the types of its enums, where it has them."""

    name: str
    index: int
    storage_prefix: str
    storage: Mapping[str, StorageItem]
    constants: Mapping[str, Constant]
    calls: int | None
    event: int | None
    error: int | None


@dataclass(frozen=True, slots=True)
class SignedExtension:
    """A signed (transaction) extension: the type of its data in an extrinsic, and of what is only signed with it."""

    name: str
    extra: int
    implicit: int


@dataclass(frozen=True, slots=True)
class Extrinsic:
    """The extrinsic format: its version, the types of signer and signature (None where the metadata does not tell), and
    the extensions in the order in which a signed extrinsic has their data."""

    version: int
    address: int | None
    signature: int | None
    extensions: tuple[SignedExtension, ...]


@dataclass(frozen=True, slots=True)
class ApiFunction:
    """A function of a runtime API: the types of its arguments by name, and of its answer."""

    arguments: tuple[tuple[str, int], ...]
    answer: int


@dataclass(frozen=True, slots=True)
class Registry:
    """All of the metadata that decoding and encoding need. ``apis`` has the functions of runtime APIs by the name that
    they are called by, such as ``BabeApi_current_epoch``; None where the metadata does not tell, as version 14."""

    types: Types
    pallets: Mapping[str, Pallet]
    extrinsic: Extrinsic
    apis: Mapping[str, ApiFunction] | None = None


def variants(types: Types, type_id: int | None) -> tuple[Variant, ...]:
    """The variants of an enum; none of other types, and where there is no type."""
    definition = None if type_id is None else types[type_id]
    return definition.variants if isinstance(definition, Enumeration) else ()


def bare(types: Types, type_id: int) -> TypeDef:
    """The definition of a type after taking off the structs that only wrap one field."""
    definition = types[type_id]
    while isinstance(definition, Composite) and len(definition.fields) == 1:
        definition = types[definition.fields[0].type_id]
    return definition


def octets(types: Types, type_id: int) -> int | None:
    """Bytes of a type that is a byte array, itself or in structs that only wrap it; None for any other."""
    definition = bare(types, type_id)
    if isinstance(definition, Array) and types[definition.item] == Primitive("u8"):
        return definition.length
    return None


def bit_layout(types: Types, store: int, order: int) -> tuple[int, str]:
    """Bytes of a bit sequence's words, and ``Lsb0`` or ``Msb0``."""
    return int(type_name(types, store)[1:]) // 8, type_name(types, order)


def type_name(types: Types, type_id: int) -> str:
    """A type as Rust writes it, without the modules of its path: ``Vec<Compact<u32>>``, ``Option<AccountId32>``."""
    match types[type_id]:
        case Enumeration(path=("Option",), variants=(_, some)):
            return f"Option<{type_name(types, some.fields[0].type_id)}>"
        case Composite(path=path) | Enumeration(path=path):
            return path[-1] if path else f"type {type_id}"
        case Sequence(item):
            return f"Vec<{type_name(types, item)}>"
        case Array(length, item):
            return f"[{type_name(types, item)}; {length}]"
        case TupleOf(items):
            return f"({', '.join(type_name(types, item) for item in items)})"
        case Primitive(name):
            return name
        case CompactOf(item):
            return f"Compact<{type_name(types, item)}>"
        case BitSequence():
            return "BitVec"
