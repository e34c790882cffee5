"""Copying and comparing bytes inside runtimes and native, in instructions that these are built without.

Runtimes keep to WebAssembly's first version, so their memcpy and memcmp are loops over bytes and words, a tenth of all
time in them; native has that memcmp too. Both are compiler-builtins' own: the very same bytes in every runtime of a
toolchain, found by digest.
What is put in their place gives the same results; a runtime whose builtins are others is left as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from wasmtime import wat2wasm

from simnet.runtime.host._wasm import code_section, function_bodies, leb128, read_leb128

_MEMCPY = """
(func (param $to i32) (param $from i32) (param $size i32) (result i32) (local $at i32) (local $last i32)
  (if (i32.ge_u (local.get $size) (i32.const 16)) (then
    (if (i32.gt_u (local.get $size) (i32.const 256)) (then
      (memory.copy (local.get $to) (local.get $from) (local.get $size))
      (return (local.get $to))))
    (local.set $last (i32.sub (local.get $size) (i32.const 16)))
    (block $done (loop $more
      (br_if $done (i32.ge_u (local.get $at) (local.get $last)))
      (v128.store align=1 (i32.add (local.get $to) (local.get $at))
        (v128.load align=1 (i32.add (local.get $from) (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $more)))
    (v128.store align=1 (i32.add (local.get $to) (local.get $last))
      (v128.load align=1 (i32.add (local.get $from) (local.get $last))))
    (return (local.get $to))))
  (if (i32.ge_u (local.get $size) (i32.const 8)) (then
    (local.set $last (i32.sub (local.get $size) (i32.const 8)))
    (i64.store align=1 (local.get $to) (i64.load align=1 (local.get $from)))
    (i64.store align=1 (i32.add (local.get $to) (local.get $last))
      (i64.load align=1 (i32.add (local.get $from) (local.get $last))))
    (return (local.get $to))))
  (block $done (loop $more
    (br_if $done (i32.ge_u (local.get $at) (local.get $size)))
    (i32.store8 (i32.add (local.get $to) (local.get $at)) (i32.load8_u (i32.add (local.get $from) (local.get $at))))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (br $more)))
  (local.get $to))"""
"""C's memcpy: what it copies does not overlap, so the last bytes may be copied twice."""

_MEMCMP = """
(func (param $one i32) (param $two i32) (param $size i32) (result i32) (local $difference i32)
  (block $words (loop $more
    (br_if $words (i32.lt_u (local.get $size) (i32.const 8)))
    (br_if $words (i64.ne (i64.load align=1 (local.get $one)) (i64.load align=1 (local.get $two))))
    (local.set $one (i32.add (local.get $one) (i32.const 8)))
    (local.set $two (i32.add (local.get $two) (i32.const 8)))
    (local.set $size (i32.sub (local.get $size) (i32.const 8)))
    (br $more)))
  (block $done (loop $more
    (br_if $done (i32.eqz (local.get $size)))
    (br_if $done (local.tee $difference
      (i32.sub (i32.load8_u (local.get $one)) (i32.load8_u (local.get $two)))))
    (local.set $one (i32.add (local.get $one) (i32.const 1)))
    (local.set $two (i32.add (local.get $two) (i32.const 1)))
    (local.set $size (i32.sub (local.get $size) (i32.const 1)))
    (br $more)))
  (local.get $difference))"""
"""C's memcmp, with compiler-builtins' result: the difference of the first bytes that differ."""


@dataclass(frozen=True)
class Builtin:
    """A function as toolchains emit it: how it begins, its size in bytes and its SHA-256. ``better`` is WAT."""

    begin: bytes
    size: int
    digest: str
    better: str


BUILTINS = (
    Builtin(
        bytes.fromhex("010c7f23808080800041106b210302400240200241104f0d00"),
        593,
        "b80ca8acfa3c1818db588e1e622ac567804c10c1816d63557fa2744821cdba67",
        _MEMCPY,
    ),
    Builtin(
        bytes.fromhex("01037f4100210302402002450d000240034020002d00002204"),
        74,
        "8a7896194075d32979c909daaa24036435db76c8eeb3766d287fc9a46a1c7d93",
        _MEMCMP,
    ),
)
"""memcpy and memcmp of the Rust that built the bundled runtimes and the fellowship's of their time."""


@cache
def _body(wat: str) -> bytes:
    """The function's code as a module holds it, without its size."""
    wasm = bytes(wat2wasm(f"(module (memory 1) {wat})"))
    _, start, end = code_section(wasm)
    _, offset = read_leb128(wasm, start)
    size, offset = read_leb128(wasm, offset)
    assert offset + size == end
    return wasm[offset:end]


@cache
def fingerprint() -> str:
    """What changes with the builtins and what stands in their place."""
    return hashlib.sha256(repr(BUILTINS).encode()).hexdigest()[:8]


def with_better_builtins(wasm: bytes) -> bytes:
    """The same module, quicker where its builtins are known."""
    return with_bodies(wasm, better_builtins(wasm))


def better_builtins(wasm: bytes) -> dict[int, bytes]:
    """What may stand in the place of a module's builtins: code of functions by their position among those that the
    module defines."""
    known = {(builtin.size, builtin.begin): builtin for builtin in BUILTINS}
    lengths = {len(builtin.begin) for builtin in BUILTINS}
    found: dict[int, bytes] = {}
    for position, (start, end) in enumerate(function_bodies(wasm)):
        for length in lengths:
            builtin = known.get((end - start, wasm[start : start + length]))
            if builtin is not None and hashlib.sha256(wasm[start:end]).hexdigest() == builtin.digest:
                found[position] = _body(builtin.better)
    return found


def with_bodies(wasm: bytes, bodies: Mapping[int, bytes]) -> bytes:
    """The same module with other code for some functions, by their position among those that it defines."""
    if not bodies:
        return wasm
    head, _, end = code_section(wasm)
    places = function_bodies(wasm)
    parts = [leb128(len(places))]
    for position, (begin, after) in enumerate(places):
        body = bodies.get(position, wasm[begin:after])
        parts += (leb128(len(body)), body)
    content = b"".join(parts)
    return wasm[:head] + leb128(len(content)) + content + wasm[end:]
