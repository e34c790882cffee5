"""What the host must know of a runtime's WASM before it is compiled."""

from __future__ import annotations

import zstandard

from simnet.codec import COMPRESSED
from simnet.errors import HostError

_LARGEST = 50 << 20
"""Bytes of decompressed code that Substrate accepts (sp-maybe-compressed-blob, CODE_BLOB_BOMB_LIMIT)."""

_CODE_SECTION, _DATA_SECTION = 10, 11
_I32_CONST, _END = 0x41, 0x0B

_MERGED = (2, 3)
"""Data segments of a module whose linker merged them."""


def decompressed(code: bytes, largest: int = _LARGEST) -> bytes:
    """The WASM of code as it is stored under ``:code``; raises :class:`HostError` beyond ``largest`` bytes."""
    if not code.startswith(COMPRESSED):
        return code
    try:
        reader = zstandard.ZstdDecompressor().stream_reader(code[len(COMPRESSED) :], read_across_frames=True)
        wasm = reader.read(largest + 1)
    except zstandard.ZstdError as error:
        raise HostError(f"the runtime's code cannot be decompressed: {error}") from None
    if len(wasm) > largest:
        raise HostError(f"the runtime's code has more than {largest} bytes decompressed")
    return wasm


def leb128(value: int) -> bytes:
    """An unsigned number as WASM writes it."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def read_leb128(data: bytes, offset: int) -> tuple[int, int]:
    """The unsigned number at an offset and the offset after it."""
    value = shift = 0
    while True:
        byte = data[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, offset


def _sections(wasm: bytes) -> dict[int, tuple[int, int, int]]:
    """Of each numbered section where its size stands, where its content begins and where it ends."""
    places: dict[int, tuple[int, int, int]] = {}
    offset = 8
    while offset < len(wasm):
        kind, head = wasm[offset], offset + 1
        size, start = read_leb128(wasm, head)
        offset = start + size
        places[kind] = head, start, offset
    return places


def code_section(wasm: bytes) -> tuple[int, int, int]:
    """Where the size of valid WASM's code stands, where the code begins and where it ends."""
    return _sections(wasm).get(_CODE_SECTION, (len(wasm), len(wasm), len(wasm)))


def function_bodies(wasm: bytes) -> list[tuple[int, int]]:
    """Begin and end of the code of each function that a module defines, in its order; none of what is no WASM."""
    try:
        _, start, end = code_section(wasm)
        count, offset = read_leb128(wasm, start) if start < end else (0, end)
        bodies: list[tuple[int, int]] = []
        for _ in range(count):
            size, begin = read_leb128(wasm, offset)
            offset = begin + size
            bodies.append((begin, offset))
    except IndexError:
        return []
    return bodies if offset == end else []


def _segments(wasm: bytes) -> list[tuple[int, int]]:
    """Begin and end of each active data segment of valid WASM, in the module's order."""
    section = _sections(wasm).get(_DATA_SECTION)
    if section is None:
        return []
    _, start, _ = section
    count, offset = read_leb128(wasm, start)
    segments: list[tuple[int, int]] = []
    for _ in range(count):
        flags, offset = read_leb128(wasm, offset)
        if flags == 2:
            _, offset = read_leb128(wasm, offset)
        address = None
        if flags != 1:
            constant = wasm[offset] == _I32_CONST
            address, offset = read_leb128(wasm, offset + 1)
            if not constant or wasm[offset] != _END:
                raise HostError("a data segment of the runtime has no constant address")
            offset += 1
        size, offset = read_leb128(wasm, offset)
        if address is not None:
            segments.append((address, address + size))
        offset += size
    return segments


def static_data(wasm: bytes) -> tuple[int, int, int]:
    """Where a runtime's static memory begins, where that begins which it may write, and where its data ends. The first
    two are the same address when it may write all of it, and all are 0 without any data.

    wasm-ld merges data into one segment of constants (.rodata), then one of variables (.data), and perhaps one of
    zeroes. Constants are most of it, and Rust code never writes them.
    """
    segments = _segments(wasm)
    lowest = min((begin for begin, _ in segments), default=0)
    end = max((end for _, end in segments), default=0)
    if len(segments) in _MERGED and segments == sorted(segments):
        return lowest, segments[0][1], end
    return lowest, lowest, end
