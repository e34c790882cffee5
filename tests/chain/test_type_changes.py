"""Types of two registries compared by what they encode to."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from simnet.chain._type_registry import (
    Array,
    CompactOf,
    Composite,
    Enumeration,
    Field,
    Primitive,
    Sequence,
    TupleOf,
    TypeDef,
)
from simnet.chain.changes import Effect
from simnet.chain.changes._type_changes import TypeChanges
from tests.chain.registries import of_types, variant

U8, U32, UNIT = Primitive("u8"), Primitive("u32"), TupleOf(())
Types = Mapping[int, TypeDef]


def struct(name: str, *fields: tuple[str | None, int]) -> Composite:
    return Composite((name,), tuple(Field(*one) for one in fields))


def found(old: Types, new: Types, number: int = 0) -> list[tuple[str, Effect]]:
    changes = TypeChanges(of_types(old), of_types(new)).between(number, number)
    return [(str(one), one.effect) for one in changes]


LEAVES: Types = {1: U8, 2: U32, 3: UNIT, 4: Sequence(2)}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (struct("Pair", ("a", 1), ("b", 2)), struct("Pair", ("a", 1), ("nothing", 3), ("b", 2))),
        (TupleOf((1, 2)), TupleOf((1, 3, 2))),
        (struct("Wrapped", ("inner", 4)), Sequence(2)),
        (TupleOf((2,)), U32),
        (Array(0, 1), UNIT),
    ],
    ids=["what encodes to nothing", "in a tuple too", "a wrapper", "a tuple of one", "no items"],
)
def test_what_encodes_alike_is_alike(old: TypeDef, new: TypeDef) -> None:
    assert found({0: old, **LEAVES}, {0: new, **LEAVES}) == []
    assert found({0: new, **LEAVES}, {0: old, **LEAVES}) == []


@pytest.mark.parametrize(
    ("old", "new", "told", "effect"),
    [
        (U8, U32, "u8: it is u32 now", "changed"),
        (CompactOf(2), U32, "Compact<u32>: it is u32 now", "changed"),
        (Array(3, 1), Array(4, 1), "[u8; 3]: it is [u8; 4] now", "changed"),
        (struct("A", ("a", 1)), struct("B", ("a", 1)), "A: it is B now", "renamed"),
        (struct("A", ("a", 1), ("b", 2)), struct("A", ("a", 1), ("c", 2)), "A: c was b", "renamed"),
        (struct("A", ("a", 2), ("b", 2)), struct("A", ("b", 2), ("a", 2)), "A: (b: u32, a: u32), was (a: u32, b: u32)",
         "changed"),
        (struct("A", ("a", 1), ("b", 2)), struct("A", ("a", 1), ("b", 2), ("c", 2)), "A: c: u32 came", "changed"),
        (struct("A", ("a", 1), ("b", 2), ("c", 1)), struct("A", ("a", 1), ("d", 2)),
         "A: d: u32 came, b: u32, c: u8 went", "changed"),
    ],
)  # fmt: skip
def test_where_types_part_is_told_with_what_it_does(old: TypeDef, new: TypeDef, told: str, effect: Effect) -> None:
    assert found({0: old, **LEAVES}, {0: new, **LEAVES}) == [(told, effect)]


BASE = (variant("One", 0), variant("Two", 1, Field("a", 2)))


@pytest.mark.parametrize(
    ("variants", "told", "effect"),
    [
        ((*BASE, variant("Three", 2)), "E: Three (2) came", "widened"),
        (BASE[:1], "E: Two (1) went", "narrowed"),
        ((BASE[0], variant("Zwei", 1, Field("a", 2))), "E: 1 is Zwei, was Two", "changed"),
        ((BASE[0], variant("Two", 1, Field("a", 1))), "u32: it is u8 now", "changed"),
        ((BASE[0], variant("Two", 1, Field("b", 2))), "E.Two: b was a", "renamed"),
    ],
)
def test_an_enum_is_its_variants_by_their_bytes(variants: tuple[object, ...], told: str, effect: Effect) -> None:
    old, new = Enumeration(("E",), BASE), Enumeration(("E",), variants)  # type: ignore[arg-type]
    assert found({0: old, **LEAVES}, {0: new, **LEAVES}) == [(told, effect)]


def test_a_type_that_contains_itself_is_compared_with_another_such() -> None:
    def tree(leaf: int) -> Types:
        shape = Enumeration(("Tree",), (variant("Leaf", 0, Field(None, leaf)), variant("Node", 1, Field(None, 5))))
        return {0: shape, **LEAVES, 5: Sequence(0)}

    assert found(tree(2), tree(2)) == []
    assert found(tree(2), tree(1)) == [("u32: it is u8 now", "changed")]


def test_a_difference_deep_within_is_told_once_however_often_it_is_met() -> None:
    def nested(inner: TypeDef) -> Types:
        return {0: struct("Outer", ("a", 5), ("b", 6), ("c", 5)), 5: inner, 6: Sequence(5), **LEAVES}

    old, new = (struct("Inner", ("x", 1), ("y", number)) for number in (1, 2))
    assert found(nested(old), nested(new)) == [("u8: it is u32 now", "changed")]


def test_a_struct_that_wraps_itself_ends() -> None:
    endless = {0: struct("Endless", ("self", 0))}
    assert found(endless, endless) == []
