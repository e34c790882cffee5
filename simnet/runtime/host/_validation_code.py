"""What preparing a validation code refuses: validators' engine settings for it are narrower than those for their own
chain's runtime (polkadot-node-core-pvf-common executor_interface, sc-executor-wasmtime)."""

from __future__ import annotations

from functools import cache

from wasmtime import Config, Engine, FuncType, MemoryType, Module, WasmtimeError, _bindings

from simnet.errors import HostError
from simnet.runtime.host._modules import module
from simnet.runtime.host._wasm import decompressed

_HOST = "env"
"""The one module that the host answers for. Functions of it that it does not know trap when they are called."""

_EXTENSIONS = (
    "component_model",
    "custom_page_sizes",
    "exceptions",
    "function_references",
    "gc",
    "memory64",
    "multi_memory",
    "multi_value",
    "reference_types",
    "relaxed_simd",
    "simd",
    "stack_switching",
    "tail_call",
    "threads",
    "wide_arithmetic",
)
"""Of WASM, none of which validation code may use."""


def refusal(code: bytes, *, largest: int, bulk_memory: bool) -> str | None:
    """Why a validation code cannot be prepared; None if it can be.

    ``largest``: bytes that it may have decompressed. ``bulk_memory``: whether executor parameters allow that extension
    (ExecutorParam::WasmExtBulkMemory).
    """
    try:
        wasm = decompressed(code, largest)
        Module.validate(_engine(bulk_memory), wasm)
        imports = module(wasm).imports
    except HostError as error:
        return str(error)
    except WasmtimeError as error:
        return f"validators cannot compile it: {' '.join(str(error).split())}"
    for one in imports:
        if one.module != _HOST or not isinstance(one.type, (FuncType, MemoryType)):
            return f"it imports {one.module}.{one.name}, which validators do not offer"
    return None


@cache
def _engine(bulk_memory: bool) -> Engine:
    config = Config()
    for name in _EXTENSIONS:
        setattr(config, f"wasm_{name}", False)
    # On by default, wants reference types, and has no property.
    _bindings.wasmtime_config_wasm_component_model_async_set(config.ptr(), False)
    config.gc_support = False
    config.wasm_bulk_memory = bulk_memory
    config.parallel_compilation = False
    return Engine(config)
