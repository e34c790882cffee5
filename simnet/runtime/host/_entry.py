"""WAT around each call into a runtime: its allocator, and the entry that makes its memory as new before every call."""

from __future__ import annotations

ALLOCATOR = """(module
;; Substrate's freeing bump allocator: size classes of 8 bytes to 32 MiB, each chunk behind a header of 8 bytes, which
;; holds the next free chunk, or the class and a mark while in use.
(import "runtime" "memory" (memory $runtime 0))
(memory $heads 1)
(global $bump (mut i32) (i32.const 0))
;; Why it trapped: a number of ALLOCATOR_FAULTS.
(global $fault (export "fault") (mut i32) (i32.const 0))
(func (export "reset") (param $base i32)
  (global.set $fault (i32.const 0))
  (global.set $bump (i32.and (i32.add (local.get $base) (i32.const 7)) (i32.const -8)))
  (memory.fill $heads (i32.const 0) (i32.const 255) (i32.const 92)))
(func $refuse (export "refuse") (param $why i32) (global.set $fault (local.get $why)) unreachable)
(func $grow (param $end i64)
  (local $pages i32) (local $more i32)
  (local.set $pages (memory.size $runtime))
  (local.set $more (i32.sub
    (i32.wrap_i64 (i64.shr_u (i64.add (local.get $end) (i64.const 65535)) (i64.const 16))) (local.get $pages)))
  (if (i32.lt_s (local.get $more) (local.get $pages)) (then
    (if (i32.ne (memory.grow $runtime (local.get $pages)) (i32.const -1)) (then return))))
  (if (i32.eq (memory.grow $runtime (local.get $more)) (i32.const -1)) (then (call $refuse (i32.const 1)))))
(func (export "malloc") (param $size i32) (result i32)
  (local $class i32) (local $slot i32) (local $at i32) (local $end i64)
  (if (i32.gt_u (local.get $size) (i32.const 33554432)) (then (call $refuse (i32.const 2))))
  (if (i32.gt_u (local.get $size) (i32.const 8)) (then
    (local.set $class (i32.sub (i32.const 29) (i32.clz (i32.sub (local.get $size) (i32.const 1)))))))
  (local.set $slot (i32.shl (local.get $class) (i32.const 2)))
  (local.set $at (i32.load $heads (local.get $slot)))
  (if (i32.ne (local.get $at) (i32.const -1))
    (then (i32.store $heads (local.get $slot) (i32.load $runtime (local.get $at))))
    (else
      (local.set $at (global.get $bump))
      (local.set $end (i64.add (i64.extend_i32_u (local.get $at))
        (i64.extend_i32_u (i32.add (i32.shl (i32.const 8) (local.get $class)) (i32.const 8)))))
      (if (i64.gt_u (local.get $end) (i64.shl (i64.extend_i32_u (memory.size $runtime)) (i64.const 16)))
        (then (call $grow (local.get $end))))
      (global.set $bump (i32.wrap_i64 (local.get $end)))))
  (i64.store $runtime (local.get $at) (i64.or (i64.extend_i32_u (local.get $class)) (i64.const 0x100000000)))
  (i32.add (local.get $at) (i32.const 8)))
(func (export "free") (param $pointer i32)
  (local $at i32) (local $header i64) (local $slot i32)
  (local.set $at (i32.sub (local.get $pointer) (i32.const 8)))
  (local.set $header (i64.load $runtime (local.get $at)))
  (if (i64.ne (i64.shr_u (local.get $header) (i64.const 32)) (i64.const 1)) (then (call $refuse (i32.const 3))))
  (if (i32.gt_u (i32.wrap_i64 (local.get $header)) (i32.const 22)) (then (call $refuse (i32.const 3))))
  (local.set $slot (i32.shl (i32.wrap_i64 (local.get $header)) (i32.const 2)))
  (i64.store $runtime (local.get $at) (i64.extend_i32_u (i32.load $heads (local.get $slot))))
  (i32.store $heads (local.get $slot) (local.get $at)))
)"""

ALLOCATOR_FAULTS = {
    1: "the runtime's memory is exhausted",
    2: "the runtime asked for more than 32 MiB at once",
    3: "the runtime freed what was not allocated",
    4: "the runtime's result lies outside its memory",
    5: "the runtime gave a host function more bytes than it takes",
}
"""Why the allocator, or what stands around it, refused; ``refuse`` takes the number."""

OUTSIDE, TOO_MANY = 4, 5

_PAGE = 65536


def entry(writable: int, heap: int, functions: int, slots: int) -> str:
    """The module through which a runtime is called.

    ``writable``: address of the first static byte that may be written, ``heap``: end of the static bytes; what lies
    between is kept by ``save`` and brought back before each ``call``, so that no call sees what another left.
    ``functions``: how many the exported table holds. ``call`` finds its arguments in ``slots``: mode, handle, place in
    the table, and address and length of the runtime's arguments in native memory.
    """
    size = heap - writable
    return f"""(module
(import "runtime" "memory" (memory $runtime 0))
(import "native" "memory" (memory $native 0))
(import "allocator" "reset" (func $reset (param i32)))
(import "allocator" "malloc" (func $malloc (param i32) (result i32)))
(import "allocator" "refuse" (func $refuse (param i32)))
(import "native" "enter" (func $enter (param i32 i32)))
(import "native" "leave" (func $leave))
(import "native" "room" (func $room (param i32) (result i32)))
(memory $kept {(size + _PAGE - 1) // _PAGE})
(table $functions (export "functions") {functions} funcref)
(type $exported (func (param i32 i32) (result i64)))
(func (export "save") (memory.copy $kept $runtime (i32.const 0) (i32.const {writable}) (i32.const {size})))
(func (export "call") (result i64)
  (local $which i32) (local $from i32) (local $size i32) (local $at i32) (local $span i64)
  (local.set $which (i32.load $native (i32.const {slots + 16})))
  (local.set $from (i32.load $native (i32.const {slots + 24})))
  (local.set $size (i32.load $native (i32.const {slots + 32})))
  (call $enter (i32.load $native (i32.const {slots})) (i32.load $native (i32.const {slots + 8})))
  (memory.copy $runtime $kept (i32.const {writable}) (i32.const 0) (i32.const {size}))
  (call $reset (i32.const {heap}))
  (local.set $at (call $malloc (local.get $size)))
  (memory.copy $runtime $native (local.get $at) (local.get $from) (local.get $size))
  (local.set $span (call_indirect $functions (type $exported)
    (local.get $at) (local.get $size) (local.get $which)))
  (call $leave)
  (local.set $size (i32.wrap_i64 (i64.shr_u (local.get $span) (i64.const 32))))
  (if (i64.gt_u (i64.add (i64.extend_i32_u (i32.wrap_i64 (local.get $span))) (i64.extend_i32_u (local.get $size)))
      (i64.shl (i64.extend_i32_u (memory.size $runtime)) (i64.const 16)))
    (then (call $refuse (i32.const {OUTSIDE}))))
  (local.set $at (call $room (local.get $size)))
  (memory.copy $native $runtime (local.get $at) (i32.wrap_i64 (local.get $span)) (local.get $size))
  (i64.or (i64.extend_i32_u (local.get $at)) (i64.shl (i64.extend_i32_u (local.get $size)) (i64.const 32))))
)"""
