"""Decoded structs: a mapping and attributes at once, which nobody changes and which says what was meant."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.errors import InputError, UnknownFieldError
from simnet.journal import Struct, as_structs

ACCOUNT = {"nonce": 3, "data": {"free": 10**20, "flags": [1, {"Some": "0x00"}]}}
NAMES = st.text("abcdefgh_", min_size=1, max_size=8).filter(lambda name: not name.startswith("__"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def test_a_field_is_an_attribute_and_a_key() -> None:
    account = as_structs(ACCOUNT)
    assert account.data.free == account["data"]["free"] == 10**20
    assert account.data.flags[1].Some == "0x00"


@given(VALUES)
def test_structs_equal_what_they_are_made_of_in_json_copies_and_pickles(value: Any) -> None:
    made = as_structs(value)
    assert made == value
    assert json.loads(json.dumps(made)) == value
    assert copy.deepcopy(made) == pickle.loads(pickle.dumps(made)) == value


@given(st.dictionaries(NAMES, st.integers(), min_size=1))
def test_both_forms_of_access_give_the_same_of_every_field(fields: dict[str, int]) -> None:
    struct = Struct(fields)
    plain = {name for name in fields if not hasattr(dict, name)}
    assert {name: getattr(struct, name) for name in plain} == {name: struct[name] for name in plain}


def test_fields_named_as_methods_that_change_a_dict_are_fields() -> None:
    assert Struct({"update": 1, "pop": 2, "clear": 3}).update == 1  # type: ignore[comparison-overlap]


def test_fields_named_as_other_methods_are_reached_by_brackets() -> None:
    session = Struct({"keys": "0x00"})
    assert session["keys"] == "0x00"
    assert list(session.keys()) == ["keys"]


def test_an_unknown_field_is_told_with_what_was_probably_meant() -> None:
    data = as_structs(ACCOUNT).data
    with pytest.raises(UnknownFieldError, match=r"^there is no field 'fre'; did you mean 'free'\?$"):
        _ = data.fre
    with pytest.raises(UnknownFieldError, match=r"^there is no field 'fre'; did you mean 'free'\?$"):
        _ = data["fre"]


def test_an_unknown_field_is_what_python_and_simnet_call_it() -> None:
    assert not hasattr(Struct(free=1), "fre")
    assert Struct(free=1).get("fre", 7) == 7
    assert issubclass(UnknownFieldError, InputError | KeyError | AttributeError)


@pytest.mark.parametrize(
    "change",
    [
        lambda struct: struct.__setitem__("free", 2),
        lambda struct: struct.__delitem__("free"),
        lambda struct: setattr(struct, "free", 2),
        lambda struct: struct.__ior__({"free": 2}),
        lambda struct: delattr(struct, "free"),
    ],
)
def test_a_struct_is_not_changed(change: Any) -> None:
    struct = Struct(free=1)
    with pytest.raises(TypeError, match="not changed here"):
        change(struct)
    with pytest.raises(UnknownFieldError):
        struct.update(free=2)
    assert struct == {"free": 1}
    assert type(struct.copy()) is dict
