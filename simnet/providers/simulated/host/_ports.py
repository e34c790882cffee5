"""WAT through which Python calls `native.wasm`: arguments lie in memory, since each that passes the binding costs as
much as a whole call."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Mapping

from simnet.providers.simulated.host._glue import Signature

_SLOT = 8
_MOST = 16


def arguments(kinds: tuple[str, ...], area: int) -> str:
    """WAT that loads arguments from their slots in native memory."""
    return " ".join(f"({kind}.load $native (i32.const {area + _SLOT * i}))" for i, kind in enumerate(kinds))


def ports(functions: Mapping[str, Signature], area: int) -> str:
    """The module that exports each function without parameters."""
    imports = "\n".join(f'(import "native" "{name}" (func ${name}{kind.wat()}))' for name, kind in functions.items())
    exports = "\n".join(
        f'(func (export "{name}"){Signature((), kind.results).wat()} (call ${name} {arguments(kind.params, area)}))'
        for name, kind in functions.items()
    )
    return f'(module\n(import "native" "memory" (memory $native 0))\n{imports}\n{exports}\n)'


class Slots:
    """The arguments' area in native memory, from Python."""

    def __init__(self, address: int) -> None:
        self._area = (ctypes.c_char * (_SLOT * _MOST)).from_address(address)
        self._layouts = [struct.Struct(f"<{count}Q") for count in range(_MOST + 1)]

    def write(self, *numbers: int) -> None:
        """Sets the arguments of the next call; none may be negative."""
        self._layouts[len(numbers)].pack_into(self._area, 0, *numbers)
