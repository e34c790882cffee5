"""An engine with what nodes let code use of WASM, less than simnet's own modules use: for looking at code alone.

Chains' runtimes and validation code have the same settings (sc-executor 0.50 wasm_runtime.rs;
polkadot-node-core-pvf-common 29 executor_interface.rs, DEFAULT_CONFIG). Executor parameters may add bulk memory to the
second (WasmExtBulkMemory), which changes nothing: nodes cannot read code that uses it.
"""

from __future__ import annotations

from functools import cache

from wasmtime import Config, Engine, _bindings

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
"""Of WASM, none of which code of nodes may use."""


@cache
def node_engine() -> Engine:
    """An engine that refuses what nodes refuse to compile."""
    config = Config()
    for name in _EXTENSIONS:
        setattr(config, f"wasm_{name}", False)
    # On by default, wants reference types, and has no property.
    _bindings.wasmtime_config_wasm_component_model_async_set(config.ptr(), False)
    config.gc_support = False
    config.wasm_bulk_memory = False
    config.parallel_compilation = False
    return Engine(config)
