"""Two modules are told apart by the sections in which they differ."""

from __future__ import annotations

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from wasmtime import wat2wasm

from provenance.rebuild import artefacts, compared
from provenance.sections import COMPRESSED, differences, sections

WAT = """(module (memory 1) (data (i32.const 0) "{data}")
  (func (export "one") (result i32) i32.const {one}) (func (export "two") (result i32) i32.const 2))"""


def module(data: str = "abc", one: int = 1) -> bytes:
    return bytes(wat2wasm(WAT.format(data=data, one=one)))


def compressed(code: bytes, level: int = 3) -> bytes:
    return COMPRESSED + zstandard.ZstdCompressor(level=level).compress(code)


def custom(name: str, content: bytes) -> bytes:
    body = bytes([len(name)]) + name.encode() + content
    return bytes([0, len(body)]) + body


def test_the_same_code_differs_in_nothing_however_it_is_compressed() -> None:
    assert differences(module(), compressed(module())) == []
    assert compared(module(), module()) == []
    (told,) = compared(compressed(module(), 1), module())
    assert "another version of zstd" in told


def test_a_function_that_differs_is_told_by_its_number() -> None:
    (told,) = differences(module(), module(one=7))
    assert told.startswith("code: ")
    assert "1 of 2 functions, the first is number 0" in told


def test_data_that_differs_is_told_by_its_place() -> None:
    (told,) = differences(module(), module(data="abd"))
    assert told.startswith("data: ")
    assert "from byte" in told


def test_a_section_that_only_one_has_is_told() -> None:
    plain = module()
    assert differences(plain, plain + custom("producers", b"x")) == [
        "custom 'producers': only in the built one, 11 bytes"
    ]
    assert differences(plain + custom("producers", b"x"), plain) == [
        "custom 'producers': only in the shipped one, 11 bytes"
    ]


def test_custom_sections_of_one_name_are_compared_each_with_its_own() -> None:
    one, two = custom("names", b"x"), custom("names", b"y")
    (told,) = differences(module() + one + two, module() + one + one)
    assert told.startswith("custom 'names' #2: ")


def test_sections_in_another_order_are_told() -> None:
    one, two = custom("a", b"x"), custom("b", b"x")
    assert differences(module() + one + two, module() + two + one) == ["the sections are the same in another order"]


@given(st.integers(0, len(module()) - 1), st.integers(1, 255))
def test_no_byte_differs_unseen(at: int, flip: int) -> None:
    """Another byte is another section's content, or a module that cannot be read."""
    code = bytearray(module())
    code[at] ^= flip
    try:
        told = differences(module(), bytes(code))
    except ValueError:
        return
    assert told


@pytest.mark.parametrize("cut", [0, 4, 9, 12, -1])
def test_what_is_no_whole_module_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match=r"no WASM module|cut off"):
        sections(module()[:cut])


@pytest.mark.parametrize("name", ["native", "penpal", "rococo", "westend", "asset-hub-westend"])
def test_what_is_shipped_is_read_to_its_end(name: str) -> None:
    shipped = artefacts()[name].shipped.read_bytes()
    assert differences(shipped, shipped) == []
    assert compared(shipped, shipped) == []
