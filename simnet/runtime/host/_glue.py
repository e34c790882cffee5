"""WAT that joins a runtime to `native.wasm`: arguments are copied between the two memories, and no call leaves WASM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wasmtime import FuncType

from simnet.runtime.host._entry import TOO_MANY
from simnet.runtime.host._functions import HOST_FUNCTIONS, OUT, SPAN, ArgumentKind, HostFunction

_MOST_COPIED = 1 << 30
"""Bytes of one call's arguments: a runtime's memory is far smaller, and lengths that it makes up may be of any size."""


@dataclass(frozen=True)
class Areas:
    """Addresses in native memory: where arguments go when they fit, and where `read` functions say what to copy out."""

    scratch: int
    scratch_size: int
    out: int


@dataclass(frozen=True)
class Signature:
    """A WASM function type in WAT's words."""

    params: tuple[str, ...]
    results: tuple[str, ...]

    def wat(self, *, named: bool = False) -> str:
        """``(param ...) (result ...)``; named parameters are $0, $1 and so on."""
        params = "".join(f" (param{f' ${i}' if named else ''} {kind})" for i, kind in enumerate(self.params))
        return params + "".join(f" (result {kind})" for kind in self.results)


def signature_of(kind: FuncType) -> Signature:
    """The type of a compiled function."""
    return Signature(tuple(str(t) for t in kind.params), tuple(str(t) for t in kind.results))


def signature(function: HostFunction) -> Signature:
    """The type with which a runtime imports the function."""
    results = () if function.result is None else (function.result.runtime,)
    return Signature(tuple(kind.runtime for kind in function.arguments), results)


def _native_signature(function: HostFunction) -> Signature:
    params = tuple(param for kind in function.arguments for param in kind.native)
    return Signature(params, signature(function).results)


def _low(local: str) -> str:
    return f"(i32.wrap_i64 (local.get {local}))"


def _high(local: str) -> str:
    return f"(i32.wrap_i64 (i64.shr_u (local.get {local}) (i64.const 32)))"


def _fill(local: str, areas: Areas) -> str:
    """Writes what native left in its out area into the runtime's buffer."""
    return f"""
  (local.set $size (i32.load $native (i32.const {areas.out + 4})))
  (if (i32.gt_u (local.get $size) {_high(local)}) (then (local.set $size {_high(local)})))
  (memory.copy $runtime $native {_low(local)} (i32.load $native (i32.const {areas.out})) (local.get $size))"""


def _give(result: ArgumentKind) -> str:
    """Brings bytes that native gave, in $span or $pointer, to the runtime."""
    if result == SPAN:
        return f"""
  (local.set $size {_high("$span")})
  (local.set $to (call $malloc (local.get $size)))
  (memory.copy $runtime $native (local.get $to) {_low("$span")} (local.get $size))
  (i64.or (i64.extend_i32_u (local.get $to)) (i64.shl (i64.extend_i32_u (local.get $size)) (i64.const 32)))"""
    return f"""
  (local.set $to (call $malloc (i32.const {result.size})))
  (memory.copy $runtime $native (local.get $to) (local.get $pointer) (i32.const {result.size}))
  (local.get $to)"""


def _function(name: str, function: HostFunction, areas: Areas) -> str:
    copied: dict[int, tuple[str, str]] = {}
    """Source pointer and length of each argument that is bytes, by its index."""
    arguments: list[str] = []
    filled: list[str] = []
    for i, kind in enumerate(function.arguments):
        local = f"${i}"
        if kind == OUT:
            filled.append(_fill(local, areas))
        elif kind == SPAN:
            copied[i] = _low(local), _high(local)
            arguments += [f"(local.get $at{i})", _high(local)]
        elif kind.size:
            copied[i] = f"(local.get {local})", f"(i32.const {kind.size})"
            arguments.append(f"(local.get $at{i})")
        else:
            arguments.append(f"(local.get {local})")
    lines = [f'(func (export "{name}"){signature(function).wat(named=True)}']
    lines += [f"  (local $at{i} i32)" for i in copied]
    lines += ["  (local $span i64) (local $pointer i32) (local $size i32) (local $to i32)"]
    if copied:
        total = "(i64.const 0)"
        for _, length in copied.values():
            total = f"(i64.add {total} (i64.extend_i32_u {length}))"
        lines.append(f"  (local.set $to (call $place {total}))")
    for i, (source, length) in copied.items():
        lines.append(f"  (local.set $at{i} (local.get $to))")
        lines.append(f"  (memory.copy $native $runtime (local.get $to) {source} {length})")
        lines.append(f"  (local.set $to (i32.add (local.get $to) {length}))")
    call, given = f"(call $native_{name} {' '.join(arguments)})", ""
    result = function.result
    if result is not None and (result == SPAN or result.size):
        call, given = f"(local.set {'$span' if result == SPAN else '$pointer'} {call})", _give(result)
    return "\n".join([*lines, f"  {call}", *filled, given, ")"])


def _missing(index: int, name: str, kind: Signature) -> str:
    quoted = "".join(f"\\{byte:02x}" for byte in name.encode())
    return f'(func (export "{quoted}"){kind.wat()} (global.set $missing (i32.const {index})) unreachable)'


def glue(wanted: Mapping[str, Signature], areas: Areas) -> str:
    """The module that exports what a runtime imports, except its memory and allocator.

    A function that is not in the table sets the exported global ``missing`` to its place in ``wanted`` and traps.
    """
    known = [name for name in wanted if name in HOST_FUNCTIONS]
    imports = [
        f'(import "native" "{name}" (func $native_{name}{_native_signature(HOST_FUNCTIONS[name]).wat()}))'
        for name in known
    ]
    functions = [
        _function(name, HOST_FUNCTIONS[name], areas) if name in known else _missing(index, name, kind)
        for index, (name, kind) in enumerate(wanted.items())
    ]
    return f"""(module
(import "runtime" "memory" (memory $runtime 0))
(import "native" "memory" (memory $native 0))
(import "allocator" "malloc" (func $malloc (param i32) (result i32)))
(import "allocator" "refuse" (func $refuse (param i32)))
(import "native" "large" (func $large (param i32) (result i32)))
{chr(10).join(imports)}
(global $missing (export "missing") (mut i32) (i32.const -1))
(func $place (param $size i64) (result i32)
  (if (i64.le_u (local.get $size) (i64.const {areas.scratch_size})) (then (return (i32.const {areas.scratch}))))
  (if (i64.gt_u (local.get $size) (i64.const {_MOST_COPIED})) (then (call $refuse (i32.const {TOO_MANY}))))
  (call $large (i32.wrap_i64 (local.get $size))))
{chr(10).join(functions)}
)"""
