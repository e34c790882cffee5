"""What preparing a validation code refuses: validators' engine settings for it are narrower than those for their own
chain's runtime (polkadot-node-core-pvf-common executor_interface, sc-executor-wasmtime)."""

from __future__ import annotations

from wasmtime import FuncType, MemoryType, Module, WasmtimeError

from simnet.errors import HostError
from simnet.runtime.host._modules import module
from simnet.runtime.host._node_engine import node_engine
from simnet.runtime.host._wasm import decompressed

_HOST = "env"
"""The one module that the host answers for. Functions of it that it does not know trap when they are called."""


def refusal(code: bytes, *, largest: int, bulk_memory: bool) -> str | None:
    """Why a validation code cannot be prepared; None if it can be.

    ``largest``: bytes that it may have decompressed. ``bulk_memory``: whether executor parameters allow that extension
    (ExecutorParam::WasmExtBulkMemory).
    """
    try:
        wasm = decompressed(code, largest)
        Module.validate(node_engine(bulk_memory=bulk_memory), wasm)
        imports = module(wasm).imports
    except HostError as error:
        return str(error)
    except WasmtimeError as error:
        return f"validators cannot compile it: {' '.join(str(error).split())}"
    for one in imports:
        if one.module != _HOST or not isinstance(one.type, (FuncType, MemoryType)):
            return f"it imports {one.module}.{one.name}, which validators do not offer"
    return None
