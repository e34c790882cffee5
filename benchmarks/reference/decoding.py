"""A decoder of events, frozen: closures compiled from a table of types, as simnet's own were when this was recorded.

A type is a list whose first item says what it is: ``["number", bytes, signed]``, ``["bool"]``, ``["text"]``,
``["compact"]``, ``["bytes", length or null]``, ``["list", item]``, ``["array", length, item]``, ``["tuple", items]``,
``["struct", [[name, type], ...]]``, ``["option", type]``, ``["enum", {index: [name, fields]}]`` where fields are
``null``, ``["one", type]``, ``["tuple", types]`` or ``["struct", ...]``, ``["bits", bytes of a word]``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.reference.recording import Types

Decoder = Callable[[bytes, int], tuple[Any, int]]
"""From the data and an offset to the value and the offset after it."""


def read_compact(data: bytes, offset: int) -> tuple[int, int]:
    """A SCALE compact number and the offset after it."""
    first = data[offset]
    match first & 3:
        case 0:
            return first >> 2, offset + 1
        case 1:
            return int.from_bytes(data[offset : offset + 2], "little") >> 2, offset + 2
        case 2:
            return int.from_bytes(data[offset : offset + 4], "little") >> 2, offset + 4
        case _:
            end = offset + 5 + (first >> 2)
            return int.from_bytes(data[offset + 1 : end], "little"), end


class Decoders:
    """Decoders of the types of one table, each compiled when it is first asked for."""

    def __init__(self, types: Types) -> None:
        self._types = types
        self.compiled: dict[int, Decoder] = {}
        self.variants: dict[int, dict[int, tuple[str, Decoder | None]]] = {}
        """What was met of each enum, by the number of its type."""

    def of(self, number: int) -> Decoder:
        """The decoder of a type."""
        found = self.compiled.get(number)
        if found is None:
            self.compiled[number] = self._later(number)  # for types that hold themselves
            found = self.compiled[number] = self._compile(number, self._types[number])
        return found

    def _later(self, number: int) -> Decoder:
        def decode(data: bytes, offset: int) -> tuple[Any, int]:
            return self.compiled[number](data, offset)

        return decode

    def _compile(self, number: int, definition: list[Any]) -> Decoder:
        match definition:
            case ["number", size, signed]:
                return _number(size, signed)
            case ["bool"]:
                return lambda data, offset: (data[offset] == 1, offset + 1)
            case ["text"]:
                return _text
            case ["compact"]:
                return read_compact
            case ["bytes", length]:
                return _bytes if length is None else _bytes_of(length)
            case ["list", item]:
                return _list(self.of(item))
            case ["array", length, item]:
                return _tuple([self.of(item)] * length)
            case ["option", some]:
                return _option(self.of(some))
            case ["bits", word]:
                return _bits(word)
            case ["enum", variants]:
                return self._enum(number, variants)
            case fields:
                return self._fields(fields)

    def _fields(self, definition: list[Any]) -> Decoder:
        match definition:
            case ["one", item]:
                return self.of(item)
            case ["tuple", items]:
                return _tuple([self.of(item) for item in items])
            case ["struct", named]:
                return _struct([(name, self.of(item)) for name, item in named])
        raise ValueError(f"no type is written {definition}")

    def _enum(self, number: int, variants: dict[str, list[Any]]) -> Decoder:
        met = self.variants.setdefault(number, {})

        def decode(data: bytes, offset: int) -> tuple[Any, int]:
            index = data[offset]
            body = met.get(index)
            if body is None:
                name, fields = variants[str(index)]
                body = met[index] = name, None if fields is None else self._fields(fields)
            name, decoder = body
            if decoder is None:
                return name, offset + 1
            value, end = decoder(data, offset + 1)
            return {name: value}, end

        return decode


def _number(size: int, signed: bool) -> Decoder:
    def decode(data: bytes, offset: int) -> tuple[int, int]:
        end = offset + size
        return int.from_bytes(data[offset:end], "little", signed=signed), end

    return decode


def _text(data: bytes, offset: int) -> tuple[str, int]:
    length, start = read_compact(data, offset)
    return data[start : start + length].decode(), start + length


def _bytes(data: bytes, offset: int) -> tuple[str, int]:
    length, start = read_compact(data, offset)
    return "0x" + data[start : start + length].hex(), start + length


def _bytes_of(length: int) -> Decoder:
    def decode(data: bytes, offset: int) -> tuple[str, int]:
        end = offset + length
        return "0x" + data[offset:end].hex(), end

    return decode


def _list(item: Decoder) -> Decoder:
    def decode(data: bytes, offset: int) -> tuple[list[Any], int]:
        count, offset = read_compact(data, offset)
        values: list[Any] = []
        for _ in range(count):
            value, offset = item(data, offset)
            values.append(value)
        return values, offset

    return decode


def _tuple(items: list[Decoder]) -> Decoder:
    def decode(data: bytes, offset: int) -> tuple[list[Any], int]:
        values: list[Any] = []
        for item in items:
            value, offset = item(data, offset)
            values.append(value)
        return values, offset

    return decode


def _struct(fields: list[tuple[str, Decoder]]) -> Decoder:
    def decode(data: bytes, offset: int) -> tuple[dict[str, Any], int]:
        value: dict[str, Any] = {}
        for name, field in fields:
            value[name], offset = field(data, offset)
        return value, offset

    return decode


def _option(some: Decoder) -> Decoder:
    def decode(data: bytes, offset: int) -> tuple[Any, int]:
        return some(data, offset + 1) if data[offset] else (None, offset + 1)

    return decode


def _bits(word: int) -> Decoder:
    def decode(data: bytes, offset: int) -> tuple[str, int]:
        bits, start = read_compact(data, offset)
        end = start + -(-bits // (8 * word)) * word
        digits = f"{int.from_bytes(data[start:end], 'little'):0{8 * (end - start)}b}"[::-1]
        return digits[:bits], end

    return decode
