"""A runtime's version as its code carries it, which is read without running it."""

from __future__ import annotations

from functools import lru_cache

from simnet.codec import DecodeError, read_bytes
from simnet.errors import HostError
from simnet.runtime.host._modules import MAGIC
from simnet.runtime.host._native import Native
from simnet.runtime.host._version import RuntimeVersion, decode_version
from simnet.runtime.host._wasm import decompressed


def wasm_of(code: bytes) -> bytes:
    """The WASM of code as it is stored, compressed or not; raises :class:`HostError` for what is none."""
    wasm = decompressed(code)
    if not wasm.startswith(MAGIC):
        raise HostError(f"this code is not WASM: it begins with {wasm[:8]!r}, not with {MAGIC!r}")
    return wasm


_KEPT = 8
"""Codes whose versions are kept: it takes some tenths of a second to unpack one, and whoever brings it in, or looks at
what would be refused, asks for it again."""


@lru_cache(maxsize=_KEPT)
def embedded_version(code: bytes) -> RuntimeVersion | None:
    """The version in the custom sections of code as it is stored, by which chains decide whether they take it
    (frame-system 49 can_set_code); None of code that carries none."""
    native = Native(bytes(32))
    answer = native.span("ext_misc_runtime_version_version_1", *native.spans(code))
    try:
        return decode_version(read_bytes(answer, 1)[0]) if answer[:1] == b"\1" else None
    except DecodeError:
        return None
