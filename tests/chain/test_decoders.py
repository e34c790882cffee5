"""Decoders of single kinds of types, on registries written by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.chain._decoders import Decoders
from simnet.chain._type_registry import (
    PRIMITIVES,
    Array,
    BitSequence,
    CompactOf,
    Composite,
    Enumeration,
    Field,
    Sequence,
    TupleOf,
    TypeDef,
    Variant,
)
from simnet.codec import DecodeError, compact, vec_bytes

# Types 0 to 14 are the primitives, in the order of scale-info.
BOOL, CHAR, STR, U8, U16, U32 = range(6)
I8 = 9


def decode(data: bytes, *types: TypeDef) -> Any:
    """The value of the first of ``types``, which are numbered from 15; all data must be used."""
    value, end = Decoders(dict(enumerate([*PRIMITIVES, *types]))).of(15)(data, 0)
    assert end == len(data)
    return value


def named(**fields: int) -> Composite:
    return Composite(("Named",), tuple(Field(name, type_id) for name, type_id in fields.items()))


def unnamed(*fields: int) -> Composite:
    return Composite(("Unnamed",), tuple(Field(None, type_id) for type_id in fields))


@given(position=st.integers(0, 5), signed=st.booleans(), data=st.data())
def test_integers(position: int, signed: bool, data: st.DataObject) -> None:
    bits = 8 << position
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    value = data.draw(st.integers(low, high))
    alias = unnamed((I8 if signed else U8) + position)
    assert decode(value.to_bytes(bits // 8, "little", signed=signed), alias) == value


@given(st.text())
def test_text(text: str) -> None:
    assert decode(vec_bytes(text.encode()), unnamed(STR)) == text


@given(st.characters())
def test_characters(character: str) -> None:
    assert decode(ord(character).to_bytes(4, "little"), unnamed(CHAR)) == character


@given(st.lists(st.integers(0, 2**32 - 1), max_size=20))
def test_vectors_of_numbers(values: list[int]) -> None:
    data = compact(len(values)) + b"".join(value.to_bytes(4, "little") for value in values)
    assert decode(data, Sequence(U32)) == values
    assert decode(data, Sequence(16), unnamed(U32)) == values  # such as Vec<ValidatorIndex>


@given(st.text("01", max_size=70), st.sampled_from([(U8, 1), (U16, 2), (U32, 4)]), st.booleans())
def test_bit_sequences(bits: str, store: tuple[int, int], lowest_first: bool) -> None:
    type_id, size = store
    words = [bits[at : at + size * 8].ljust(size * 8, "0") for at in range(0, len(bits), size * 8)]
    numbers = [int(word[::-1] if lowest_first else word, 2) for word in words]
    data = compact(len(bits)) + b"".join(number.to_bytes(size, "little") for number in numbers)
    order = Composite(("bitvec", "order", "Lsb0" if lowest_first else "Msb0"), ())
    assert decode(data, BitSequence(type_id, 16), order) == bits


@pytest.mark.parametrize(
    ("data", "types", "value"),
    [
        ("01", [unnamed(BOOL)], True),
        ("0102", [named(a=U8, b=U8)], {"a": 1, "b": 2}),
        ("0102", [unnamed(U8, U8)], [1, 2]),
        ("0102", [TupleOf((U8, U8))], [1, 2]),
        ("", [TupleOf(())], None),
        ("", [Composite(("PhantomData",), ())], None),
        ("0102", [Array(2, U8)], "0x0102"),
        ("01000200", [Array(2, U16)], [1, 2]),
        ("080102", [Sequence(U8)], "0x0102"),
        ("a8", [CompactOf(U32)], 42),
        ("a8", [CompactOf(16), unnamed(U32)], 42),  # such as Compact<Perbill>
        ("", [CompactOf(16), TupleOf(())], None),
        ("05" + "00" * 31, [Composite(("primitive_types", "U256"), (Field(None, 16),)), Array(4, U8)], 5),
    ],
)
def test_shapes(data: str, types: list[TypeDef], value: Any) -> None:
    assert decode(bytes.fromhex(data), *types) == value


OPTION = Enumeration(("Option",), (Variant("None", (), 0, ""), Variant("Some", (Field(None, U8),), 1, "")))
CHOICE = Enumeration(
    ("Choice",),
    (
        Variant("Empty", (), 0, ""),
        Variant("One", (Field(None, U8),), 4, ""),
        Variant("Two", (Field(None, U8), Field(None, U8)), 5, ""),
        Variant("Named", (Field("a", U8),), 6, ""),
    ),
)


@pytest.mark.parametrize(
    ("data", "kind", "value"),
    [
        ("00", OPTION, None),
        ("0107", OPTION, 7),
        ("00", CHOICE, "Empty"),
        ("0407", CHOICE, {"One": 7}),
        ("050708", CHOICE, {"Two": [7, 8]}),
        ("0607", CHOICE, {"Named": {"a": 7}}),
    ],
)
def test_enums(data: str, kind: TypeDef, value: Any) -> None:
    assert decode(bytes.fromhex(data), kind) == value


def test_a_struct_that_holds_structs_of_its_kind() -> None:
    tree = named(leaf=U8, branches=16)
    expected = {"leaf": 1, "branches": [{"leaf": 2, "branches": []}, {"leaf": 3, "branches": []}]}
    assert decode(bytes.fromhex("01080200" + "0300"), tree, Sequence(15)) == expected


@pytest.mark.parametrize(
    ("data", "types", "message"),
    [
        ("02", [unnamed(BOOL)], "2 is no bool at byte 0"),
        ("02", [OPTION], "2 is neither None nor Some at byte 0"),
        ("01", [CHOICE], "no variant has the index 1 at byte 0"),
        ("040501", [Sequence(16), CHOICE], r"\[0\] > Two > \[1\]: the data ends early at byte 3"),
        ("0102", [named(a=U8, b=U16)], "b: the data ends early at byte 1"),
        ("04ff", [named(a=STR)], "a: 'utf-8' codec can't decode byte 0xff .* at byte 0"),
        ("0000000000ffff1100", [named(a=U8, b=U32, c=CHAR)], "c: chr.* at byte 5"),
        ("feffffff01", [Sequence(16), TupleOf((U8, U8))], "a vector of 1073741823 items in 1 bytes at byte 0"),
    ],
)
def test_bytes_that_do_not_fit(data: str, types: list[TypeDef], message: str) -> None:
    with pytest.raises(DecodeError, match=message):
        decode(bytes.fromhex(data), *types)
