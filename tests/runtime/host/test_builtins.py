"""What stands in place of the memcpy and memcmp that runtimes bring along gives what C's give."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wasmtime import Func, Instance, Memory, Store

from simnet.runtime.host import _builtins
from simnet.runtime.host._builtins import BUILTINS, with_better_builtins
from simnet.runtime.host._modules import engine, text_module
from simnet.runtime.host._native import _wasm
from simnet.runtime.host._wasm import decompressed

RUNTIMES = sorted((Path(_builtins.__file__).parents[1] / "bundled").glob("*.wasm"))
FAR = 4096

_names = [f'(func (export "{name}") ' for name in ("memcpy", "memcmp")]
_functions = "".join(
    one.better.replace("(func ", name, 1).replace("$done", f"$done_{i}")
    for i, (name, one) in enumerate(zip(_names, BUILTINS, strict=True))
)


class Builtins:
    """Both functions over a memory of their own."""

    def __init__(self) -> None:
        self.store = Store(engine())
        exports = Instance(self.store, text_module(f'(module (memory (export "memory") 1) {_functions})'), []).exports(
            self.store
        )
        memory, copy, compare = exports["memory"], exports["memcpy"], exports["memcmp"]
        assert isinstance(memory, Memory) and isinstance(copy, Func) and isinstance(compare, Func)
        self.memory, self.copy, self.compare = memory, copy, compare

    def write(self, data: bytes, at: int) -> None:
        self.memory.write(self.store, data, at)

    def read(self, at: int, size: int) -> bytes:
        return bytes(self.memory.read(self.store, at, at + size))


@given(st.binary(max_size=600), st.integers(0, 20), st.integers(0, 20))
def test_memcpy_copies_all_bytes_and_no_others(data: bytes, source: int, shift: int) -> None:
    here, target = Builtins(), FAR + shift
    here.write(b"\xee" * (len(data) + 64), target - 32)
    here.write(data, source)
    assert here.copy(here.store, target, source, len(data)) == target
    assert here.read(target - 32, len(data) + 64) == b"\xee" * 32 + data + b"\xee" * 32


@given(st.binary(max_size=100), st.binary(max_size=100), st.integers(0, 40))
def test_memcmp_gives_the_difference_of_the_first_bytes_that_differ(one: bytes, two: bytes, equal: int) -> None:
    here = Builtins()
    size = min(len(one), len(two)) + equal
    one, two = (b"\x07" * equal + data for data in (one, two))
    here.write(one, 3)
    here.write(two, FAR)
    differences = [a - b for a, b in zip(one[:size], two[:size], strict=True) if a != b]
    assert here.compare(here.store, 3, FAR, size) == (differences or [0])[0]


@pytest.mark.parametrize("file", RUNTIMES, ids=lambda file: file.name.split(".")[0])
def test_both_are_found_in_the_bundled_runtimes(file: Path) -> None:
    wasm = decompressed(file.read_bytes())
    better = with_better_builtins(wasm)
    assert all(one.begin in wasm and one.begin not in better for one in BUILTINS)


def test_memcmp_is_found_in_native() -> None:
    wasm = _wasm()
    assert BUILTINS[1].begin in wasm
    assert BUILTINS[1].begin not in with_better_builtins(wasm)


def test_other_code_is_left_alone() -> None:
    for wasm in (b"", b"no wasm", b"\0asm\x01\0\0\0", BUILTINS[1].begin * 3):
        assert with_better_builtins(wasm) == wasm
