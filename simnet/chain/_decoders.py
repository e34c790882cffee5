"""Decoders compiled from a type registry: one closure per type, made when its type is first met.

Values are plain and JSON-able: ints, bools, strings; ``0x`` hex for byte vectors and byte arrays; lists for vectors, tuples
and structs with several unnamed fields; dicts for structs; ``"Variant"`` or ``{"Variant": value}`` for enums; the value or
None for ``Option``; None for ``()``; a string such as ``"0110"`` (first bit first) for bit sequences. A struct of one
unnamed field is that field.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simnet.chain import _registry as registry
from simnet.chain.scale import DecodeError, read_bytes, read_compact, take

Decoder = Callable[[bytes, int], tuple[Any, int]]
"""From the data and an offset to the value and the offset after it; raises one of ``FAULTS``."""

FAULTS = (IndexError, ValueError, OverflowError, struct.error)
"""What a decoder raises on bytes that do not fit; DecodeError is among them as a ValueError."""

# struct's letters of the integers that it knows
_LETTERS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i8": "b", "i16": "h", "i32": "i", "i64": "q"}


def located(fault: Exception, step: str, offset: int) -> DecodeError:
    """``fault`` as DecodeError, one step further out; ``offset`` is where the step began."""
    if isinstance(fault, DecodeError):
        return fault.within(step)
    reason = "the data ends early" if isinstance(fault, IndexError | struct.error) else str(fault)
    return DecodeError(reason, offset, (step,))


class Decoders:
    """Compiles and keeps the decoders of one registry's types."""

    def __init__(self, types: Mapping[int, registry.TypeDef]) -> None:
        self._types = types
        self._compiled: dict[int, Decoder] = {}
        self._open: set[int] = set()

    def of(self, type_id: int) -> Decoder:
        """The decoder of a type; KeyError when the registry does not have it."""
        compiled = self._compiled.get(type_id)
        if compiled is not None:
            return compiled
        if type_id in self._open:  # a type that contains itself
            return lambda data, offset: self._compiled[type_id](data, offset)
        self._open.add(type_id)
        try:
            compiled = self._compiled[type_id] = self._compile(self._types[type_id])
        finally:
            self._open.discard(type_id)
        return compiled

    def fields(self, fields: Sequence[registry.Field]) -> Decoder:
        """A decoder of consecutive fields into a dict; unnamed ones are called ``"0"``, ``"1"`` and so on."""
        return _record([(field.name or str(at), self.of(field.type_id)) for at, field in enumerate(fields)])

    def _compile(self, definition: registry.TypeDef) -> Decoder:  # noqa: PLR0911
        match definition:
            case registry.Primitive(name):
                return _primitive(name)
            case registry.Composite(fields=fields):
                return self._body(fields) or _unit
            case registry.Enumeration(path=("Option",), variants=(_, some)):
                return _option(self.of(some.fields[0].type_id))
            case registry.Enumeration(variants=variants):
                return self._enumeration({variant.index: variant for variant in variants})
            case registry.TupleOf(items):
                return _list([self.of(item) for item in items]) if items else _unit
            case registry.Sequence(item):
                return self._sequence(item)
            case registry.Array(length, item):
                return self._array(length, item)
            case registry.CompactOf(item):
                return _unit if self._bare(item) == registry.TupleOf(()) else read_compact
            case registry.BitSequence(store, order):
                return self._bits(store, order)

    def _body(self, fields: Sequence[registry.Field]) -> Decoder | None:
        """The decoder of a struct's or a variant's fields; None when there are none."""
        if not fields:
            return None
        if fields[0].name is not None:
            return self.fields(fields)
        if len(fields) == 1:
            return self.of(fields[0].type_id)
        return _list([self.of(field.type_id) for field in fields])

    def _bare(self, type_id: int) -> registry.TypeDef:
        """The definition of a type after taking off the structs that only wrap one field."""
        definition = self._types[type_id]
        while isinstance(definition, registry.Composite) and len(definition.fields) == 1:
            definition = self._types[definition.fields[0].type_id]
        return definition

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
            return _hex_vector
        letter = self._letter(item)
        return _vector(self.of(item)) if letter is None else _vector_of_numbers(letter)

    def _array(self, length: int, item: int) -> Decoder:
        if self._types[item] == registry.Primitive("u8"):
            return _hex_array(length)
        return _list([self.of(item)] * length)

    def _letter(self, type_id: int) -> str | None:
        """How ``struct`` writes a type that comes down to one unnamed number; None for all others."""
        definition = self._types[type_id]
        while isinstance(definition, registry.Composite) and [f.name for f in definition.fields] == [None]:
            definition = self._types[definition.fields[0].type_id]
        return _LETTERS.get(definition.name) if isinstance(definition, registry.Primitive) else None

    def _bits(self, store: int, order: int) -> Decoder:
        word, bit_order = self._types[store], self._types[order]
        if not isinstance(word, registry.Primitive) or not isinstance(bit_order, registry.Composite):
            raise DecodeError("a bit sequence without word type or bit order", 0)
        return _bit_sequence(int(word.name[1:]) // 8, bit_order.path[-1])


def _unit(_data: bytes, offset: int) -> tuple[None, int]:
    return None, offset


def _primitive(name: str) -> Decoder:
    match name:
        case "bool":
            return _bool
        case "str":
            return _text
        case "char":
            return _char
    letter = _LETTERS.get(name)
    if letter is not None:
        return _number(letter)
    size, signed = int(name[1:]) // 8, name[0] == "i"

    def decode(data: bytes, offset: int) -> tuple[int, int]:
        raw, end = take(data, offset, size)
        return int.from_bytes(raw, "little", signed=signed), end

    return decode


def _number(letter: str) -> Decoder:
    layout = struct.Struct("<" + letter)
    unpack, size = layout.unpack_from, layout.size

    def decode(data: bytes, offset: int) -> tuple[int, int]:
        return unpack(data, offset)[0], offset + size

    return decode


def _bool(data: bytes, offset: int) -> tuple[bool, int]:
    if data[offset] > 1:
        raise DecodeError(f"{data[offset]} is no bool", offset)
    return data[offset] == 1, offset + 1


def _text(data: bytes, offset: int) -> tuple[str, int]:
    raw, end = read_bytes(data, offset)
    return raw.decode(), end


def _char(data: bytes, offset: int) -> tuple[str, int]:
    raw, end = take(data, offset, 4)
    return chr(int.from_bytes(raw, "little")), end


def _hex_vector(data: bytes, offset: int) -> tuple[str, int]:
    raw, end = read_bytes(data, offset)
    return "0x" + raw.hex(), end


def _hex_array(size: int) -> Decoder:
    def decode(data: bytes, offset: int) -> tuple[str, int]:
        end = offset + size
        if end > len(data):
            raise IndexError
        return "0x" + data[offset:end].hex(), end

    return decode


def _option(some: Decoder) -> Decoder:
    def decode(data: bytes, offset: int) -> tuple[Any, int]:
        flag = data[offset]
        if flag == 0:
            return None, offset + 1
        if flag > 1:
            raise DecodeError(f"{flag} is neither None nor Some", offset)
        return some(data, offset + 1)

    return decode


def _record(fields: Sequence[tuple[str, Decoder]]) -> Decoder:
    def decode(data: bytes, offset: int) -> tuple[dict[str, Any], int]:
        value: dict[str, Any] = {}
        name = ""
        try:
            for name, field in fields:
                value[name], offset = field(data, offset)
        except FAULTS as fault:
            raise located(fault, name, offset) from None
        return value, offset

    return decode


def _list(items: Sequence[Decoder]) -> Decoder:
    def decode(data: bytes, offset: int) -> tuple[list[Any], int]:
        values: list[Any] = []
        try:
            for item in items:
                value, offset = item(data, offset)
                values.append(value)
        except FAULTS as fault:
            raise located(fault, f"[{len(values)}]", offset) from None
        return values, offset

    return decode


def _count(data: bytes, offset: int) -> tuple[int, int]:
    """A vector's length. No chain stores vectors of values without bytes, so more items than bytes are a fault."""
    count, start = read_compact(data, offset)
    if count > len(data) - start:
        raise DecodeError(f"a vector of {count} items in {len(data) - start} bytes", offset)
    return count, start


def _vector(item: Decoder) -> Decoder:
    def decode(data: bytes, offset: int) -> tuple[list[Any], int]:
        count, offset = _count(data, offset)
        values: list[Any] = []
        try:
            for _ in range(count):
                value, offset = item(data, offset)
                values.append(value)
        except FAULTS as fault:
            raise located(fault, f"[{len(values)}]", offset) from None
        return values, offset

    return decode


def _vector_of_numbers(letter: str) -> Decoder:
    size = struct.calcsize("<" + letter)

    def decode(data: bytes, offset: int) -> tuple[list[int], int]:
        count, offset = _count(data, offset)
        return list(struct.unpack_from(f"<{count}{letter}", data, offset)), offset + count * size

    return decode


def _bit_sequence(word: int, order: str) -> Decoder:
    """Bits in words of ``word`` bytes; ``Lsb0`` counts them from the lowest bit of each, ``Msb0`` from the highest."""

    def decode(data: bytes, offset: int) -> tuple[str, int]:
        bits, offset = read_compact(data, offset)
        words = -(-bits // (word * 8))
        raw, end = take(data, offset, words * word)
        if order == "Lsb0":
            digits = f"{int.from_bytes(raw, 'little'):0{len(raw) * 8}b}"[::-1]
        else:
            digits = "".join(
                f"{int.from_bytes(raw[at : at + word], 'little'):0{word * 8}b}" for at in range(0, len(raw), word)
            )
        return digits[:bits], end

    return decode
