"""A name of a runtime that is written with a mistake is told at its place, and nothing else is, of any runtime."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from simnet.chain import _type_registry as registry
from simnet.chain.calls import Calls
from simnet.chain.decoded_shapes import Items, Leaf, StructShape, ValueShape, Variants, body_of, shape_of
from simnet.chain.metadata import Metadata
from simnet.checks import KINDS
from simnet.errors import InputError
from simnet.network.topology import RELAY, Chain
from simnet.preflight._expectations import in_expectations
from simnet.preflight._facts import ChainFacts, Facts
from simnet.preflight._in_force import InForce
from simnet.preflight._steps import in_steps
from simnet.runtime.bundled import runtime_code
from simnet.runtime.host import Host
from simnet.runtime.tokens import writing_of
from simnet.scenario import NetworkSpec
from simnet.scenario.steps import Step
from tests.chain.runtimes import NAMES
from tests.chain.values import values

TOPOLOGY = NetworkSpec(relay={"runtime": "westend", "validators": 2}).topology()  # type: ignore[arg-type]
Way = tuple[str | int, ...]


@cache
def facts_of(name: str) -> Facts:
    """As if the runtime were the relay chain's."""
    metadata = Host().runtime(runtime_code(Chain(id=RELAY, runtime=name))).types.metadata
    return Facts({RELAY: ChainFacts(metadata, Calls(metadata, writing_of(TOPOLOGY, RELAY)), frozenset())}, (), None)


def metadata_of(name: str) -> Metadata:
    return facts_of(name).chains[RELAY].metadata


def told(kind: str, fields: Mapping[str, Any], name: str) -> list[tuple[Way, bool]]:
    """Where something is wrong with a check or a step of that kind, from its own keys on."""
    facts = facts_of(name)
    if kind == "submit":
        found, _ = in_steps([Step(submit=fields)], (), TOPOLOGY, facts)  # type: ignore[arg-type]
    else:
        found = in_expectations([KINDS[kind](**fields)], TOPOLOGY, facts, InForce(TOPOLOGY, facts))
    return [(one.way[one.way.index(kind) + 1 :], one.of_key) for one in found]


@dataclass(frozen=True)
class Named:
    """A name in a value: the way to it, whether it is a key there, and the names that could stand in its place."""

    way: Way
    of_key: bool
    name: str
    known: frozenset[str]


def names_in(metadata: Metadata, value: Any, shape: ValueShape | None, way: Way = ()) -> Iterator[Named]:
    match shape:
        case StructShape(fields) if isinstance(value, dict):
            for key, one in value.items():
                yield Named((*way, key), True, key, frozenset(fields))
                yield from names_in(metadata, one, shape_of(metadata, fields[key]), (*way, key))
        case Variants(bodies) if isinstance(value, str):
            yield Named(way, False, value, frozenset(bodies))
        case Variants(bodies) if isinstance(value, dict):
            ((key, inner),) = value.items()
            yield Named((*way, key), True, key, frozenset(bodies))
            yield from names_in(metadata, inner, body_of(metadata, bodies[key]), (*way, key))
        case Items() if isinstance(value, list):
            for at, one in enumerate(value):
                each = shape.each if shape.each is not None else shape.types[at]
                yield from names_in(metadata, one, shape_of(metadata, each), (*way, at))


def numbers_in(metadata: Metadata, value: Any, shape: ValueShape | None, way: Way = ()) -> Iterator[tuple[Way, int]]:
    """Ways to numbers, with the type of each."""
    match shape:
        case Leaf(type_id, number=True) if isinstance(value, int):
            yield way, type_id
        case StructShape(fields) if isinstance(value, dict):
            for key, one in value.items():
                yield from numbers_in(metadata, one, shape_of(metadata, fields[key]), (*way, key))
        case Variants(bodies) if isinstance(value, dict):
            ((key, inner),) = value.items()
            yield from numbers_in(metadata, inner, body_of(metadata, bodies[key]), (*way, key))
        case Items() if isinstance(value, list):
            for at, one in enumerate(value):
                each = shape.each if shape.each is not None else shape.types[at]
                yield from numbers_in(metadata, one, shape_of(metadata, each), (*way, at))


def put(value: Any, way: Way, new: Any, *, key: bool) -> Any:
    """The value with something else at a place: another key, or another value."""
    here, *rest = way
    if isinstance(value, dict):
        if not rest and key:
            return {new if name == here else name: one for name, one in value.items()}
        return {
            name: (put(one, tuple(rest), new, key=key) if rest else new) if name == here else one
            for name, one in value.items()
        }
    assert isinstance(value, list)
    return [
        (put(one, tuple(rest), new, key=key) if rest else new) if at == here else one for at, one in enumerate(value)
    ]


@st.composite
def mistyped(draw: Any, name: str, known: frozenset[str]) -> str:
    """A name with a small mistake, which is none of those that are known."""
    at = draw(st.integers(0, len(name) - 1))
    letter = draw(st.sampled_from("aeXz_9"))
    new = draw(
        st.sampled_from(
            [
                name[:at] + name[at + 1 :],
                name[:at] + letter + name[at:],
                name[:at] + letter + name[at + 1 :],
                name[:at] + name[at].swapcase() + name[at + 1 :],
                name.swapcase(),
                name[: max(1, len(name) // 2)],
                name[:at] + name[at : at + 2][::-1] + name[at + 2 :],
            ]
        )
    )
    assume(new and new not in known)
    return str(new)


def two(first: str, second: str, known: Mapping[str, Any]) -> list[Named]:
    """The two names of ``Pallet.Name``."""
    return [Named((), False, first, frozenset(known)), Named((), False, second, frozenset(known[first]))]


def draw_event(data: st.DataObject, metadata: Metadata) -> tuple[dict[str, Any], StructShape, Mapping[str, Any]]:
    known = {
        name: {one.name: one for one in registry.variants(metadata.types, pallet.event)}
        for name, pallet in metadata.pallets.items()
    }
    pallet = data.draw(st.sampled_from([name for name, events in known.items() if events]))
    event = known[pallet][data.draw(st.sampled_from(sorted(known[pallet])))]
    shape = StructShape({field.name or str(at): field.type_id for at, field in enumerate(event.fields)})
    chosen = data.draw(st.sets(st.sampled_from(sorted(shape.fields)))) if shape.fields else set()
    where = {name: data.draw(values(metadata, shape.fields[name])) for name in sorted(chosen)}
    return {"event": f"{pallet}.{event.name}", "where": where, "at_most": 0}, shape, known


EXAMPLES = settings(max_examples=60, deadline=None)


def mutate_name(data: st.DataObject, written: str, known: Mapping[str, Any]) -> str:
    """``Pallet.Name`` with a mistake in one of the two."""
    first, _, second = written.partition(".")
    if data.draw(st.booleans()):
        first = data.draw(mistyped(first, frozenset(known)))
    else:
        second = data.draw(mistyped(second, frozenset(known[first])))
    return f"{first}.{second}"


def check_value(
    data: st.DataObject, kind: str, fields: dict[str, Any], key: str, shape: ValueShape | None, name: str
) -> None:
    """Of what is written under that key one name is mistyped, or one number is out of range."""
    metadata = metadata_of(name)
    value = fields[key]
    names = list(names_in(metadata, value, shape))
    numbers = list(numbers_in(metadata, value, shape))
    assume(names or numbers)
    if names and (not numbers or data.draw(st.booleans())):
        one = data.draw(st.sampled_from(names))
        new = data.draw(mistyped(one.name, one.known))
        way = (*one.way[:-1], new) if one.of_key else one.way
        changed = put(fields, (key, *one.way), new, key=one.of_key)
        assert told(kind, changed, name) == [((key, *way), one.of_key)]
    else:
        way, type_id = data.draw(st.sampled_from(numbers))
        changed = put(fields, (key, *way), data.draw(st.sampled_from(outside(metadata, type_id))), key=False)
        assert told(kind, changed, name) == [((key, *way), False)]


def outside(metadata: Metadata, type_id: int) -> list[int]:
    """Numbers that a type does not take."""
    definition = registry.bare(metadata.types, type_id)
    if isinstance(definition, registry.CompactOf):
        definition = registry.bare(metadata.types, definition.item)
    bits = int(definition.name[1:]) if isinstance(definition, registry.Primitive) else 256
    signed = isinstance(definition, registry.Primitive) and definition.name[0] == "i"
    half = bits - 1 if signed else bits
    return [1 << half, (1 << half) + 5, (-(1 << half) if signed else 0) - 1]


@pytest.mark.parametrize("name", NAMES)
@EXAMPLES
@given(data=st.data())
def test_events(name: str, data: st.DataObject) -> None:
    fields, shape, known = draw_event(data, metadata_of(name))
    assert told("events", fields, name) == []
    if data.draw(st.booleans()) and fields["where"]:
        check_value(data, "events", fields, "where", shape, name)
    else:
        mutated = {**fields, "event": mutate_name(data, fields["event"], known)}
        assert told("events", mutated, name) == [(("event",), False)]


@pytest.mark.parametrize("name", NAMES)
@EXAMPLES
@given(data=st.data())
def test_storage(name: str, data: st.DataObject) -> None:
    metadata = metadata_of(name)
    known = {one: pallet.storage for one, pallet in metadata.pallets.items()}
    pallet = data.draw(st.sampled_from([one for one, items in known.items() if items]))
    item = known[pallet][data.draw(st.sampled_from(sorted(known[pallet])))]
    types = () if item.key is None else (item.key,)
    if len(item.hashers) > 1:
        parts = metadata.types[item.key or 0]
        assert isinstance(parts, registry.TupleOf)
        types = parts.items
    keys = [data.draw(values(metadata, one)) for one in types]
    value = data.draw(values(metadata, item.value))
    assume(value is not None)
    fields = {"item": f"{pallet}.{item.name}", "keys": keys, "equals": value}
    assert told("storage", fields, name) == []
    match data.draw(st.sampled_from(("name", "keys", "equals", "field"))):
        case "name":
            mutated = {**fields, "item": mutate_name(data, str(fields["item"]), known)}
            assert told("storage", mutated, name) == [(("item",), False)]
        case "keys":
            assume(types)
            check_value(data, "storage", fields, "keys", Items(types), name)
        case "equals":
            check_value(data, "storage", fields, "equals", shape_of(metadata, item.value), name)
        case "field":
            shape = shape_of(metadata, item.value)
            assume(isinstance(shape, StructShape | Variants))
            assert isinstance(shape, StructShape | Variants)
            parts_of = shape.fields if isinstance(shape, StructShape) else shape.bodies
            part = data.draw(mistyped(data.draw(st.sampled_from(sorted(parts_of))), frozenset(parts_of)))
            wrong = {"item": fields["item"], "keys": keys, "field": part, "equals": {"not": None}}
            assert told("storage", wrong, name) == [(("field",), False)]


@pytest.mark.parametrize("name", NAMES)
@EXAMPLES
@given(data=st.data())
def test_runtime_api(name: str, data: st.DataObject) -> None:
    metadata = metadata_of(name)
    known: dict[str, dict[str, registry.ApiFunction]] = {}
    for full, function in (metadata.apis or {}).items():
        api, _, short = full.partition("_")
        known.setdefault(api, {})[short] = function
    api = data.draw(st.sampled_from(sorted(known)))
    short = data.draw(st.sampled_from(sorted(known[api])))
    types = tuple(kind for _, kind in known[api][short].arguments)
    args = [data.draw(values(metadata, one)) for one in types]
    value = data.draw(values(metadata, known[api][short].answer))
    asked: dict[str, Any] = {"absent": True} if value is None else {"equals": value}
    fields = {"function": f"{api}.{short}", "args": args, **asked}
    unit = registry.bare(metadata.types, known[api][short].answer) == registry.TupleOf(())
    assume(not unit)  # of which nothing can be asked
    assert told("runtime_api", fields, name) == []
    which = data.draw(st.sampled_from(("function", "args", "equals")))
    if types and which == "args":
        check_value(data, "runtime_api", fields, "args", Items(types), name)
    elif value is not None and which == "equals":
        check_value(data, "runtime_api", fields, "equals", shape_of(metadata, known[api][short].answer), name)
    else:
        mutated = {**fields, "function": mutate_name(data, str(fields["function"]), known)}
        assert told("runtime_api", mutated, name) == [(("function",), False)]


@pytest.mark.parametrize("name", NAMES)
@EXAMPLES
@given(data=st.data())
def test_submit(name: str, data: st.DataObject) -> None:
    metadata = metadata_of(name)
    known = {
        one: {call.name: call for call in registry.variants(metadata.types, pallet.calls)}
        for one, pallet in metadata.pallets.items()
        if pallet.calls is not None
    }
    pallet = data.draw(st.sampled_from([one for one, calls in known.items() if calls]))
    call = known[pallet][data.draw(st.sampled_from(sorted(known[pallet])))]
    shape = StructShape({field.name or str(at): field.type_id for at, field in enumerate(call.fields)})
    args = {key: data.draw(values(metadata, type_id)) for key, type_id in shape.fields.items()}
    fields = {"call": f"{pallet}.{call.name}", "args": args}
    assert told("submit", fields, name) == []
    if args and data.draw(st.booleans()):
        check_value(data, "submit", fields, "args", shape, name)
    else:
        mutated = {**fields, "call": mutate_name(data, str(fields["call"]), known)}
        assert told("submit", mutated, name) == [(("call",), False)]


@EXAMPLES
@given(data=st.data())
def test_balance(data: st.DataObject) -> None:
    name = "asset-hub-westend"
    metadata = metadata_of(name)
    item = metadata.pallets["ForeignAssets"].storage["Account"]
    parts = metadata.types[item.key or 0]
    assert isinstance(parts, registry.TupleOf)
    asset = {"ForeignAssets": data.draw(values(metadata, parts.items[0]))}
    fields = {"account": "alice", "asset": asset, "equals": 5}
    assert told("balance", fields, name) == []
    match data.draw(st.sampled_from(("account", "pallet", "asset", "equals"))):
        case "account":
            account = data.draw(mistyped("alice", frozenset({"alice", "bob"})))
            assert told("balance", {**fields, "account": account}, name) == [(("account",), False)]
        case "pallet":
            pallet = data.draw(mistyped("ForeignAssets", frozenset(metadata.pallets)))
            wrong = {**fields, "asset": {pallet: asset["ForeignAssets"]}}
            assert told("balance", wrong, name) == [(("asset", pallet), True)]
        case "asset":
            check_value(data, "balance", fields, "asset", StructShape({"ForeignAssets": parts.items[0]}), name)
        case "equals":
            assert told("balance", {**fields, "equals": 1 << 128}, name) == [(("equals",), False)]


def test_a_kind_that_is_mistyped_is_refused() -> None:
    with pytest.raises(InputError):
        KINDS["storage"](item="System", equals=1)
