"""Two runtimes' metadata compared: nothing where nothing was planted, and what was at its place alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simnet.chain._type_registry import Enumeration, Extrinsic, Field, Pallet, Primitive, Registry, Variant, variants
from simnet.chain.changes import Difference, How, RuntimePart, metadata_changes
from simnet.chain.metadata import Metadata
from tests.chain.registries import registry_of, renumbered, variant, with_pallet, with_type
from tests.chain.runtimes import Both

SOME = settings(max_examples=20, deadline=None, suppress_health_check=[*HealthCheck])
ENUMS: dict[RuntimePart, Callable[[Pallet], int | None]] = {
    "call": lambda pallet: pallet.calls,
    "event": lambda pallet: pallet.event,
    "error": lambda pallet: pallet.error,
}


@pytest.fixture(scope="module")
def penpal(bundled: dict[str, Both]) -> Metadata:
    return bundled["penpal"].types.metadata


def told(old: Metadata, new: Registry) -> list[tuple[RuntimePart, How, str]]:
    return [(one.kind, one.how, one.name) for one in metadata_changes(old, Metadata(new))]


def only(old: Metadata, new: Registry) -> Difference:
    (change,) = metadata_changes(old, Metadata(new))
    return change


def test_a_runtime_does_not_differ_from_itself_under_other_numbers(both: Both) -> None:
    metadata = both.types.metadata
    assert metadata_changes(metadata, metadata) == ()
    assert metadata_changes(metadata, renumbered(metadata, 7)) == ()


@SOME
@given(data=st.data())
def test_a_planted_call_event_or_error_is_found_where_it_is_and_nowhere_else(
    penpal: Metadata, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from([*ENUMS]))
    names = [one.name for one in penpal.pallets.values() if variants(penpal.types, ENUMS[kind](one))]
    pallet = penpal.pallets[data.draw(st.sampled_from(names), label="pallet")]
    number = ENUMS[kind](pallet)
    definition = penpal.types[number or 0]
    assert isinstance(definition, Enumeration)
    before = list(definition.variants)
    at = data.draw(st.integers(0, len(before) - 1), label="at")
    free = next(index for index in range(256) if index not in {one.index for one in before})
    planted: dict[How, list[Variant]] = {
        "added": [*before, variant("planted", free)],
        "removed": before[:at] + before[at + 1 :],
        "moved": [*before[:at], replace(before[at], index=free), *before[at + 1 :]],
        "changed": [
            *before[:at],
            replace(before[at], fields=(*before[at].fields, Field("planted", number_of(penpal, "u64")))),
            *before[at + 1 :],
        ],
    }
    how = data.draw(st.sampled_from([*planted]), label="how")
    new = with_type(penpal, number or 0, replace(definition, variants=tuple(planted[how])))
    name = "planted" if how == "added" else before[at].name
    assert told(penpal, new) == [(kind, how, f"{pallet.name}.{name}")]


def number_of(metadata: Metadata, primitive: str) -> int:
    return next(number for number, one in metadata.types.items() if one == Primitive(primitive))


@SOME
@given(data=st.data())
def test_a_planted_constant_or_storage_item_is_found_where_it_is_and_nowhere_else(
    penpal: Metadata, data: st.DataObject
) -> None:
    names = [one.name for one in penpal.pallets.values() if one.storage and {*one.constants} - {"Version"}]
    pallet = penpal.pallets[data.draw(st.sampled_from(names), label="pallet")]
    name = data.draw(st.sampled_from([one for one in pallet.constants if one != "Version"]))
    item = data.draw(st.sampled_from([*pallet.storage]))
    constant, stored = pallet.constants[name], pallet.storage[item]
    number = number_of(penpal, "u64")
    planted: dict[str, tuple[Pallet, tuple[RuntimePart, How, str]]] = {
        "a constant gone": (
            replace(pallet, constants={one: it for one, it in pallet.constants.items() if one != name}),
            ("constant", "removed", name),
        ),
        "a constant's value": (
            replace(pallet, constants={**pallet.constants, name: replace(constant, value=constant.value + b"\1")}),
            ("constant", "changed", name),
        ),
        "an item gone": (
            replace(pallet, storage={one: it for one, it in pallet.storage.items() if one != item}),
            ("storage", "removed", item),
        ),
        "an item's hashers": (
            replace(pallet, storage={**pallet.storage, item: replace(stored, hashers=(*stored.hashers, 6))}),
            ("storage", "changed", item),
        ),
        "an item's key": (
            replace(pallet, storage={**pallet.storage, item: replace(stored, key=None if stored.key else number)}),
            ("storage", "changed", item),
        ),
        "an item's modifier": (
            replace(pallet, storage={**pallet.storage, item: replace(stored, optional=not stored.optional)}),
            ("storage", "changed", item),
        ),
        "an item that came": (
            replace(pallet, storage={**pallet.storage, "Planted": replace(stored, name="Planted")}),
            ("storage", "added", "Planted"),
        ),
    }
    what = data.draw(st.sampled_from([*planted]), label="planted")
    new, (kind, how, named) = planted[what]
    assert told(penpal, with_pallet(penpal, new)) == [(kind, how, f"{pallet.name}.{named}")]


def test_an_items_value_type_and_default_are_told(penpal: Metadata) -> None:
    system = penpal.pallets["System"]
    number = system.storage["Number"]

    def put(**other: object) -> Registry:
        item = replace(number, **other)  # type: ignore[arg-type]
        return with_pallet(penpal, replace(system, storage={**system.storage, "Number": item}))

    retyped = only(penpal, put(value=number_of(penpal, "u64"), default=bytes(8)))
    assert (retyped.old, retyped.new, retyped.effects) == ("u32", "u64", ("changed",))
    assert retyped.why == ("u32: it is u64 now",)
    assert only(penpal, put(default=b"\1\0\0\0")).why == ("the default is 0x01000000, was 0x00000000",)


def test_a_pallet_that_goes_comes_or_moves_is_one_change(penpal: Metadata) -> None:
    found = registry_of(penpal)
    without = replace(found, pallets={name: one for name, one in found.pallets.items() if name != "Balances"})
    gone = only(penpal, without)
    assert (gone.kind, gone.name, gone.how, gone.old, gone.new) == ("pallet", "Balances", "removed", "index 10", None)
    assert gone.why[0].startswith("calls: transfer_allow_death, ")
    (came,) = metadata_changes(Metadata(without), penpal)
    assert (came.how, came.new) == ("added", "index 10")
    moved = only(penpal, with_pallet(penpal, replace(penpal.pallets["Balances"], index=200)))
    assert (moved.how, moved.old, moved.new, moved.effects) == ("moved", "index 10", "index 200", ("changed",))


def test_what_comes_to_an_index_that_another_had_says_so(penpal: Metadata) -> None:
    found = registry_of(penpal)
    renamed = {("Money" if name == "Balances" else name): one for name, one in found.pallets.items()}
    renamed["Money"] = replace(renamed["Money"], name="Money")
    changes = metadata_changes(penpal, Metadata(replace(found, pallets=renamed)))
    assert [(one.name, one.how, one.reuses) for one in changes] == [
        ("Balances", "removed", None),
        ("Money", "added", "Balances"),
    ]


def test_the_prefix_of_a_pallets_storage_is_told(penpal: Metadata) -> None:
    change = only(penpal, with_pallet(penpal, replace(penpal.pallets["Balances"], storage_prefix="Money")))
    assert (change.kind, change.old, change.new) == ("pallet", "storage under Balances", "storage under Money")


def with_extensions(metadata: Metadata, names: list[str]) -> Registry:
    by_name = {one.name: one for one in metadata.extrinsic.extensions}
    signed = metadata.extrinsic
    extrinsic = Extrinsic(signed.version, signed.address, signed.signature, tuple(by_name[name] for name in names))
    return replace(registry_of(metadata), extrinsic=extrinsic)


def test_extensions_that_go_or_come_are_told_with_what_that_does_to_signed_bytes(penpal: Metadata) -> None:
    names = [one.name for one in penpal.extrinsic.extensions]
    for name, effects in (("CheckNonce", ("changed",)), ("CheckGenesis", ("changed",)), ("CheckWeight", ())):
        fewer = with_extensions(penpal, [one for one in names if one != name])
        gone = only(penpal, fewer)
        assert (gone.kind, gone.name, gone.how, gone.effects) == ("extension", name, "removed", effects)
        (came,) = metadata_changes(Metadata(fewer), penpal)
        assert (came.name, came.how, came.effects) == (name, "added", effects)


def test_extensions_in_another_order_are_told(penpal: Metadata) -> None:
    names = [one.name for one in penpal.extrinsic.extensions]
    at = names.index("CheckNonce")
    swapped = [*names[: at - 1], names[at], names[at - 1], *names[at + 1 :]]
    found = told(penpal, with_extensions(penpal, swapped))
    assert found == [("extension", "moved", names[at]), ("extension", "moved", names[at - 1])]


def test_functions_of_runtime_apis_are_told(penpal: Metadata) -> None:
    apis = dict(penpal.apis or {})
    changed = replace(apis["Core_version"], answer=number_of(penpal, "u64"))
    longer = replace(apis["Core_initialize_block"], arguments=())
    del apis["TaggedTransactionQueue_validate_transaction"]
    new = replace(
        registry_of(penpal), apis={**apis, "Core_version": changed, "Core_initialize_block": longer, "New_one": changed}
    )
    assert sorted(told(penpal, new)) == [
        ("function", "added", "New_one"),
        ("function", "changed", "Core_initialize_block"),
        ("function", "changed", "Core_version"),
        ("function", "removed", "TaggedTransactionQueue_validate_transaction"),
    ]


def test_a_call_that_takes_calls_is_not_another_because_calls_changed(penpal: Metadata) -> None:
    """``Utility.batch`` takes any call, so that everything would be another call with every upgrade."""
    number = penpal.pallets["System"].calls or 0
    definition = penpal.types[number]
    assert isinstance(definition, Enumeration)
    new = with_type(penpal, number, replace(definition, variants=definition.variants[1:]))
    assert told(penpal, new) == [("call", "removed", f"System.{definition.variants[0].name}")]
