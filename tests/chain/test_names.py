"""A name that the runtime does not have is told at every level, with the one that was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.chain.api_calls import api_call
from simnet.chain.event_fields import event_fields
from simnet.chain.metadata import Metadata, NotInRuntimeError
from simnet.chain.storage_places import storage_place
from simnet.errors import InputError
from simnet.journal import one_slip
from tests.chain.names_of import apis, constants, events, misspelled, stands_alone, storage_items
from tests.chain.runtimes import NAMES, Both

ENOUGH = 5
"""Letters of a name by which it is known again with one of them changed."""

FAMILIES: dict[str, tuple[Callable[[Metadata], Iterator[str]], Callable[[Metadata, str], Any]]] = {
    "storage": (storage_items, storage_place),
    "constant": (constants, lambda metadata, name: metadata.constant(*name.split("."))),
    "event": (events, lambda metadata, name: event_fields(metadata, *name.split("."))),
    "api": (apis, api_call),
}
"""By kind: all names of a runtime, and what looks one up."""


def test_no_two_events_of_a_runtime_differ_by_one_letter(bundled: dict[str, Both]) -> None:
    """So that a kind which a journal never shows is taken for a slip only where it is one."""
    for both in bundled.values():
        known = list(events(both.metadata))
        assert [(one, two) for one in known for two in known if one < two and one_slip(one, two)] == []


@pytest.mark.parametrize("family", FAMILIES)
@given(data=st.data())
def test_a_misspelled_name_is_told_at_its_place_with_the_one_that_was_meant(
    bundled: dict[str, Both], family: str, data: st.DataObject
) -> None:
    names_of, look_up = FAMILIES[family]
    metadata = bundled[data.draw(st.sampled_from(NAMES))].with_apis
    names = list(names_of(metadata))
    name = data.draw(st.sampled_from(names))
    parts = name.split(".")
    level = data.draw(st.integers(0, 1))
    mutated = data.draw(
        misspelled(parts[level]).filter(lambda word: word not in {one.split(".")[level] for one in names} and word)
    )
    written = [mutated, parts[1]] if level == 0 else [parts[0], mutated]
    with pytest.raises((NotInRuntimeError, InputError)) as told:
        look_up(metadata, ".".join(written))
    message = str(told.value)
    assert mutated in message
    assert parts[1 - level] in message or level == 0
    siblings = (
        {one.split(".")[0] for one in names}
        if level == 0
        else {one.split(".")[1] for one in names if one.split(".")[0] == parts[0]}
    )
    if len(parts[level]) >= ENOUGH and stands_alone(mutated, parts[level], siblings):
        assert f"did you mean {parts[level]!r}?" in message
