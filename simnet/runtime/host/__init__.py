"""The runtime host: runs Substrate runtimes under wasmtime, with storage, tries, hashing and signatures inside WASM.

`native.wasm` answers the host functions (its source is `native/` in the project's root); WAT glue joins it to runtimes.
"""

from simnet.errors import RuntimeTrap
from simnet.runtime.host._chain_state import Execution, State
from simnet.runtime.host._embedded import embedded_version, wasm_of
from simnet.runtime.host._host import Host, Stats
from simnet.runtime.host._node_modules import STACK_VALUES
from simnet.runtime.host._runtime import VALIDATION, Heap, Runtime
from simnet.runtime.host._signing import VrfClaim
from simnet.runtime.host._validation_code import refusal
from simnet.runtime.host._version import RuntimeVersion

__all__ = [
    "STACK_VALUES",
    "VALIDATION",
    "Execution",
    "Heap",
    "Host",
    "Runtime",
    "RuntimeTrap",
    "RuntimeVersion",
    "State",
    "Stats",
    "VrfClaim",
    "embedded_version",
    "refusal",
    "wasm_of",
]
