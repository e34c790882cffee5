"""A runtime module, instantiated once and called many times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import TypeVar

from wasmtime import (
    Func,
    Global,
    Instance,
    Limits,
    Memory,
    MemoryType,
    Module,
    Table,
    Trap,
    TrapCode,
    ValType,
    WasmtimeError,
)

from simnet.chain.metadata import Metadata
from simnet.chain.runtime_types import WITH_APIS, RuntimeTypes
from simnet.codec import DecodeError, read_bytes, u32
from simnet.errors import HostError, HostLimitError, RuntimeTrap
from simnet.runtime.host._entry import ALLOCATOR, ALLOCATOR_FAULTS, entry
from simnet.runtime.host._functions import ALLOCATOR_FUNCTIONS
from simnet.runtime.host._glue import glue
from simnet.runtime.host._interface import check_imports, entry_points, memory_of
from simnet.runtime.host._modules import text_module
from simnet.runtime.host._native import Native
from simnet.runtime.host._node_modules import COUNT, runtime_module, validation_module
from simnet.runtime.host._ports import Port
from simnet.runtime.host._version import RuntimeVersion, decode_version
from simnet.runtime.host._wasm import static_data

_ALL_PAGES = 65536
"""Pages of 64 KiB that a WASM memory can have: 4 GiB."""


@dataclass(frozen=True)
class Heap:
    """How far a runtime's memory may grow, in pages of 64 KiB: by ``extra`` beyond what its module begins with
    (HeapAllocStrategy::Static of sc-executor), or to ``most`` in all (Dynamic)."""

    extra: int | None = None
    most: int | None = None

    def bound(self, begins_with: int) -> int:
        """The most pages of a memory that begins with some; fewer than these where there may not be so many."""
        return self.most if self.most is not None else begins_with + (self.extra or 0)


ON_CHAIN = Heap(extra=2048)
"""Of a chain's own runtime whose state has no ``:heappages`` (sc-executor DEFAULT_HEAP_ALLOC_STRATEGY)."""

VALIDATION = Heap(most=32 + 2048)
"""Of validation code (polkadot-node-core-pvf-common executor_interface: DEFAULT_HEAP_PAGES_ESTIMATE and
EXTRA_HEAP_PAGES)."""

_ADDRESSES = (1 << 32) - 1
"""Addresses are unsigned."""

_FIRST, _EVERY = 16, 256
"""Before which calls it is seen whether constants are as they were made: the first ones, then every so many."""

_Extern = Func | Global | Memory | Table
_Export = TypeVar("_Export", Func, Global, Memory, Table)


_NUMBER = re.compile(r"^\d+: ")
"""Before each cause where there are several; the last is what happened."""


def _without_trace(trap: Trap | WasmtimeError) -> str:
    """What wasmtime says of a trap in one line, without the addresses that led there."""
    causes = str(trap).rpartition("Caused by:")[2].strip().splitlines()
    return _NUMBER.sub("", causes[-1].strip())


def _ran_out_of_stack(trap: Trap | WasmtimeError) -> bool:
    return isinstance(trap, Trap) and trap.trap_code is TrapCode.STACK_OVERFLOW


class StateAccess(IntEnum):
    """What a call sees and what becomes of its changes, in native's numbers."""

    NO_STATE = 0
    OF_STATE = 1
    KEEP = 2
    UNDO = 3


class Runtime:
    """A runtime in a host; :meth:`Host.runtime` makes it.

    Its memory, allocator and glue live as long as the host. What a call finds in the runtime's static data is always as
    after instantiation. The stack pointer is a global that no one outside can write: after a trap the runtime alone is
    instantiated anew.

    ``values``: how many the stack of validation code may hold; None of a chain's own runtime, whose stack nodes bound
    in bytes alone.
    """

    def __init__(
        self,
        native: Native,
        wasm: bytes,
        name: str,
        heap: Heap = ON_CHAIN,
        owners: Iterable[str] = (),
        values: int | None = None,
    ) -> None:
        self._native = native
        self._name = name
        self._heap = heap
        self.owners: dict[str, None] = dict.fromkeys(owners)
        """Chains whose code it is, in words, as far as somebody said so."""
        self._values = values
        with native.work.on(self, "compilation"):
            self._module = runtime_module(wasm) if values is None else validation_module(wasm, values)
        with native.work.on(self, "instantiation"):
            try:
                self._make(wasm)
            except (Trap, WasmtimeError) as error:
                native.recover()
                raise HostError(f"{self._name} cannot be instantiated: {_without_trace(error)}") from None

    # Making --------------------------------------------------------------------------------------------------------

    def _make(self, wasm: bytes) -> None:
        native = self._native
        wanted = check_imports(self._module)
        places = entry_points(self._module)
        self._index = {name: place for place, name in enumerate(places)}
        self.memory = self._own_memory()
        allocator = self._instance(text_module(ALLOCATOR), {"memory": self.memory})
        self._allocator_fault = self._export(allocator, "fault", Global)
        malloc, free, refuse, reset = (self._export(allocator, n, Func) for n in ("malloc", "free", "refuse", "reset"))
        self._wanted = list(wanted)
        around: dict[str, _Extern] = {"memory": self.memory, "malloc": malloc, "refuse": refuse, "reset": reset}
        joined = self._instance(text_module(glue(wanted, native.areas)), around)
        self._missing = self._export(joined, "missing", Global)
        self._imports: dict[str, _Extern] = {name: self._export(joined, name, Func) for name in self._wanted}
        self._imports |= dict(zip(ALLOCATOR_FUNCTIONS, (malloc, free), strict=True))

        exports = self._exports()
        base = self._heap_base(exports)
        lowest, writable = self._static(wasm, base)
        entered = self._instance(text_module(entry(writable, base, len(self._index), native.slots)), around)
        self._table = self._export(entered, "functions", Table)
        self._call = Port(native.store, self._export(entered, "call", Func))
        self._export(entered, "save", Func)(native.store)
        self._constants = lowest, writable
        self._as_made = self._read_constants()
        self._calls = 0
        self._offer(exports)

    def _heap_base(self, exports: Mapping[str, object]) -> int:
        base = self._export(exports, "__heap_base", Global)
        kind = base.type(self._native.store).content
        if kind != ValType.i32():
            raise HostError(f"__heap_base of {self._name} is a {kind}; nodes take an i32")
        return int(base.value(self._native.store)) & _ADDRESSES

    def _static(self, wasm: bytes, base: int) -> tuple[int, int]:
        """Where static data begins and where it may be written; raises :class:`HostError` for data that is not below
        the heap, or a heap beyond memory."""
        lowest, writable, end = static_data(wasm)
        size = self.memory.data_len(self._native.store)
        if not end <= base <= size:
            raise HostError(
                f"the heap of {self._name} begins at {base}: that is not between its static data, which ends at {end}, "
                f"and the end of its memory, {size}"
            )
        return lowest, writable

    def _own_memory(self) -> Memory:
        limits = memory_of(self._module)
        bound = self._heap.bound(limits.min)
        most = min(bound, _ALL_PAGES)
        needed = limits.min if self._heap.most is not None else bound
        if needed > most:
            raise HostError(f"{self._name} cannot be instantiated with {needed} pages of memory; it may have {most}")
        bounded = Limits(limits.min, most if limits.max is None else min(most, limits.max))
        return Memory(self._native.store, MemoryType(bounded))

    def _instance(self, compiled: Module, given: Mapping[str, _Extern]) -> Mapping[str, object]:
        """Instantiates glue: what it imports from native is taken there, the rest from ``given``."""
        imports: list[_Extern] = []
        for item in compiled.imports:
            name = item.name or ""
            if item.module != "native":
                imports.append(given[name])
            else:
                imports.append(self._native.memory if name == "memory" else self._native.export(name, Func))
        return Instance(self._native.store, compiled, imports).exports(self._native.store)

    @staticmethod
    def _export(exports: Mapping[str, object], name: str, kind: type[_Export]) -> _Export:
        found = exports.get(name)
        if not isinstance(found, kind):
            raise HostError(f"the runtime exports no {kind.__name__.lower()} {name}; is this a Substrate runtime?")
        return found

    def _exports(self) -> Mapping[str, object]:
        """Exports of a new instance of the runtime itself."""
        imports = [
            self.memory if isinstance(item.type, MemoryType) else self._imports[item.name or ""]
            for item in self._module.imports
        ]
        return Instance(self._native.store, self._module, imports).exports(self._native.store)

    def _offer(self, exports: Mapping[str, object]) -> None:
        self._exported = exports
        for name, index in self._index.items():
            self._table.set(self._native.store, index, self._export(exports, name, Func))

    # Using ---------------------------------------------------------------------------------------------------------

    @cached_property
    def version(self) -> RuntimeVersion:
        """What ``Core_version`` says; raises :class:`HostError` where that is no version."""
        answer = self.call(StateAccess.NO_STATE, 0, "Core_version", b"")
        try:
            return decode_version(answer)
        except DecodeError as error:
            raise HostError(f"what Core_version of {self._name} answers is no version: {error}") from None

    def metadata(self) -> bytes:
        """What the runtime says of itself, as ``state_getMetadata`` gives it."""
        return read_bytes(self.call(StateAccess.NO_STATE, 0, "Metadata_metadata", b""), 0)[0]

    @cached_property
    def types(self) -> RuntimeTypes:
        """Decoders of what it answers and stores: by metadata of version 15, which has the APIs, where it has that."""
        raw = None
        if "Metadata_metadata_at_version" in self._index:
            answer = self.call(StateAccess.NO_STATE, 0, "Metadata_metadata_at_version", u32(WITH_APIS))
            raw = read_bytes(answer, 1)[0] if answer[:1] == b"\x01" else None
        return RuntimeTypes(Metadata.parse(raw or self.metadata()), self.version.apis)

    @property
    def functions(self) -> frozenset[str]:
        """Names that can be called."""
        return frozenset(self._index)

    @property
    def imports(self) -> tuple[str, ...]:
        """Names of the host functions that it wants, but for those of its allocator, which every runtime wants."""
        return tuple(self._wanted)

    def call(self, mode: StateAccess, handle: int, function: str, arguments: bytes) -> bytes:
        """One call; raises :class:`RuntimeTrap`, or :class:`HostError` when the runtime has no such function."""
        index = self._index.get(function)
        if index is None:
            raise HostError(f"{self} has no function {function!r}")
        native = self._native
        native.release_dropped()
        self._check_constants()
        work = native.work
        work.begin(self, function)
        try:
            packed = native.invoke(self._call, mode, handle, index, *native.spans(arguments))
        except (Trap, WasmtimeError) as trap:
            raise self._explained(function, trap) from None
        finally:
            work.end()
        return native.read(packed & 0xFFFF_FFFF, packed >> 32)

    def _read_constants(self) -> bytes:
        return bytes(self.memory.read(self._native.store, *self._constants))

    def _check_constants(self) -> None:
        """Constants are not brought back before a call, so now and then it is seen whether a call wrote them."""
        self._calls += 1
        if (self._calls < _FIRST or self._calls % _EVERY == 0) and self._read_constants() != self._as_made:
            raise HostError(f"{self} writes into its constants, so its calls are not independent of each other")

    def _explained(self, function: str, trap: Trap | WasmtimeError) -> RuntimeTrap:
        """Makes the instance anew and says why the call ended."""
        native = self._native
        refusal = native.recover()
        panic = native.span("take_error").decode(errors="replace")
        missing = self._missing.value(native.store)
        cause = ALLOCATOR_FAULTS.get(self._allocator_fault.value(native.store)) or refusal
        if missing >= 0:
            self._missing.set_value(native.store, -1)
            cause = f"it called the host function {self._wanted[missing]}, which simnet does not have"
        elif self._values is not None and self._on_stack() > self._values:
            cause = f"its stack may hold {self._values} values and was to hold more"
        try:
            self._offer(self._exports())
        except (Trap, WasmtimeError) as error:
            raise HostError(f"{self} cannot be instantiated again: {_without_trace(error)}") from None
        if self._values is not None and not cause and _ran_out_of_stack(trap):
            raise HostLimitError(
                f"{self} fills simnet's stack before it holds the {self._values} values that validators allow: "
                "what they would find cannot be told here"
            )
        return RuntimeTrap(runtime=str(self), function=function, message=cause or panic or _without_trace(trap))

    def _on_stack(self) -> int:
        """Values on the stack of validation code, as it counted them when it trapped."""
        return int(self._export(self._exported, COUNT, Global).value(self._native.store)) & _ADDRESSES

    @property
    def whose(self) -> str:
        """The runtime in a sentence, with the chains that it is known to be of."""
        owners = " and ".join(self.owners)
        return f"the runtime of {owners} ({self})" if owners else str(self)

    def __str__(self) -> str:
        return str(self.__dict__.get("version", self._name))


class Unusable(Runtime):
    """A runtime that nodes cannot instantiate: every call traps, with the reason."""

    def __init__(self, native: Native, name: str, why: str) -> None:
        self._native = native
        self._name = name
        self.owners = {}
        self._why = why
        self._index = {}
        self._wanted = []

    def call(self, mode: StateAccess, handle: int, function: str, arguments: bytes) -> bytes:
        """Raises :class:`RuntimeTrap`."""
        raise RuntimeTrap(runtime=self._name, function=function, message=self._why)
