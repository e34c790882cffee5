"""The runtime host: runs Substrate runtimes under wasmtime, with storage, tries, hashing and signatures inside WASM.

`native.wasm` answers the host functions (its source is `native/` in the project's root); WAT glue joins it to runtimes.
"""

from simnet.errors import HostError, RuntimeTrap
from simnet.runtime.host._host import Host, Stats
from simnet.runtime.host._native import LogLine
from simnet.runtime.host._runtime import VALIDATION, Heap, Runtime
from simnet.runtime.host._signing import BabeClaim
from simnet.runtime.host._state import Execution, State
from simnet.runtime.host._version import RuntimeVersion

__all__ = [
    "VALIDATION",
    "BabeClaim",
    "Execution",
    "Heap",
    "Host",
    "HostError",
    "LogLine",
    "Runtime",
    "RuntimeTrap",
    "RuntimeVersion",
    "State",
    "Stats",
]
