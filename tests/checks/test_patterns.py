"""What people write of values, matched with what runtimes gave."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.checks.patterns import MISSING, OPERATORS, Meanings, at_path, comparable, matches
from simnet.errors import InputError
from simnet.network.accounts import keys, read_address, sovereign_of_child, sovereign_of_sibling
from simnet.network.topology import RELAY
from simnet.scenario import NetworkSpec

NETWORK = NetworkSpec(
    relay={"validators": 2, "tokens": {"WND": 12, "BIG": 30}},  # type: ignore[arg-type]
    parachains=[{"id": 2000, "tokens": {"UNIT": 10}}],  # type: ignore[list-item]
).topology()
ON_RELAY = Meanings(NETWORK, RELAY, {"WND": 12, "BIG": 30})
ON_PARA = Meanings(NETWORK, "2000", {"UNIT": 10})

_NAMES = st.text(min_size=1, max_size=6).filter(lambda name: name not in OPERATORS)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=8,
)


def sr25519(uri: str) -> str:
    return "0x" + keys(uri).sr25519.hex()


def key_of(address: str) -> str:
    return "0x" + read_address(address)[1].hex()


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        (5, 5, True),
        (5, 6, False),
        (5, "5", False),
        (1, True, False),
        (True, True, True),
        (None, None, True),
        (None, 0, False),
        ("//Alice", sr25519("//Alice"), True),
        ("//Alice", sr25519("//Bob"), False),
        ("alice", sr25519("//Alice"), True),
        (keys("//Bob").address, sr25519("//Bob"), True),
        ("para:2000", key_of(sovereign_of_child(2000)), True),
        ("para:2000", key_of(sovereign_of_sibling(2000)), False),
        ("0xAB", "0xab", True),
        ("hello", "0x68656c6c6f", True),
        ("hello", "hello", True),
        ("1.5 WND", 1_500_000_000_000, True),
        ("1.5 UNIT", 15_000_000_000, False),
        ("1 WND", "1 WND", True),
        ("0.000000000001 WND", True, False),
        ("0.0000000000001 WND", 0, False),
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": 1, "c": 2}, {"a": 1, "b": 2}, False),
        ({"Ok": None}, {"Ok": None}, True),
        ("Liquid", "Liquid", True),
        ({"Liquid": {}}, "Liquid", False),
        ([1, 2], [1, 2], True),
        ([1], [1, 2], False),
        ([], [], True),
        ({"at_least": 5, "at_most": 6}, 6, True),
        ({"at_least": "1 WND"}, 10**12 - 1, False),
        ({"at_least": 0}, True, False),
        ({"at_least": 0}, None, False),
        ({"not": {"at_least": 5}}, 4, True),
        ({"any_of": [1, "x", [2]]}, [2], True),
        ({"any_of": [1, 2]}, 3, False),
        ({"not": None}, [], True),
        ({"not": None}, None, False),
    ],
)
def test_a_pattern_matches_what_was_meant(pattern: Any, value: Any, fits: bool) -> None:
    assert matches(pattern, value, ON_RELAY) is fits


def test_a_sovereign_account_is_that_of_the_chain_on_which_it_is() -> None:
    assert matches("para:2001", key_of(sovereign_of_sibling(2001)), ON_PARA)
    assert not matches("para:2001", key_of(sovereign_of_child(2001)), ON_PARA)


def test_amounts_are_exact_beyond_what_decimals_of_python_hold() -> None:
    written = "12345678901.123456789012345678901234567891 BIG"
    assert ON_RELAY.amount(written) == 12345678901123456789012345678901234567891
    assert not matches(written, 12345678901123456789012345678901234567890, ON_RELAY)


@pytest.mark.parametrize("written", ["1 UNIT", "5", "1.5", "WND", "1 2 WND", "0.0000000000001 WND", ""])
def test_what_is_no_amount_of_the_chain_is_refused(written: str) -> None:
    with pytest.raises(InputError, match="is no amount of this chain; its units are WND, BIG"):
        ON_RELAY.amount(written)


@given(JSON, JSON)
def test_what_matches_is_comparable(pattern: Any, value: Any) -> None:
    if matches(pattern, value, ON_RELAY):
        assert comparable(pattern, value, ON_RELAY)


@given(JSON, JSON)
def test_nothing_is_both_a_value_and_not_that_value(pattern: Any, value: Any) -> None:
    assert matches(pattern, value, ON_RELAY) != matches({"not": pattern}, value, ON_RELAY)


@given(st.text(), JSON)
def test_any_text_can_be_matched(written: str, value: Any) -> None:
    matches(written, value, ON_RELAY)
    matches(written, value, ON_PARA)


@given(JSON.filter(lambda one: one != {}))
def test_a_value_matches_itself(value: Any) -> None:
    assert comparable(value, value, ON_RELAY)
    assert matches(value, value, ON_RELAY)


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("a", {"b": [5, {"c": 6}]}),
        ("a.b.1.c", 6),
        ("a.b.0", 5),
        ("a.b.2", MISSING),
        ("a.b.²", MISSING),
        ("a.b.-1", MISSING),
        ("a.c", MISSING),
        ("a.b.0.c", MISSING),
        ("n.b.0", None),
    ],
)
def test_a_path_leads_to_a_part_or_to_nothing_or_nowhere(path: str, part: Any) -> None:
    assert at_path({"a": {"b": [5, {"c": 6}]}, "n": None}, path) == part
