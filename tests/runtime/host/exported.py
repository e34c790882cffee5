"""Finding what a module exports."""

from __future__ import annotations

from wasmtime import FuncType

from simnet.runtime.host._node_modules import runtime_module
from simnet.runtime.host._wasm import _sections, read_leb128

_EXPORTS, _FUNCTION = 7, 0


def position_of(wasm: bytes, name: str) -> tuple[int, int]:
    """An exported function's index, and its position among those that the module defines."""
    imported = sum(isinstance(one.type, FuncType) for one in runtime_module(wasm).imports)
    _, start, _ = _sections(wasm)[_EXPORTS]
    count, offset = read_leb128(wasm, start)
    for _ in range(count):
        size, offset = read_leb128(wasm, offset)
        found, kind = wasm[offset : offset + size], wasm[offset + size]
        index, offset = read_leb128(wasm, offset + size + 1)
        if kind == _FUNCTION and found == name.encode():
            return index, index - imported
    raise LookupError(f"nothing is exported as {name}")
