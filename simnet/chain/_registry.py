"""Tables of a runtime's metadata: its types, pallets and extrinsic format.

Names follow ``scale-info`` and ``frame-metadata``. Only what decoding needs is kept, and the documentation of enum
variants, which explains errors.
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

PRIMITIVES = tuple(
    Primitive(name)
    for name in ("bool", "char", "str", *(f"{sign}{bits}" for sign in "ui" for bits in (8, 16, 32, 64, 128, 256)))
)
"""In the order of ``scale_info::TypeDefPrimitive``."""


@dataclass(frozen=True, slots=True)
class StorageItem:
    """A storage value, or a map when ``hashers`` is not empty (numbers as in ``StorageHasher``, one per key part)."""

    name: str
    optional: bool
    hashers: tuple[int, ...]
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
class Registry:
    """All of the metadata that decoding needs."""

    version: int
    types: Mapping[int, TypeDef]
    pallets: Mapping[str, Pallet]
    extrinsic_version: int
    signed_extensions: tuple[str, ...]
