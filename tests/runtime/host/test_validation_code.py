"""What validators refuse to prepare."""

from __future__ import annotations

import pytest
import zstandard
from wasmtime import wat2wasm

from simnet.network.topology import Chain
from simnet.runtime.bundled import runtime_code
from simnet.runtime.host import refusal
from simnet.runtime.host._wasm import COMPRESSED

PLAIN = '(module (import "env" "memory" (memory 1)) (func (export "validate_block")))'
GROWING = """(module (memory 1) (func (export "validate_block")
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 1))))"""


def why(wat: str, *, bulk_memory: bool = False) -> str | None:
    return refusal(bytes(wat2wasm(wat)), largest=1 << 20, bulk_memory=bulk_memory)


def test_a_bundled_parachain_is_prepared() -> None:
    code = runtime_code(Chain(id="2000", runtime="penpal"))
    assert refusal(code, largest=30 << 20, bulk_memory=False) is None


def test_what_decompresses_to_more_than_the_chain_allows_is_refused() -> None:
    code = COMPRESSED + zstandard.compress(bytes(wat2wasm(PLAIN)) + bytes(5))
    said = refusal(code, largest=20, bulk_memory=False)
    assert said is not None
    assert "more than 20 bytes" in said


@pytest.mark.parametrize(
    "body",
    [
        "(func (result v128) (v128.const i64x2 0 0))",
        "(func (result i32 i32) (i32.const 1) (i32.const 2))",
        "(func (result externref) (ref.null extern))",
        "(memory 1) (memory 1)",
        "(memory i64 1)",
        "(func $f (return_call $f))",
        "(tag)",
    ],
    ids=["simd", "multi-value", "reference types", "multi-memory", "memory64", "tail call", "exceptions"],
)
def test_extensions_of_wasm_are_refused(body: str) -> None:
    assert "validators cannot compile it" in (why(f"(module {body})") or "")


def test_bulk_memory_is_for_executor_parameters_to_allow() -> None:
    assert "bulk memory" in (why(GROWING) or "")
    assert why(GROWING, bulk_memory=True) is None


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
    said = refusal(code, largest=1 << 20, bulk_memory=False)
    assert said
    assert "\n" not in said
