"""What preparing a validation code refuses (polkadot-node-core-pvf-common executor_interface, sc-executor-wasmtime)."""

from __future__ import annotations

from wasmtime import FuncType, MemoryType

from simnet.errors import HostError
from simnet.runtime.host._node_modules import validation_module
from simnet.runtime.host._wasm import decompressed

_HOST = "env"
"""The one module that the host answers for. Functions of it that it does not know trap when they are called."""


def refusal(code: bytes, *, largest: int, values: int) -> str | None:
    """Why a validation code cannot be prepared; None if it can be.

    ``largest``: bytes that it may have decompressed. ``values``: how many its stack may hold.
    """
    try:
        imports = validation_module(decompressed(code, largest), values).imports
    except HostError as error:
        return str(error)
    for one in imports:
        if one.module != _HOST or not isinstance(one.type, (FuncType, MemoryType)):
            return f"it imports {one.module}.{one.name}, which validators do not offer"
    return None
