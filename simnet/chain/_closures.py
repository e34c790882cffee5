"""The closures that decode one kind of value each; :mod:`simnet.chain._decoders` picks them by type."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from simnet.codec import DecodeError, read_bytes, read_compact, take

_T = TypeVar("_T")

Decoder = Callable[[bytes, int], tuple[Any, int]]
"""From the data and an offset to the value and the offset after it; raises one of ``FAULTS``."""

FAULTS = (IndexError, ValueError, OverflowError, struct.error)
"""What a decoder raises on bytes that do not fit; DecodeError is among them as a ValueError."""

LETTERS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i8": "b", "i16": "h", "i32": "i", "i64": "q"}
"""How :mod:`struct` writes the integers that it knows."""


def located(fault: Exception, step: str, offset: int) -> DecodeError:
    """``fault`` as DecodeError, one step further out; ``offset`` is where the step began."""
    if isinstance(fault, DecodeError):
        return fault.within(step)
    reason = "the data ends early" if isinstance(fault, IndexError | struct.error) else str(fault)
    return DecodeError(reason, offset, (step,))


def whole(decode: Callable[[bytes, int], tuple[_T, int]], data: bytes, name: str) -> _T:
    """The value that all of the data is; DecodeError with ``name`` in its path for other data."""
    value, end = part(decode, data, 0, name)
    if end != len(data):
        raise DecodeError(f"{len(data) - end} bytes are left over", end, (name,))
    return value


def part(decode: Callable[[bytes, int], tuple[_T, int]], data: bytes, offset: int, name: str) -> tuple[_T, int]:
    """The value at ``offset`` and the offset after it; DecodeError as :func:`whole` raises it."""
    try:
        return decode(data, offset)
    except FAULTS as fault:
        raise located(fault, name, offset) from None
    except RecursionError:
        raise DecodeError("values are nested too deep to decode", offset, (name,)) from None


def unit(_data: bytes, offset: int) -> tuple[None, int]:
    return None, offset


def primitive(name: str) -> Decoder:
    match name:
        case "bool":
            return _bool
        case "str":
            return _text
        case "char":
            return _char
    letter = LETTERS.get(name)
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


def hex_vector(data: bytes, offset: int) -> tuple[str, int]:
    raw, end = read_bytes(data, offset)
    return "0x" + raw.hex(), end


def hex_array(size: int) -> Decoder:
    def decode(data: bytes, offset: int) -> tuple[str, int]:
        end = offset + size
        if end > len(data):
            raise IndexError
        return "0x" + data[offset:end].hex(), end

    return decode


def octet_array(size: int) -> Decoder:
    def decode(data: bytes, offset: int) -> tuple[bytes, int]:
        end = offset + size
        if end > len(data):
            raise IndexError
        return data[offset:end], end

    return decode


def with_source(decoder: Decoder) -> Decoder:
    """The value together with the bytes that it was decoded from."""

    def decode(data: bytes, offset: int) -> tuple[tuple[Any, bytes], int]:
        value, end = decoder(data, offset)
        return (value, data[offset:end]), end

    return decode


def option(some: Decoder) -> Decoder:
    def decode(data: bytes, offset: int) -> tuple[Any, int]:
        flag = data[offset]
        if flag == 0:
            return None, offset + 1
        if flag > 1:
            raise DecodeError(f"{flag} is neither None nor Some", offset)
        return some(data, offset + 1)

    return decode


def record(fields: Sequence[tuple[str, Decoder]]) -> Decoder:
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


def fixed_list(items: Sequence[Decoder]) -> Decoder:
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


def made(make: Callable[..., Any], *parts: Decoder) -> Decoder:
    """What is made of consecutive parts."""

    def decode(data: bytes, offset: int) -> tuple[Any, int]:
        values: list[Any] = []
        for part in parts:
            value, offset = part(data, offset)
            values.append(value)
        return make(*values), offset

    return decode


def one_of(*kinds: Decoder) -> Decoder:
    """A value of the kind that its first byte selects."""

    def decode(data: bytes, offset: int) -> tuple[Any, int]:
        return kinds[data[offset]](data, offset + 1)

    return decode


_EMPTY_ITEMS = 1024
"""Items of no bytes, such as ``()``, that a vector may have."""


def _count(data: bytes, offset: int) -> tuple[int, int]:
    """A vector's length. Items of no bytes at all are rare, so many more items than bytes are a fault."""
    count, start = read_compact(data, offset)
    if count > _EMPTY_ITEMS and count > len(data) - start:
        raise DecodeError(f"a vector of {count} items in {len(data) - start} bytes", offset)
    return count, start


def vector(item: Decoder, length: int | None = None) -> Decoder:
    """Items after their count, or an array of ``length`` items."""

    def decode(data: bytes, offset: int) -> tuple[list[Any], int]:
        count, offset = _count(data, offset) if length is None else (length, offset)
        values: list[Any] = []
        try:
            for _ in range(count):
                value, offset = item(data, offset)
                values.append(value)
        except FAULTS as fault:
            raise located(fault, f"[{len(values)}]", offset) from None
        return values, offset

    return decode


def vector_of_numbers(letter: str) -> Decoder:
    size = struct.calcsize("<" + letter)

    def decode(data: bytes, offset: int) -> tuple[list[int], int]:
        count, offset = _count(data, offset)
        return list(struct.unpack_from(f"<{count}{letter}", data, offset)), offset + count * size

    return decode


def bit_sequence(word: int, order: str) -> Decoder:
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


def bits_as_int(bits: Decoder) -> Decoder:
    """A bit sequence as an int whose lowest bit is the first one."""

    def decode(data: bytes, offset: int) -> tuple[int, int]:
        digits, end = bits(data, offset)
        return int(digits[::-1] or "0", 2), end

    return decode
