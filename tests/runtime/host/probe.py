"""A runtime written in WAT that calls host functions by a script: what glue and native answer, with no pallets."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from functools import cache

from wasmtime import wat2wasm

from simnet.runtime.host import Host, Runtime
from simnet.runtime.host._functions import HOST_FUNCTIONS, OUT, SPAN, HostFunction
from simnet.runtime.host._glue import signature

_OUT = 1 << 16
"""Where the host writes what ``read`` functions read; the results of a script follow."""
_RESULTS = 1 << 18
_HEAP = 1 << 21

Command = tuple[str, tuple[int | bytes, ...]]


def _wrapper(index: int, name: str, function: HostFunction) -> str:
    """Calls one function with arguments as :func:`_encoded` lays them out, and appends its result."""
    lines = [f"(local.set $data (i32.add (local.get $at) (i32.const {8 * len(function.arguments)})))"]
    arguments: list[str] = []
    out = ""
    for i, kind in enumerate(function.arguments):
        slot = f"offset={8 * i} (local.get $at)"
        if kind == OUT:
            arguments.append(f"(call $span (i32.const {_OUT}) (i32.load {slot}))")
            out = f"(call $append (i32.const {_OUT}) (i32.load {slot}))"
            continue
        if kind == SPAN:
            arguments.append(f"(local.get $s{i})")
            lines.append(f"(local.set $s{i} (call $span (local.get $data) (i32.load {slot})))")
        elif kind.size:
            arguments.append(f"(i32.wrap_i64 (local.get $s{i}))")
            lines.append(f"(local.set $s{i} (i64.extend_i32_u (local.get $data)))")
        else:
            arguments.append(f"({kind.runtime}.load {slot})")
            continue
        lines.append(f"(local.set $data (i32.add (local.get $data) (i32.load {slot})))")
    call = f"(call $host{index} {' '.join(arguments)})"
    result = function.result
    if result == SPAN:
        call = f"(local.set $r {call}) (call $append (i32.wrap_i64 (local.get $r)) (call $size (local.get $r)))"
    elif result is not None and result.size:
        call = f"(call $append {call} (i32.const {result.size}))"
    elif result is not None:
        bits = int(result.runtime[1:])
        call = f"({result.runtime}.store (i32.const 0) {call}) (call $append (i32.const 0) (i32.const {bits // 8}))"
    spans = " ".join(f"(local $s{i} i64)" for i in range(len(function.arguments)))
    head = f"(func $wrap{index} (param $at i32) (local $data i32) (local $r i64) {spans}"
    return "\n".join([head, *lines, "(call $start)", call, out, "(call $stop))"])


@cache
def probe_code(*absent: str) -> bytes:
    """The probe's WASM; it also imports ``absent`` functions, that no host has, as functions without arguments."""
    functions = {**HOST_FUNCTIONS, **dict.fromkeys(absent, HostFunction((), None))}
    imports = [
        f'(import "env" "{name}" (func $host{i}{signature(function).wat()}))'
        for i, (name, function) in enumerate(functions.items())
    ]
    wrappers = [_wrapper(i, name, function) for i, (name, function) in enumerate(functions.items())]
    table = " ".join(f"$wrap{i}" for i in range(len(functions)))
    return bytes(
        wat2wasm(f"""(module
{chr(10).join(imports)}
(import "env" "memory" (memory 40))
(import "env" "ext_allocator_malloc_version_1" (func $malloc (param i32) (result i32)))
(import "env" "ext_allocator_free_version_1" (func $free (param i32)))
(global (export "__heap_base") i32 (i32.const {_HEAP}))
(global $end (mut i32) (i32.const 0))
(global $begin (mut i32) (i32.const 0))
(type $wrapper (func (param i32)))
(table {len(functions)} funcref)
(elem (i32.const 0) {table})
(func $span (param $at i32) (param $size i32) (result i64)
  (i64.or (i64.extend_i32_u (local.get $at)) (i64.shl (i64.extend_i32_u (local.get $size)) (i64.const 32))))
(func $size (param $span i64) (result i32) (i32.wrap_i64 (i64.shr_u (local.get $span) (i64.const 32))))
(func $start
  (global.set $begin (global.get $end))
  (global.set $end (i32.add (global.get $end) (i32.const 4))))
(func $append (param $from i32) (param $size i32) (local $done i32)
  (block $all (loop $more
    (br_if $all (i32.ge_u (local.get $done) (local.get $size)))
    (i32.store8 (i32.add (global.get $end) (local.get $done))
      (i32.load8_u (i32.add (local.get $from) (local.get $done))))
    (local.set $done (i32.add (local.get $done) (i32.const 1)))
    (br $more)))
  (global.set $end (i32.add (global.get $end) (local.get $size))))
(func $stop
  (i32.store (global.get $begin) (i32.sub (i32.sub (global.get $end) (global.get $begin)) (i32.const 4))))
{chr(10).join(wrappers)}
(func (export "script") (param $at i32) (param $size i32) (result i64) (local $last i32)
  (global.set $end (i32.const {_RESULTS}))
  (local.set $last (i32.add (local.get $at) (local.get $size)))
  (loop $next
    (if (i32.lt_u (local.get $at) (local.get $last)) (then
      (call_indirect (type $wrapper) (i32.add (local.get $at) (i32.const 8)) (i32.load (local.get $at)))
      (local.set $at (i32.add (i32.add (local.get $at) (i32.const 8)) (i32.load offset=4 (local.get $at))))
      (br $next))))
  (call $span (i32.const {_RESULTS}) (i32.sub (global.get $end) (i32.const {_RESULTS}))))
(func (export "allocate") (param $at i32) (param $size i32) (result i64) (local $last i32)
  (local.set $last (i32.add (local.get $at) (local.get $size)))
  (global.set $end (i32.const {_RESULTS}))
  (loop $next
    (if (i32.lt_u (local.get $at) (local.get $last)) (then
      (if (i32.load offset=4 (local.get $at))
        (then
          (i32.store (i32.const 0) (call $malloc (i32.load (local.get $at))))
          (call $append (i32.const 0) (i32.const 4)))
        (else (call $free (i32.load (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br $next))))
  (call $span (i32.const {_RESULTS}) (i32.sub (global.get $end) (i32.const {_RESULTS})))))""")
    )


def _encoded(index: int, arguments: Sequence[int | bytes]) -> bytes:
    slots = b"".join(struct.pack("<Q", a if isinstance(a, int) else len(a)) for a in arguments)
    payload = slots + b"".join(a for a in arguments if isinstance(a, bytes))
    return struct.pack("<II", index, len(payload)) + payload


def script(call: Callable[[Runtime, str, bytes], bytes], probe: Runtime, commands: Sequence[Command]) -> list[bytes]:
    """Runs commands in one call (``state.call``, ``execution.call`` ...); gives each one's result.

    The argument of an ``Out`` is how many bytes there is room for; they follow the function's result.
    """
    names = list(HOST_FUNCTIONS)
    encoded = b"".join(_encoded(names.index(name), arguments) for name, arguments in commands)
    answer = call(probe, "script", encoded)
    results: list[bytes] = []
    while answer:
        size = int.from_bytes(answer[:4], "little")
        results.append(answer[4 : 4 + size])
        answer = answer[4 + size :]
    return results


def one(host: Host, name: str, *arguments: int | bytes) -> bytes:
    """The result of one host function, on an empty state."""
    return script(host.state({}).call, host.runtime(probe_code()), [(name, arguments)])[0]
