"""No call of a runtime sees what another left in it, though it is instantiated once."""

from __future__ import annotations

import pytest
from wasmtime import wat2wasm

from simnet.errors import HostError, RuntimeTrap
from simnet.runtime.host import Host
from tests.runtime.host.chains import Para, Relay

COUNTER = bytes(
    wat2wasm("""(module
    (import "env" "memory" (memory 17))
    (global $__stack_pointer (mut i32) (i32.const 1048576))
    (global (export "__heap_base") i32 (i32.const 1048616))
    (data (i32.const 1048576) "\\05\\00\\00\\00")
    (func $count (result i64)
      ;; A word of data, a word of bss, and how deep the stack is.
      (i32.store (i32.const 1048576) (i32.add (i32.load (i32.const 1048576)) (i32.const 1)))
      (i32.store (i32.const 1048600) (i32.add (i32.load (i32.const 1048600)) (i32.const 1)))
      (i32.store (i32.const 1048604) (global.get $__stack_pointer))
      (i64.const 0x2000100000))
    (func (export "count") (param i32 i32) (result i64) (call $count))
    (func (export "trap") (param i32 i32) (result i64)
      (global.set $__stack_pointer (i32.const 77))
      (drop (call $count))
      unreachable))""")
)


def test_static_memory_is_as_at_the_beginning_in_every_call() -> None:
    host = Host()
    first = host.run(COUNTER, "count")
    assert (first[0], first[24]) == (6, 1)
    assert host.run(COUNTER, "count") == first


def test_a_trap_leaves_nothing_behind() -> None:
    host = Host()
    first = host.run(COUNTER, "count")
    for _ in range(3):
        with pytest.raises(RuntimeTrap, match="unreachable"):
            host.run(COUNTER, "trap")
        assert host.run(COUNTER, "count") == first


CONSTANTS = bytes(
    wat2wasm("""(module
    (import "env" "memory" (memory 17))
    (global (export "__heap_base") i32 (i32.const 1048616))
    (data (i32.const 1048576) "constants")
    (data (i32.const 1048592) "\\05\\00\\00\\00")
    (func (export "variable") (param i32 i32) (result i64)
      (i32.store (i32.const 1048592) (i32.add (i32.load (i32.const 1048592)) (i32.const 1)))
      (i64.const 0x2800100000))
    (func (export "constant") (param i32 i32) (result i64)
      (i32.store (i32.const 1048576) (i32.const 0))
      (i64.const 0)))""")
)


def test_constants_stay_and_variables_are_brought_back() -> None:
    host = Host()
    results = {host.run(CONSTANTS, "variable") for _ in range(40)}
    assert [(result[:9], result[16]) for result in results] == [(b"constants", 6)]


def test_a_runtime_that_writes_its_constants_is_refused() -> None:
    host = Host()
    host.run(CONSTANTS, "constant")
    with pytest.raises(HostError, match="writes into its constants"):
        host.run(CONSTANTS, "variable")


def test_blocks_do_not_depend_on_the_calls_before_them() -> None:
    """A host that also served other calls, and traps, builds the same blocks as one that did not."""
    plain, busy = Host(), Host()
    heads = []
    for host in (plain, busy):
        para = Para.new(host)
        relay = Relay.new(host, para.relay_genesis())
        for skip in (1, 1, 10, 1):
            if host is busy:
                relay.state.call(relay.runtime, "Metadata_metadata")
                with pytest.raises(RuntimeTrap):
                    relay.state.call(relay.runtime, "Core_initialize_block", b"garbage")
                with pytest.raises(RuntimeTrap):
                    host.run(para.state.get(b":code") or b"", "validate_block", b"garbage")
            relay.block(skip)
        para.build(relay)
        heads.append((relay.head, para.head, relay.state.root))
    assert heads[0] == heads[1]


def test_many_traps_take_no_memory(host: Host) -> None:
    for i in range(300):
        with pytest.raises(RuntimeTrap):
            host.run(COUNTER, "trap")
        if i == 100:
            before = host.stats()
    after = host.stats()
    assert (after.native_bytes, after.runtime_bytes) == (before.native_bytes, before.runtime_bytes)
