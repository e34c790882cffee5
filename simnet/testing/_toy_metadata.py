"""The runtime metadata of a toy chain: the storage items that say who has the seats, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from simnet.codec import compact, u32, vec, vec_bytes

_U32, _U64, _BYTE = b"\x05\x05", b"\x05\x06", b"\x05\x03"
"""Primitives of scale-info, as definitions of types."""


def toy_metadata() -> bytes:
    """Of version 14 (frame-metadata), as ``state_getMetadata`` gives it."""
    array, key, pair = b"\x03" + u32(32) + compact(2), compact(3), b"\x04" + compact(2) + compact(3) + compact(1)
    # u32, u64, u8, a key, keys, a key with its weight, those of all, numbers, the extrinsic
    definitions = _U32, _U64, _BYTE, array, b"\x02" + key, pair, b"\x02" + compact(5), b"\x02" + compact(0), b"\x04\x00"
    types = vec(compact(number) + bytes(2) + one + bytes(1) for number, one in enumerate(definitions))
    pallets = [
        _pallet(0, "Session", [("CurrentIndex", 0, bytes(4)), ("Validators", 4, b"\0")]),
        _pallet(1, "Babe", [("Authorities", 6, b"\0")]),
        _pallet(2, "ParasShared", [("ActiveValidatorIndices", 7, b"\0")]),
    ]
    extrinsic = compact(8) + b"\x04" + vec(())
    return b"meta\x0e" + types + vec(pallets) + extrinsic + compact(8)


def _pallet(index: int, name: str, items: Iterable[tuple[str, int, bytes]]) -> bytes:
    """``items``: name, type and default of each; all are plain values with a default."""
    text = vec_bytes(name.encode())
    entries = vec(
        vec_bytes(item.encode()) + b"\x01\x00" + compact(kind) + vec_bytes(default) + b"\0"
        for item, kind, default in items
    )
    no_calls, no_event, no_constants, no_error = bytes(4)
    return text + b"\x01" + text + entries + bytes((no_calls, no_event, no_constants, no_error, index))
