"""Decoders compiled from a type registry: one closure per type, made when its type is first met.

Values are plain and JSON-able: ints, bools, strings; ``0x`` hex for byte vectors and byte arrays; lists for vectors,
tuples and structs with several unnamed fields; dicts for structs; ``"Variant"`` or ``{"Variant": value}`` for enums;
the value or None for ``Option``; None for ``()``; a string such as ``"0110"`` (first bit first) for bit sequences.
A struct of one unnamed field is that field; ``U256`` is an int.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simnet.chain import _closures as closures
from simnet.chain import _type_registry as registry
from simnet.chain._closures import FAULTS, Decoder, located
from simnet.chain._per_type import PerType
from simnet.codec import DecodeError, read_bytes, read_compact


class Decoders(PerType[Decoder]):
    """Compiles and keeps the decoders of one registry's types.

    With ``octets`` byte vectors and arrays are ``bytes`` and bit sequences are ints, the first bit lowest: for code,
    not for JSON. A type that has one of the names ``whole`` comes as its value and the bytes that it was decoded from,
    so that they can be hashed or handed on.
    """

    def __init__(self, types: registry.Types, *, octets: bool = False, whole: frozenset[str] = frozenset()) -> None:
        super().__init__(types)
        self._octets = octets
        self._whole = whole

    def fields(self, fields: Sequence[registry.Field]) -> Decoder:
        """A decoder of consecutive fields into a dict."""
        return closures.record(self.named(fields))

    def _compile(self, type_id: int) -> Decoder:
        decoder = self._decoder(self._types[type_id])
        return closures.with_source(decoder) if registry.type_name(self._types, type_id) in self._whole else decoder

    def _decoder(self, definition: registry.TypeDef) -> Decoder:
        match definition:
            case registry.Primitive(name):
                return closures.primitive(name)
            case registry.Composite(path=("primitive_types", "U256")):
                return closures.primitive("u256")
            case registry.Composite(fields=fields):
                return self._body(fields) or closures.unit
            case registry.Enumeration(path=("Option",), variants=(_, some)):
                return closures.option(self.of(some.fields[0].type_id))
            case registry.Enumeration(variants=variants):
                return self._enumeration({variant.index: variant for variant in variants})
            case registry.TupleOf(items):
                return closures.fixed_list([self.of(item) for item in items]) if items else closures.unit
            case registry.Sequence(item):
                return self._sequence(item)
            case registry.Array(length, item):
                return self._array(length, item)
            case registry.CompactOf(item):
                return closures.unit if registry.bare(self._types, item) == registry.TupleOf(()) else read_compact
            case registry.BitSequence(store, order):
                bits = closures.bit_sequence(*registry.bit_layout(self._types, store, order))
                return closures.bits_as_int(bits) if self._octets else bits

    def _body(self, fields: Sequence[registry.Field]) -> Decoder | None:
        """The decoder of a struct's or a variant's fields; None when there are none."""
        if not fields:
            return None
        if fields[0].name is not None:
            return self.fields(fields)
        if len(fields) == 1:
            return self.of(fields[0].type_id)
        return closures.fixed_list([self.of(field.type_id) for field in fields])

    def _enumeration(self, variants: Mapping[int, registry.Variant]) -> Decoder:
        bodies: dict[int, tuple[str, Decoder | None]] = {}  # compiled when met: a runtime's calls alone are hundreds

        def decode(data: bytes, offset: int) -> tuple[Any, int]:
            index = data[offset]
            body = bodies.get(index)
            if body is None:
                variant = variants.get(index)
                if variant is None:
                    raise DecodeError(f"no variant has the index {index}", offset)
                body = bodies[index] = variant.name, self._body(variant.fields)
            name, fields = body
            if fields is None:
                return name, offset + 1
            try:
                value, end = fields(data, offset + 1)
            except FAULTS as fault:
                raise located(fault, name, offset + 1) from None
            return {name: value}, end

        return decode

    def _sequence(self, item: int) -> Decoder:
        if self._types[item] == registry.Primitive("u8"):
            return read_bytes if self._octets else closures.hex_vector
        letter = self._letter(item)
        return closures.vector(self.of(item)) if letter is None else closures.vector_of_numbers(letter)

    def _array(self, length: int, item: int) -> Decoder:
        if self._types[item] == registry.Primitive("u8"):
            return closures.octet_array(length) if self._octets else closures.hex_array(length)
        return closures.vector(self.of(item), length)

    def _letter(self, type_id: int) -> str | None:
        """How ``struct`` writes a type that comes down to one unnamed number; None for all others."""
        definition = self._types[type_id]
        while isinstance(definition, registry.Composite) and [f.name for f in definition.fields] == [None]:
            definition = self._types[definition.fields[0].type_id]
        return closures.LETTERS.get(definition.name) if isinstance(definition, registry.Primitive) else None
