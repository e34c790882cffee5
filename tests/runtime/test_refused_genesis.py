"""From what serde_json and panics say of a genesis to the key that is meant."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.errors import RuntimeTrap
from simnet.fields import KeyPath
from simnet.runtime.refused_genesis import Refusal, panicked, refused, way_to, written_way

leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
names = st.text('ab"\\{[,:é', max_size=3)
configs = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3))


def parts(value: Any, way: KeyPath = ()) -> list[tuple[KeyPath, Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(way, value), *(part for key, one in inner for part in parts(one, (*way, key)))]


@given(configs)
def test_the_end_of_each_value_leads_back_to_it(config: Any) -> None:
    """A marker in place of one value after the other: where its text ends is what a parser would tell."""
    for way, _ in parts(config):
        marked = json.dumps(_with(config, way, "MARK"), sort_keys=False)
        assert way_to(marked, marked.index('"MARK"') + len('"MARK"')) == way


def _with(config: Any, way: KeyPath, value: Any) -> Any:
    if not way:
        return value
    key, *rest = way
    if isinstance(config, dict):
        return {one: _with(inner, tuple(rest), value) if one == key else inner for one, inner in config.items()}
    return [_with(inner, tuple(rest), value) if at == key else inner for at, inner in enumerate(config)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("unknown field `cores`, expected `core`", "unknown key 'cores'; did you mean 'core'?"),
        ("unknown field `cores`, expected one of `x`, `y`", "unknown key 'cores'; known are x, y"),
        ("unknown field `cores`, there are no fields", "unknown key 'cores'"),
    ],
)
def test_an_unknown_key_is_told_with_what_was_meant(said: str, expected: str) -> None:
    config = {"a": {"cores": 1}}
    text = json.dumps(config)
    column = text.index('"cores"') + len('"cores"')
    found = refused(f"Invalid JSON blob: {said} at line 1 column {column}", text, config)
    assert found == Refusal(("a", "cores"), expected, of_key=True)


def test_what_has_no_column_is_told_as_it_is() -> None:
    assert refused("no such\npreset", "{}", {}) == Refusal((), "no such preset")


def trap(message: str) -> RuntimeTrap:
    return RuntimeTrap(runtime="penpal-1", function="GenesisBuilder_build_state", message=message)


def test_a_panic_is_blamed_on_the_key_of_its_pallet_if_that_is_written() -> None:
    caught = trap("panicked at /x/registry/src/index-1/pallet-collator-selection-31.0.0/src/lib.rs:262:4:\nduplicates")
    told = "duplicates (line 262 of lib.rs of pallet-collator-selection-31.0.0)"
    assert panicked(caught, {"collatorSelection": {}}) == Refusal(("collatorSelection",), told)
    assert panicked(caught, {"balances": {}}) == Refusal((), told)


def test_a_way_ends_where_simnet_added_to_a_list() -> None:
    whole = {"balances": {"balances": [["a", 1], ["b", 2]]}, "paras": {"paras": [[1, 2]]}}
    written = {"balances": {"balances": [["b", 2]]}, "paras": {"paras": [[1, 2]]}}
    assert written_way(("balances", "balances", 1, 1), written, whole) == ("balances", "balances")
    assert written_way(("paras", "paras", 0, 1), written, whole) == ("paras", "paras", 0, 1)
    assert written_way(("session", "keys"), written, whole) == ()
