"""SCALE, the byte encoding of Substrate chains: its primitives. Integers are little-endian and unsigned.

Decoding of whole types needs the runtime's metadata: see :mod:`simnet.chain.metadata`.
"""

from __future__ import annotations

from collections.abc import Iterable

from simnet.errors import SimnetError


class DecodeError(SimnetError, ValueError):
    """Bytes that are not what their type says, most often because another runtime version wrote them.

    ``offset`` counts bytes from the start of the data; ``path`` leads from the type that was asked for to the part that
    failed. Remedy: decode with the metadata of the very block that the bytes come from.
    """

    def __init__(self, reason: str, offset: int, path: tuple[str, ...] = ()) -> None:
        super().__init__(reason, offset, path)
        self.reason = reason
        self.offset = offset
        self.path = path

    def __str__(self) -> str:
        if not self.path:
            return f"{self.reason} at byte {self.offset}"
        return (
            f"{' > '.join(self.path)}: {self.reason} at byte {self.offset}; "
            "decode with the metadata of the block that the bytes come from"
        )

    def within(self, step: str) -> DecodeError:
        """The same fault, seen from one level further out."""
        return DecodeError(self.reason, self.offset, (step, *self.path))


def u8(value: int) -> bytes:
    """One byte. This and its like raise OverflowError when ``value`` does not fit."""
    return value.to_bytes(1, "little")


def u16(value: int) -> bytes:
    """Two bytes."""
    return value.to_bytes(2, "little")


def u32(value: int) -> bytes:
    """Four bytes."""
    return value.to_bytes(4, "little")


def u64(value: int) -> bytes:
    """Eight bytes."""
    return value.to_bytes(8, "little")


def u128(value: int) -> bytes:
    """Sixteen bytes."""
    return value.to_bytes(16, "little")


_ONE_BYTE = [u8(value << 2) for value in range(1 << 6)]


def compact(value: int) -> bytes:
    """``value`` (0 to 2**536 - 1) in the shortest of the four compact modes; OverflowError outside that range."""
    if 0 <= value < 1 << 6:
        return _ONE_BYTE[value]
    if 0 <= value < 1 << 14:
        return u16(value << 2 | 1)
    if 0 <= value < 1 << 30:
        return u32(value << 2 | 2)
    size = (value.bit_length() + 7) // 8
    return u8(size - 4 << 2 | 3) + value.to_bytes(size, "little")


def read_compact(data: bytes, offset: int) -> tuple[int, int]:
    """The compact integer at ``offset`` and the offset after it; DecodeError when the data ends before that."""
    try:
        first = data[offset]
    except IndexError:
        raise DecodeError("the data ends before a compact integer", offset) from None
    mode = first & 3
    if mode == 0:
        return first >> 2, offset + 1
    start = offset + (mode == 3)
    end = start + ((first >> 2) + 4 if mode == 3 else mode * 2)
    if end > len(data):
        raise DecodeError("the data ends inside a compact integer", offset)
    value = int.from_bytes(data[start:end], "little")
    return (value if mode == 3 else value >> 2), end


def vec_bytes(data: bytes) -> bytes:
    """``data`` as ``Vec<u8>`` (also ``str``, of its UTF-8 bytes)."""
    return compact(len(data)) + data


def vec(items: Iterable[bytes]) -> bytes:
    """A vector of items that are encoded already."""
    encoded = list(items)
    return compact(len(encoded)) + b"".join(encoded)


def take(data: bytes, offset: int, size: int) -> tuple[bytes, int]:
    """``size`` bytes and the offset after them; DecodeError when there are fewer."""
    end = offset + size
    if end > len(data):
        raise DecodeError(f"the data ends {end - len(data)} bytes early", offset)
    return data[offset:end], end


def read_bytes(data: bytes, offset: int) -> tuple[bytes, int]:
    """The ``Vec<u8>`` at ``offset`` and the offset after it."""
    size, start = read_compact(data, offset)
    end = start + size
    if end > len(data):
        raise DecodeError(f"the data ends {end - len(data)} bytes early", start)
    return data[start:end], end
