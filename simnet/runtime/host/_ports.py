"""WAT through which Python calls `native.wasm`, and calls through it that cost little.

Arguments lie in memory and every port has the type ``() -> i64``: wasmtime's binding looks a function's type up and
converts each value at every call, which costs more than most calls themselves.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Mapping

from wasmtime import Func, Store, Trap, WasmtimeError
from wasmtime import _ffi as ffi

from simnet.runtime.host._glue import Signature

_SLOT = 8
_MOST = 16
_PORT = Signature((), ("i64",))

# int: context, function, values, how many, where the trap goes. Gives the error, 0 when there is none.
_call = ctypes.CFUNCTYPE(
    ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p
)(("wasmtime_func_call_unchecked", ffi.dll))


def arguments(kinds: tuple[str, ...], area: int) -> str:
    """WAT that loads arguments from their slots in native memory."""
    return " ".join(f"({kind}.load $native (i32.const {area + _SLOT * i}))" for i, kind in enumerate(kinds))


def _body(name: str, kind: Signature, area: int) -> str:
    call = f"(call ${name} {arguments(kind.params, area)})"
    match kind.results:
        case ():
            return f"{call} (i64.const 0)"
        case ("i32",):
            return f"(i64.extend_i32_u {call})"
        case _:
            return call


def ports(functions: Mapping[str, Signature], area: int) -> str:
    """The module that exports each function as a port."""
    imports = "\n".join(f'(import "native" "{name}" (func ${name}{kind.wat()}))' for name, kind in functions.items())
    exports = "\n".join(
        f'(func (export "{name}"){_PORT.wat()} {_body(name, kind, area)})' for name, kind in functions.items()
    )
    return f'(module\n(import "native" "memory" (memory $native 0))\n{imports}\n{exports}\n)'


class Port:
    """An exported function of the type ``() -> i64``."""

    def __init__(self, store: Store, function: Func) -> None:
        self._kept = store, function._func
        self._context = ctypes.cast(store._context(), ctypes.c_void_p).value
        self._function = ctypes.addressof(function._func)
        self._value = ffi.wasmtime_val_raw_t()
        self._result = ctypes.c_uint64.from_buffer(self._value)
        self._trap = ctypes.c_void_p()
        self._places = ctypes.addressof(self._value), 1, ctypes.addressof(self._trap)

    def __call__(self) -> int:
        """The result, unsigned. Raises what the binding raises: Trap, WasmtimeError."""
        error = _call(self._context, self._function, *self._places)
        if error:
            raise WasmtimeError._from_ptr(ctypes.cast(error, ctypes.POINTER(ffi.wasmtime_error_t)))
        if self._trap:
            trap = ctypes.cast(self._trap, ctypes.POINTER(ffi.wasm_trap_t))
            self._trap.value = None
            raise Trap._from_ptr(trap)
        return self._result.value


class Slots:
    """The arguments' area in native memory, from Python."""

    def __init__(self, address: int) -> None:
        self._area = (ctypes.c_char * (_SLOT * _MOST)).from_address(address)
        self._layouts = [struct.Struct(f"<{count}Q") for count in range(_MOST + 1)]

    def write(self, *numbers: int) -> None:
        """Sets the arguments of the next call; none may be negative."""
        self._layouts[len(numbers)].pack_into(self._area, 0, *numbers)
