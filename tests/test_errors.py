"""What runtimes say of their end, in one line."""

from __future__ import annotations

import pytest

from simnet.errors import RuntimeTrap, panic_in_line

CRATE = "/home/x/.cargo/registry/src/index.crates.io-1/pallet-assets-54.0.1"
OF_A_CRATE = f"panicked at {CRATE}/src/lib.rs:636:5:\nassertion\n failed"
TRACE = "\nWASM backtrace:\nerror while executing at wasm backtrace:\n  0: 0x1 - <unknown>!f"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (OF_A_CRATE, "assertion failed (line 636 of lib.rs of pallet-assets-54.0.1)"),
        ("panicked at src/lib.rs:1:2:\nno", "no (line 1 of lib.rs)"),
        ("wasm trap: out of fuel", "wasm trap: out of fuel"),
        (
            f"Execution failed: {OF_A_CRATE}{TRACE}",
            "assertion failed (line 636 of lib.rs of pallet-assets-54.0.1)",
        ),
        ("panicked at a.rs:1:1:\n" + "x" * 500, "x" * 300 + " … (line 1 of a.rs)"),
    ],
)
def test_a_panic_becomes_a_line_that_begins_with_its_message(text: str, line: str) -> None:
    assert panic_in_line(text) == line


def test_a_trap_says_first_what_is_wrong() -> None:
    trap = RuntimeTrap(runtime="rococo-1", function="Core_execute_block", message=OF_A_CRATE)
    assert str(trap).startswith("assertion failed (line 636")
    assert str(trap).endswith("(rococo-1 trapped in Core_execute_block)")
    assert trap.crate == "pallet-assets"
