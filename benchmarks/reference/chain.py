"""Executes the recorded blocks again, under wasmtime and nothing of simnet's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

import zstandard
from wasmtime import (
    Config,
    Engine,
    Func,
    Instance,
    Limits,
    Linker,
    Memory,
    MemoryType,
    Module,
    Store,
    Table,
    wat2wasm,
)

from benchmarks.reference.recording import BUNDLED, CODE, Recording, codes

_KEEP = 2
"""Native's number for a call whose changes are kept."""

_AS_THE_RUNTIME_SAID = -1
"""Native's number for the trie's layout that the runtime names."""

_COMPRESSED = 8
"""Bytes before the zstd frame of a compressed runtime (sp-maybe-compressed-blob)."""

_LARGEST = 50 << 20
"""Bytes of a decompressed runtime that nodes take (sp-maybe-compressed-blob, CODE_BLOB_BOMB_LIMIT)."""

_EVENTS = bytes.fromhex("26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7")
"""Storage key of ``System.Events``."""

_Export = TypeVar("_Export", Func, Memory, Table)


class Executed(NamedTuple):
    """A block that was executed: the root of the state that it led to, and its events in SCALE."""

    root: bytes
    events: bytes


class Chain:
    """The recorded chain, at the state under its first block.

    Compilation takes some ten seconds once on a machine; wasmtime keeps what it made. Raises
    :class:`~benchmarks.reference.recording.AnotherRuntimeError` for other bundled runtimes than the recorded ones.
    """

    def __init__(self, recording: Recording, bundled: Path = BUNDLED) -> None:
        code = codes(recording, bundled)
        engine = Engine(_config())
        self._store = Store(engine)
        linker = Linker(engine)

        def joined(wat: str, name: str) -> Instance:
            instance = linker.instantiate(self._store, Module(engine, bytes(wat2wasm(wat))))
            linker.define_instance(self._store, name, instance)
            return instance

        self._native = linker.instantiate(self._store, Module(engine, recording.native))
        linker.define_instance(self._store, "native", self._native)
        self._bytes = self._export(self._native, "memory", Memory)
        self._number("setup")
        self._number("set_seed", self._placed(bytes(32)))
        self._slots = self._number("argument_slots")
        memory = Memory(self._store, MemoryType(Limits(*recording.memory)))
        for module in ("runtime", "env"):
            linker.define(self._store, module, "memory", memory)
        allocator = joined(recording.allocator, "allocator")
        for name in ("malloc", "free"):
            function = self._export(allocator, name, Func)
            linker.define(self._store, "env", f"ext_allocator_{name}_version_1", function)
        joined(recording.glue, "env")
        wasm = zstandard.ZstdDecompressor().stream_reader(code[CODE][_COMPRESSED:]).read(_LARGEST)
        executing = linker.instantiate(self._store, Module(engine, wasm))
        entry = joined(recording.entry, "entry")
        execute_block = self._export(executing, "Core_execute_block", Func)
        self._export(entry, "functions", Table).set(self._store, 0, execute_block)
        self._export(entry, "save", Func)(self._store)
        self._call = self._export(entry, "call", Func)
        self._blocks = recording.blocks
        flat = recording.state + b"".join(_item(part) for item in code.items() for part in item)
        self._first = self._number("state_new", self._placed(flat), len(flat), self._slots, 0, 1)

    def run(self) -> Iterator[Executed]:
        """Executes each block on the state that the one before led to.

        Every header has the root that its block must lead to; the runtime traps when it leads elsewhere.
        """
        state = self._first
        try:
            for block in self._blocks:
                before, state = state, self._execute(state, block)
                if before != self._first:
                    self._release("state_release", before)
                packed = self._number("state_get", state, self._placed(_EVENTS), len(_EVENTS))
                events = self._read(packed & 0xFFFF_FFFF, packed >> 32)
                yield Executed(self._read(self._number("state_root", state), 32), events)
        finally:
            if state != self._first:
                self._release("state_release", state)

    def _execute(self, state: int, block: bytes) -> int:
        execution = self._number("execution_new", state, 0)
        arguments = (_KEEP, execution, 0, self._placed(block), len(block))
        self._bytes.write(self._store, b"".join(one.to_bytes(8, "little") for one in arguments), self._slots)
        self._call(self._store)
        after = self._number("execution_finish", execution, _AS_THE_RUNTIME_SAID)
        self._release("execution_release", execution)
        return after

    def _export(self, instance: Instance, name: str, kind: type[_Export]) -> _Export:
        found = instance.exports(self._store)[name]
        assert isinstance(found, kind), f"{name} is no {kind.__name__}"
        return found

    def _number(self, name: str, *arguments: int) -> int:
        """Calls native; its result, unsigned."""
        result = self._export(self._native, name, Func)(self._store, *arguments)
        return int(result or 0) & 0xFFFF_FFFF_FFFF_FFFF

    def _release(self, name: str, handle: int) -> None:
        self._number(name, self._placed(handle.to_bytes(4, "little")), 4)

    def _placed(self, content: bytes) -> int:
        """Copies bytes to where native reads arguments, and gives their address."""
        at = self._number("large", len(content))
        self._bytes.write(self._store, content, at)
        return at

    def _read(self, pointer: int, length: int) -> bytes:
        return bytes(self._bytes.read(self._store, pointer, pointer + length))


def _config() -> Config:
    """Settings as simnet's host had them when the chain was recorded."""
    config = Config()
    config.cache = True
    config.cranelift_nan_canonicalization = True
    config.cranelift_opt_level = "speed"
    config.max_wasm_stack = 2 << 20
    config.wasm_multi_memory = True
    config.wasm_wide_arithmetic = True
    config.wasm_relaxed_simd = False
    config.memory_reservation = 1 << 32
    config.memory_may_move = False
    return config


def _item(content: bytes) -> bytes:
    return len(content).to_bytes(4, "little") + content
