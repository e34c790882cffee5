"""What validators refuse to prepare."""

from __future__ import annotations

import pytest
import zstandard
from wasmtime import wat2wasm

from simnet.codec import u32
from simnet.errors import HostError, HostLimitError, RuntimeTrap
from simnet.network.topology import Chain
from simnet.runtime.bundled import runtime_code
from simnet.runtime.host import STACK_VALUES, Host, refusal
from simnet.runtime.host._wasm import COMPRESSED

PLAIN = '(module (import "env" "memory" (memory 1)) (func (export "validate_block")))'
HEAP = '(import "env" "memory" (memory 17)) (global (export "__heap_base") i32 (i32.const 1048576))'
ENTRY = '(func (export "validate_block") (param i32 i32) (result i64)'


def why(wat: str) -> str | None:
    return refusal(bytes(wat2wasm(wat)), largest=1 << 20, values=STACK_VALUES)


def test_a_bundled_parachain_is_prepared() -> None:
    code = runtime_code(Chain(id="2000", runtime="penpal"))
    assert refusal(code, largest=30 << 20, values=STACK_VALUES) is None


def test_what_decompresses_to_more_than_the_chain_allows_is_refused() -> None:
    code = COMPRESSED + zstandard.compress(bytes(wat2wasm(PLAIN)) + bytes(5))
    said = refusal(code, largest=20, values=STACK_VALUES)
    assert said is not None
    assert "more than 20 bytes" in said


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("(func (result v128) (v128.const i64x2 0 0))", id="simd"),
        pytest.param("(func (result i32 i32) (i32.const 1) (i32.const 2))", id="multi-value"),
        pytest.param("(func (result externref) (ref.null extern))", id="reference types"),
        pytest.param("(memory 1) (memory 1)", id="multi-memory"),
        pytest.param("(memory i64 1)", id="memory64"),
        pytest.param("(func $f (return_call $f))", id="tail call"),
        pytest.param("(tag)", id="exceptions"),
        pytest.param("(memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 1)))", id="bulk memory"),
    ],
)
def test_extensions_of_wasm_are_refused(body: str) -> None:
    assert "not WASM that nodes" in (why(f"(module {body})") or "")


UNREADABLE = {
    "sign extension": "(func (drop (i32.extend8_s (i32.const 1))))",
    "saturating conversion": "(func (drop (i32.trunc_sat_f32_s (f32.const 1))))",
}
"""What every engine takes and nodes cannot read: parity/chain-spec-builder v1.25.1 says ``UnknownOpcode`` of each."""


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_what_nodes_cannot_read_is_refused_in_validation_code_and_in_a_chains_runtime(body: str) -> None:
    assert "nodes cannot read it" in (why(f"(module {HEAP} {body} {ENTRY} (i64.const 0)))") or "")
    with pytest.raises(HostError, match="nodes cannot read it"):
        Host().runtime(bytes(wat2wasm(f"(module {HEAP} {body} {ENTRY} (i64.const 0)))")))


def test_code_that_was_read_as_one_kind_is_read_again_as_the_other() -> None:
    """A chain's runtime is not counted, its validation code is; neither may stand for the other."""
    host, code = Host(), recursing(locals_=0)
    assert host.runtime(code) is not host.runtime(code, values=1024)
    with pytest.raises(RuntimeTrap, match="may hold 1024 values"):
        host.run(code, "validate_block", u32(5000), values=1024)
    assert host.runtime(code).call(0, 0, "validate_block", u32(5000)) == b""  # type: ignore[arg-type]


def recursing(*, locals_: int) -> bytes:
    """Validation code that calls a function as often within itself as its argument says."""
    more = "(local" + " i64" * locals_ + ")"
    return bytes(
        wat2wasm(f"""(module {HEAP}
        (func $in (param $left i32) {more}
          (if (local.get $left) (then (call $in (i32.sub (local.get $left) (i32.const 1))))))
        {ENTRY} (call $in (i32.load (local.get 0))) (i64.const 0)))""")
    )


FRAME, OPERANDS = 2, 2
"""Values that a call counts for itself (wasm-instrument 0.4 ACTIVATION_FRAME_COST), and the most that ``recursing`` has
on its stack at once."""
ENTERED = FRAME + 1


@pytest.mark.parametrize("values", [1024, 65_536, 131_072])
@pytest.mark.parametrize("locals_", [0, 9, 100])
def test_the_stack_holds_as_many_values_as_it_may_and_no_more(values: int, locals_: int) -> None:
    host, code = Host(), recursing(locals_=locals_)
    deepest = (values - ENTERED) // (FRAME + OPERANDS + locals_)
    assert host.run(code, "validate_block", u32(deepest - 1), values=values) == b""
    with pytest.raises(RuntimeTrap, match=f"its stack may hold {values} values and was to hold more"):
        host.run(code, "validate_block", u32(deepest), values=values)
    assert host.run(code, "validate_block", u32(deepest - 1), values=values) == b"", "and after a trap again"


def test_where_simnets_own_stack_ends_first_nothing_is_said_of_the_code() -> None:
    with pytest.raises(HostLimitError, match="what they would find cannot be told here"):
        Host().run(recursing(locals_=0), "validate_block", u32(1 << 30), values=1 << 30)


@pytest.mark.parametrize(
    ("imported", "name"),
    [('(import "other" "f" (func))', "other.f"), ('(import "env" "g" (global i32))', "env.g")],
)
def test_imports_that_are_not_offered_are_refused(imported: str, name: str) -> None:
    assert f"imports {name}" in (why(f"(module {imported})") or "")


def test_functions_that_the_host_does_not_know_are_no_reason() -> None:
    assert why('(module (import "env" "ext_of_tomorrow" (func)))') is None


@pytest.mark.parametrize("code", [b"", b"not wasm", COMPRESSED + b"not zstd"])
def test_what_is_no_code_is_refused_in_a_sentence(code: bytes) -> None:
    said = refusal(code, largest=1 << 20, values=STACK_VALUES)
    assert said
    assert "\n" not in said
