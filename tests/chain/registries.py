"""Small registries made by hand, and runtimes' own with something planted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from simnet.chain._type_registry import (
    Array,
    BitSequence,
    CompactOf,
    Composite,
    Enumeration,
    Extrinsic,
    Field,
    Pallet,
    Registry,
    Sequence,
    SignedExtension,
    TupleOf,
    TypeDef,
    Variant,
)
from simnet.chain.metadata import Metadata

NO_EXTRINSIC = Extrinsic(version=4, address=None, signature=None, extensions=())


def of_types(types: Mapping[int, TypeDef]) -> Metadata:
    """Metadata of nothing but types."""
    return Metadata(Registry(types, {}, NO_EXTRINSIC, {}))


def registry_of(metadata: Metadata) -> Registry:
    return Registry(metadata.types, metadata.pallets, metadata.extrinsic, metadata.apis)


def with_pallet(metadata: Metadata, pallet: Pallet) -> Registry:
    """With another pallet in place of the one of that name."""
    found = registry_of(metadata)
    return replace(found, pallets={**found.pallets, pallet.name: pallet})


def with_type(metadata: Metadata, number: int, definition: TypeDef) -> Registry:
    found = registry_of(metadata)
    return replace(found, types={**found.types, number: definition})


def renumbered(metadata: Metadata, by: int) -> Metadata:
    """The same runtime with other numbers for all its types."""

    def fields(some: tuple[Field, ...]) -> tuple[Field, ...]:
        return tuple(replace(one, type_id=one.type_id + by) for one in some)

    def definition(one: TypeDef) -> TypeDef:
        match one:
            case Composite():
                return replace(one, fields=fields(one.fields))
            case Enumeration():
                return replace(one, variants=tuple(replace(it, fields=fields(it.fields)) for it in one.variants))
            case Sequence() | Array() | CompactOf():
                return replace(one, item=one.item + by)
            case TupleOf():
                return TupleOf(tuple(item + by for item in one.items))
            case BitSequence():
                return BitSequence(one.store + by, one.order + by)
        return one

    def number(one: int | None) -> int | None:
        return None if one is None else one + by

    def pallet(one: Pallet) -> Pallet:
        return replace(
            one,
            calls=number(one.calls),
            event=number(one.event),
            error=number(one.error),
            constants={name: replace(it, type_id=it.type_id + by) for name, it in one.constants.items()},
            storage={name: replace(it, key=number(it.key), value=it.value + by) for name, it in one.storage.items()},
        )

    signed = metadata.extrinsic
    extensions = tuple(SignedExtension(one.name, one.extra + by, one.implicit + by) for one in signed.extensions)
    assert metadata.apis is not None
    return Metadata(
        Registry(
            {one + by: definition(it) for one, it in metadata.types.items()},
            {name: pallet(one) for name, one in metadata.pallets.items()},
            Extrinsic(signed.version, number(signed.address), number(signed.signature), extensions),
            {
                name: replace(
                    one,
                    arguments=tuple((named, kind + by) for named, kind in one.arguments),
                    answer=one.answer + by,
                )
                for name, one in metadata.apis.items()
            },
        )
    )


def variant(name: str, index: int, *fields: Field) -> Variant:
    return Variant(name, fields, index, "")
