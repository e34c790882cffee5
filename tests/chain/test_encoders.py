"""Encoders of single kinds of types, on registries written by hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scalecodec.base import RuntimeConfigurationObject
from scalecodec.type_registry import load_type_registry_preset

from simnet.chain._decoders import Decoders
from simnet.chain._encoders import Encoders
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
    type_name,
)
from simnet.codec import compact, vec
from simnet.errors import InputError

# Types 0 to 14 are the primitives, in the order of scale-info.
BOOL, CHAR, STR, U8, U16, U32, U64, U128, U256, I8 = range(10)
FIRST = 15


def registry(*types: TypeDef) -> dict[int, TypeDef]:
    return dict(enumerate([*PRIMITIVES, *types]))


def encode(value: Any, *types: TypeDef) -> bytes:
    """The bytes of a value of the first of ``types``, which are numbered from 15."""
    return Encoders(registry(*types), {}).of(FIRST)(value)


def refused(value: Any, *types: TypeDef) -> str:
    with pytest.raises(InputError) as raised:
        encode(value, *types)
    return str(raised.value)


def named(**fields: int) -> Composite:
    return Composite(("Named",), tuple(Field(name, type_id) for name, type_id in fields.items()))


def unnamed(*fields: int, path: str = "Unnamed") -> Composite:
    return Composite((path,), tuple(Field(None, type_id) for type_id in fields))


def option(item: int) -> Enumeration:
    return Enumeration(("Option",), (Variant("None", (), 0, ""), Variant("Some", (Field(None, item),), 1, "")))


CHOICE = Enumeration(
    ("Choice",),
    (
        Variant("Nothing", (), 3, ""),
        Variant("One", (Field(None, U16),), 5, ""),
        Variant("Two", (Field(None, U8), Field(None, BOOL)), 6, ""),
        Variant("Named", (Field("size", U8), Field("on", BOOL)), 7, ""),
    ),
)


@given(position=st.integers(0, 5), signed=st.booleans(), data=st.data())
def test_integers(position: int, signed: bool, data: st.DataObject) -> None:
    bits = 8 << position
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    value = data.draw(st.integers(low, high))
    alias = unnamed((I8 if signed else U8) + position)
    encoded = value.to_bytes(bits // 8, "little", signed=signed)
    assert encode(value, alias) == encode(str(value), alias) == encode([value], alias) == encoded
    for wrong in (low - 1, high + 1):
        assert "does not fit" in refused(wrong, alias)


@given(st.integers(0, 2**128 - 1))
def test_compact_integers(value: int) -> None:
    assert encode(value, CompactOf(U128)) == encode([value], unnamed(16), CompactOf(U128)) == compact(value)


def test_numbers_as_files_may_have_them() -> None:
    assert encode(1.0e12, unnamed(U64)) == (10**12).to_bytes(8, "little")
    assert encode("1_000", unnamed(U16)) == (1000).to_bytes(2, "little")
    for wrong in (1.5, float("inf"), float("nan"), True, None, "", "ten", [1, 2]):
        assert refused(wrong, unnamed(U16)).startswith("expected a whole number (u16), not ")
    assert refused(256, CompactOf(U8)) == "256 does not fit u8, which goes from 0 to 255"
    assert refused(-1, CompactOf(16), unnamed(U32)).endswith("which goes from 0 to 4294967295")


def test_bools_texts_and_characters() -> None:
    assert encode(True, unnamed(BOOL)) == b"\1"
    assert encode("é0x", unnamed(STR)) == b"\x10\xc3\xa90x"
    assert encode("€", unnamed(CHAR)) == (0x20AC).to_bytes(4, "little")
    assert refused(1, unnamed(BOOL)) == "expected true or false (bool), not 1"
    assert refused(1, unnamed(STR)) == "expected text (str), not 1"
    assert refused("ab", unnamed(CHAR)) == "expected one character (char), not 'ab'"


@pytest.mark.parametrize("value", [b"\x61\x62", bytearray(b"ab"), "0x6162", "ab", [0x61, 0x62]])
def test_byte_vectors(value: Any) -> None:
    assert encode(value, Sequence(U8)) == encode([value], unnamed(16), Sequence(U8)) == b"\x08ab"


def test_byte_arrays() -> None:
    assert encode("0x0102", Array(2, U8)) == encode([1, 2], Array(2, U8)) == encode(b"\1\2", Array(2, U8)) == b"\1\2"
    assert refused("0x010203", Array(2, U8)) == "expected 2 bytes ([u8; 2]), not 3"
    assert refused("ab", Array(2, U8)) == "expected 2 bytes or 0x hex ([u8; 2]), not 'ab'"
    assert refused([1, 256], Array(2, U8)) == "expected 2 bytes or 0x hex ([u8; 2]), not [1, 256]"


def test_structs() -> None:
    body = named(size=U8, on=BOOL)
    for value in ({"on": True, "size": 7}, (7, True), [7, True]):
        assert encode(value, body) == b"\7\1"
    assert encode(7, named(size=U8)) == encode({"size": 7}, named(size=U8)) == encode([7], named(size=U8)) == b"\7"
    assert refused({"size": 7}, body) == "Named lacks the field 'on'"
    assert refused({"sise": 7, "on": True}, body) == "Named has no field 'sise'; did you mean 'size'?"
    assert refused({"size": 7, "on": 1}, body) == "on: expected true or false (bool), not 1"
    assert refused(7, body) == "expected the fields size, on (Named), not 7"
    assert refused([7], unnamed(U8, BOOL)) == "expected a list of 2 values (Unnamed), not [7]"


def test_what_is_empty() -> None:
    for nothing in (Composite(("Empty",), ()), TupleOf(()), CompactOf(16)):
        for value in (None, (), [], {}):
            assert encode(value, nothing, TupleOf(())) == b""
        assert refused("x", nothing, TupleOf(())) == "expected no value, not 'x'"


def test_enums() -> None:
    assert encode("Nothing", CHOICE) == encode({"Nothing": None}, CHOICE) == encode(("Nothing", None), CHOICE) == b"\3"
    assert encode({"One": 258}, CHOICE) == encode(("One", 258), CHOICE) == b"\5\2\1"
    assert encode({"Two": [1, True]}, CHOICE) == b"\6\1\1"
    assert encode({"Named": {"size": 1, "on": False}}, CHOICE) == b"\7\1\0"
    assert refused("Nothink", CHOICE) == "Choice has no variant 'Nothink'; did you mean 'Nothing'?"
    assert refused("nothing", CHOICE) == "Choice has no variant 'nothing'; did you mean 'Nothing'?"
    assert refused("One", CHOICE) == "One: expected a whole number (u16), not None"
    assert refused({"Named": {"size": 1, "on": 2}}, CHOICE) == "Named > on: expected true or false (bool), not 2"
    assert refused({"One": 1, "Two": 2}, CHOICE).startswith("expected one variant, as Name or {Name: value} (Choice)")


def test_options() -> None:
    assert encode(None, option(U8)) == b"\0"
    assert encode(0, option(U8)) == b"\1\0"
    assert encode("None", option(STR)) == b"\1\x10None"
    assert refused("None", option(U8)) == "expected a whole number (u8), not 'None'; null stands for None"


def test_maps_are_dicts_or_pairs() -> None:
    types = (unnamed(16, path="BTreeMap"), Sequence(17), TupleOf((U8, STR)))
    expected = vec([b"\2\x04b", b"\1\x04a"])
    for value in ({2: "b", 1: "a"}, {"2": "b", "1": "a"}, [(2, "b"), [1, "a"]], [[(2, "b"), (1, "a")]]):
        assert encode(value, *types) == expected
    assert refused({1: 2}, *types) == "[0] > [1]: expected text (str), not 2"


def test_lists() -> None:
    assert encode([1, 2], Sequence(U16)) == encode((1, 2), Sequence(U16)) == vec([b"\1\0", b"\2\0"])
    assert encode([1, 2], Array(2, U16)) == b"\1\0\2\0"
    assert refused([1, "x"], Sequence(U16)) == "[1]: expected a whole number (u16), not 'x'"
    assert refused("12", Sequence(U16)) == "expected a list (Vec<u16>), not '12'"
    assert refused([1], Array(2, U16)) == "expected a list of 2 values ([u16; 2]), not [1]"


def test_a_list_of_one_is_a_wrapper_where_that_fits() -> None:
    wrapped = (unnamed(16), Sequence(17), Sequence(U8))  # a newtype of Vec<Vec<u8>>
    assert encode([["a", "b"]], *wrapped) == encode(["a", "b"], *wrapped) == vec([b"\x04a", b"\x04b"])
    assert encode([[["a"]]], unnamed(16), unnamed(17), Sequence(STR)) == vec([b"\x04a"])
    assert encode(["a"], *wrapped) == vec([b"\x04a"])  # no list of one text is Vec<Vec<u8>>
    assert encode([[]], *wrapped) == vec([])  # both fit; substrate-interface's reading counts
    assert refused([[1, {}]], unnamed(16), Sequence(STR)) == "[0]: expected text (str), not 1"
    assert refused([{}, "a"], unnamed(16), Sequence(STR)) == "[0]: expected text (str), not {}"


ORDERS = {order: Composite(("bitvec", "order", order), ()) for order in ("Lsb0", "Msb0")}


@given(digits=st.text("01", max_size=80), word=st.sampled_from([U8, U32]), order=st.sampled_from(sorted(ORDERS)))
def test_bits(digits: str, word: int, order: str) -> None:
    types = (BitSequence(store=word, order=16), ORDERS[order])
    encoded = encode(digits, *types)
    assert encode("0b" + digits[::-1], *types) == encode([bit == "1" for bit in reversed(digits)], *types) == encoded
    assert Decoders(registry(*types)).of(FIRST)(encoded, 0) == (digits, len(encoded))


@pytest.mark.parametrize("value", ["0b1", "0b101", "0b1000000001", [True, False], [True, True, False]])
def test_bits_are_what_scalecodec_writes_without_leading_zeros(value: Any) -> None:
    codec = RuntimeConfigurationObject(implements_scale_info=True)
    codec.update_type_registry(load_type_registry_preset("core"))
    theirs = bytes(codec.create_scale_object("BitVec").encode(value).data)
    assert encode(value, BitSequence(store=U8, order=16), ORDERS["Lsb0"]) == theirs


def test_bits_that_are_none() -> None:
    for wrong in ("0b12", 5, [2], "0xff"):
        assert refused(wrong, BitSequence(store=U8, order=16), ORDERS["Lsb0"]).startswith("expected bits, as 0b0101")


def test_types_that_contain_themselves() -> None:
    tree = named(leaf=U8, children=16)
    value = {"leaf": 1, "children": [{"leaf": 2, "children": []}, {"leaf": 3, "children": []}]}
    assert encode(value, tree, Sequence(FIRST)) == b"\1\x08\2\0\3\0"
    value["children"][1]["leaf"] = "x"  # type: ignore[index]
    assert refused(value, tree, Sequence(FIRST)) == "children > [1] > leaf: expected a whole number (u8), not 'x'"


def test_threads_share_encoders() -> None:
    """A recorder's observers, and what was cached for several chains, compile the same types at once."""
    tree = named(leaf=U8, children=16)
    value = {"leaf": 1, "children": [{"leaf": 2, "children": []}]}
    for _ in range(50):
        encoders = Encoders(registry(tree, Sequence(FIRST)), {})
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda kind, one=encoders: one.of(kind), [FIRST, 16] * 8))  # type: ignore[misc]
            assert {encode(value) for encode in found[::2]} == {b"\1\4\2\0"}
            assert {encode([value]) for encode in found[1::2]} == {b"\4\1\4\2\0"}


def test_identity_data() -> None:
    raws = tuple(Variant(f"Raw{size}", (Field(None, 16 + size),), size + 1, "") for size in range(4))
    data = Enumeration(("pallet_identity", "types", "Data"), (Variant("None", (), 0, ""), *raws))
    types = (data, *(Array(size, U8) for size in range(4)))
    for value in ({"Raw": "ab"}, {"Raw": "0x6162"}, {"Raw": b"ab"}, {"Raw2": "0x6162"}):
        assert encode(value, *types) == b"\3ab"
    assert encode("None", *types) == encode({"None": None}, *types) == b"\0"
    assert encode({"Raw": ""}, *types) == b"\1"
    assert refused({"Raw": "a" * 33}, *types) == "Raw: expected at most 32 bytes (Raw), not 33"


@pytest.mark.parametrize(
    ("types", "name"),
    [
        ((Sequence(16), CompactOf(U32)), "Vec<Compact<u32>>"),
        ((option(16), Array(4, U8)), "Option<[u8; 4]>"),
        ((TupleOf((U8, 16)), BitSequence(U8, 17)), "(u8, BitVec)"),
        ((Composite(("a", "b", "C"), ()),), "C"),
        ((Composite((), ()),), "type 15"),
    ],
)
def test_types_are_named_as_rust_names_them(types: tuple[TypeDef, ...], name: str) -> None:
    assert type_name(registry(*types), FIRST) == name
