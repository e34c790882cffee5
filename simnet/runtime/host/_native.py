"""The instance of `native.wasm`: calls by name, bytes in and out, refusals as errors."""

from __future__ import annotations

import ctypes
import hashlib
import threading
import time
from collections import deque
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TypeVar

from wasmtime import Func, FuncType, Global, Instance, Memory, Module, Store, Trap, WasmtimeError

from simnet.errors import HostError
from simnet.runtime.host._glue import Areas, signature_of
from simnet.runtime.host._guard import Work
from simnet.runtime.host._modules import engine, module, text_module
from simnet.runtime.host._ports import Port, Slots, ports

_Export = TypeVar("_Export", Func, Global, Memory)

_FILE = Path(__file__).parent / "native.wasm"

_TABLE = 8192
"""Elements of a table (sc-executor-wasmtime 0.47 runtime.rs, PoolingAllocationConfig::table_elements)."""

_RESERVED = 1 << 32
"""Bytes of address space that every memory has (``_modules.engine``)."""


@cache
def _wasm() -> bytes:
    code = _FILE.read_bytes()
    if hashlib.sha256(code).hexdigest() not in (_FILE.parent / "SHA256SUMS").read_text():
        raise HostError("native.wasm is damaged: its SHA-256 is not the recorded one; install simnet again")
    return code


def encode_list(items: Iterable[bytes]) -> bytes:
    """Byte strings, each with its length before it, as native reads them."""
    return b"".join(part for item in items for part in (len(item).to_bytes(4, "little"), item))


def decode_list(encoded: bytes) -> list[bytes]:
    """What :func:`encode_list` made."""
    items: list[bytes] = []
    offset = 0
    while offset < len(encoded):
        start = offset + 4
        offset = start + int.from_bytes(encoded[offset:start], "little")
        items.append(encoded[start:offset])
    return items


class Native:
    """The native instance in its store. Only the thread that made it, or took it over, may use it."""

    def __init__(self, seed: bytes) -> None:
        self.work = Work()
        """The runtime's call that it is in, for the guard to see."""
        self.store = Store(engine())
        self.store.set_limits(table_elements=_TABLE)
        compiled = module(_wasm())
        self._exports = Instance(self.store, compiled, []).exports(self.store)
        self._thread = threading.get_ident()
        self._dropped: dict[str, deque[int]] = {"state_release": deque(), "execution_release": deque()}
        self.calls = 0
        self.seconds = 0.0
        self.memory = self.export("memory", Memory)
        self._base: int = ctypes.cast(self.memory.data_ptr(self.store), ctypes.c_void_p).value or 0
        self._bytes = memoryview((ctypes.c_ubyte * _RESERVED).from_address(self._base)).cast("B")
        """All of native memory, whose address never changes; only what it has grown to may be touched."""
        self._stack = self.export("__stack_pointer", Global)
        self._stack_top = self._stack.value(self.store)
        self.slots = self.export("argument_slots", Func)(self.store)
        self._slots = Slots(self._base + self.slots)
        self._ports = self._port(compiled)
        self.number("setup")
        self.areas = Areas(self.number("scratch_area"), self.number("scratch_size"), self.number("out_area"))
        self.number("set_seed", *self.pointers(seed))

    def export(self, name: str, kind: type[_Export]) -> _Export:
        """An export of native.wasm as it is, such as a function for glue to import."""
        found = self._exports[name]
        assert isinstance(found, kind)
        return found

    def _port(self, compiled: Module) -> dict[str, Port]:
        """Every exported function as Python calls it: with its arguments in the slots."""
        kinds = {item.name: signature_of(item.type) for item in compiled.exports if isinstance(item.type, FuncType)}
        joining = text_module(ports(kinds, self.slots))
        given = [
            self.memory if item.name == "memory" else self.export(item.name or "", Func) for item in joining.imports
        ]
        exports = Instance(self.store, joining, given).exports(self.store)
        return {name: Port(self.store, port) for name in kinds if isinstance(port := exports[name], Func)}

    # Bytes ---------------------------------------------------------------------------------------------------------

    def pointers(self, *chunks: bytes) -> list[int]:
        """Copies byte strings to where native reads arguments; they stay there until the next copy."""
        joined = b"".join(chunks)
        total = len(joined)
        at = self.areas.scratch if total <= self.areas.scratch_size else self.number("large", total)
        self._bytes[at : at + total] = joined
        addresses: list[int] = []
        for chunk in chunks:
            addresses.append(at)
            at += len(chunk)
        return addresses

    def spans(self, *chunks: bytes) -> list[int]:
        """As :meth:`pointers`, each address followed by its length."""
        if len(chunks) == 1:  # most often
            (chunk,) = chunks
            total = len(chunk)
            at = self.areas.scratch if total <= self.areas.scratch_size else self.number("large", total)
            self._bytes[at : at + total] = chunk
            return [at, total]
        spans: list[int] = []
        for at, chunk in zip(self.pointers(*chunks), chunks, strict=True):
            spans.append(at)
            spans.append(len(chunk))
        return spans

    def read(self, pointer: int, length: int) -> bytes:
        """Bytes of native memory."""
        return self._bytes[pointer : pointer + length].tobytes()

    def take_over(self) -> None:
        """Makes this the thread that may use it, when the one that did will no more."""
        self._thread = self.work.thread = threading.get_ident()

    # Calls ---------------------------------------------------------------------------------------------------------

    def invoke(self, port: Port, *arguments: int) -> int:
        """Calls a function that finds its arguments in the slots. A trap leaves it as it comes."""
        if threading.get_ident() != self._thread:
            raise HostError(
                "a host belongs to the thread that made it; make another in this thread, or have this one take it over"
            )
        self._slots.write(*arguments)
        start = time.perf_counter()
        try:
            return port()
        finally:
            self.seconds += time.perf_counter() - start
            self.calls += 1

    def number(self, name: str, *arguments: int) -> int:
        """Calls an export and gives its number, unsigned; raises :class:`HostError` when native refuses."""
        try:
            return self.invoke(self._ports[name], *arguments)
        except (Trap, WasmtimeError) as trap:
            fault = self.recover()
            raise HostError(fault or f"native function {name} trapped: {trap}") from None

    def span(self, name: str, *arguments: int) -> bytes:
        """Calls an export that gives bytes."""
        return self.optional(name, *arguments) or b""

    def optional(self, name: str, *arguments: int) -> bytes | None:
        """Calls an export that gives bytes or nothing."""
        packed = self.number(name, *arguments)
        return None if packed == 0 else self.read(packed & 0xFFFF_FFFF, packed >> 32)

    def fixed(self, size: int, name: str, *arguments: int) -> bytes:
        """Calls an export that gives a pointer to ``size`` bytes."""
        return self.read(self.number(name, *arguments) & 0xFFFF_FFFF, size)

    def recover(self) -> str:
        """After a trap: empties native's stack, ends the running call. Gives native's message, if it was the one."""
        self._stack.set_value(self.store, self._stack_top)
        try:
            packed = self.invoke(self._ports["take_fault"])
            message = self.read(packed & 0xFFFF_FFFF, packed >> 32)
            self.invoke(self._ports["leave"])
        except (Trap, WasmtimeError) as trap:
            raise HostError(f"native.wasm is broken; make another host: {trap}") from None
        return message.decode(errors="replace")

    # Handles -------------------------------------------------------------------------------------------------------

    def drop(self, release: str, handle: int) -> None:
        """Has a handle released before the next call. Any thread may say so, since garbage may be collected in any."""
        self._dropped[release].append(handle)

    def release_dropped(self) -> None:
        """Releases what was dropped."""
        for name, handles in self._dropped.items():
            if handles:
                taken = [handles.popleft() for _ in range(len(handles))]
                self.number(name, *self.spans(b"".join(handle.to_bytes(4, "little") for handle in taken)))
