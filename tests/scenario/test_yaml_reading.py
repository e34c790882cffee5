"""YAML as simnet means it: version 1.2's scalars, text keys, anchors and merge keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.errors import Problem
from simnet.scenario._positions import plain
from simnet.scenario._yaml import read_yaml, write_yaml


def read(text: str) -> Any:
    problems: list[Problem] = []
    tree = read_yaml(text, Path("x.yaml"), problems)
    assert tree is not None
    assert not problems
    return plain(tree)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("off", "off"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("4", 4),
        ("-7", -7),
        ("010", 10),
        ("1_000", "1_000"),
        ("0x1f", "0x1f"),
        ("0o17", "0o17"),
        ("1:30", "1:30"),
        ("2024-01-31", "2024-01-31"),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("=", "="),
        ("'4'", "4"),
        ("!!str 4", "4"),
        ("!!int '4'", 4),
    ],
)
def test_scalars(text: str, value: object) -> None:
    got = read(f"x: {text}")["x"]
    assert got == value
    assert type(got) is type(value)


def test_words_that_yaml_1_1_reads_as_booleans_are_keys() -> None:
    assert read("{on: 1, no: 2, yes: 3, y: 4}") == {"on": 1, "no": 2, "yes": 3, "y": 4}


def test_own_keys_go_before_merged_ones_and_earlier_merges_before_later() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 0}\nd: {<<: *b, <<: *a}\n"
    data = read(text)
    assert data["c"] == {"x": 0, "y": 1, "z": 2}
    assert data["d"] == {"x": 1, "y": 2, "z": 2}


def test_a_merged_key_keeps_the_place_where_it_was_written() -> None:
    tree = read_yaml("a: &a {x: 1}\nb:\n  <<: *a\n", Path("x.yaml"), [])
    assert tree is not None
    entry = tree.entries["b"].value.entries["x"]  # type: ignore[union-attr]
    assert (entry.key_position.line, entry.key_position.column) == (1, 8)


def test_a_quoted_merge_sign_is_a_key() -> None:
    assert read('{"<<": 1}') == {"<<": 1}


def test_both_line_ends_and_a_byte_order_mark_count_alike() -> None:
    tree = read_yaml("a: 1\r\nb: 2\r\n", Path("x.yaml"), [])
    assert tree is not None
    assert tree.entries["b"].key_position.line == 2  # type: ignore[union-attr]


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_DATA = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(_DATA)
def test_what_is_written_is_read_back(data: object) -> None:
    assert read(write_yaml({"x": data})) == {"x": data}


@given(
    st.sampled_from(
        [
            "yes",
            "on",
            "null",
            "~",
            "1e5",
            "0o17",
            "0x1f",
            "010",
            "<<",
            "=",
            "1:30",
            ".5",
            "-",
            "# no",
            "",
            "\x85",
            "a\u2028b",
            "\ufeff",
        ]
    )
)
def test_text_that_looks_like_something_else_stays_text(text: str) -> None:
    assert read(write_yaml({"x": text, text: "x"})) == {"x": text, text: "x"}
