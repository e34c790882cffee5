"""What is wrong with checks of a chain's contents by the runtimes that it has or gets: names, keys, types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from simnet.chain.calls import EncodeError
from simnet.chain.decoded_shapes import (
    Items,
    StructShape,
    ValueShape,
    Variants,
    body_of,
    event_fields,
    event_names,
    shape_of,
)
from simnet.chain.metadata import Metadata
from simnet.checks import Balance, Check, Conserved, EventPattern, Events, RuntimeApi, Storage
from simnet.checks.conserved import NATIVE
from simnet.checks.patterns import Meanings
from simnet.errors import InputError
from simnet.fields import KeyPath
from simnet.network.topology import Topology, nearest
from simnet.preflight._asked import AskedOf
from simnet.preflight._chains import name_of
from simnet.preflight._facts import Facts
from simnet.preflight._in_force import InForce
from simnet.preflight._patterns import Patterns, Wrong
from simnet.runtime.tokens import tokens_of, writing_of
from simnet.scenario.mistakes import Mistake

_Checked = Events | Storage | RuntimeApi | Balance


def in_expectations(checks: Sequence[Check], topology: Topology, facts: Facts, in_force: InForce) -> list[Mistake]:
    """Each at its key. What the runtime at genesis lacks and one has that steps bring in is right; nothing is said of
    a chain whose later runtime is not known."""
    out: list[Mistake] = []
    for index, check in enumerate(checks):
        if isinstance(check, Conserved):
            out += [_mistake(index, check, one) for one in _in_conserved(check, topology, facts, in_force)]
        if isinstance(check, _Checked) and check.chain in facts.chains:
            first = list(_wrong(check, facts.chains[check.chain].metadata, topology))
            others = in_force.later(check.chain) if first else []
            if first and others is not None and all(list(_wrong(check, one, topology)) for one in others):
                out += [_mistake(index, check, one) for one in first]
    return out


def _mistake(index: int, check: Check, wrong: Wrong) -> Mistake:
    return Mistake(("expect", index, check.kind, *wrong.way), wrong.message, wrong.of_key)


def _in_conserved(check: Conserved, topology: Topology, facts: Facts, in_force: InForce) -> Iterator[Wrong]:
    """Chains that the network has not, and assets that a chain's pallet does not keep."""
    known = [chain.id for chain in (topology.relay, *topology.parachains)]
    home = check.home()
    if home is not None and home not in known:
        yield Wrong(("asset",), f"no chain {home!r}{nearest(home, known)}")
        return
    for chain, what in check.on.items():
        if what == NATIVE and chain in known and (home is None or not _same_token(topology, home, chain)):
            own = next(iter(tokens_of(topology.chain(chain))))
            yield Wrong(("on", chain), f"the asset is not the token of {name_of(chain)}, whose own is {own}")
        if chain not in known:
            yield Wrong(("on", chain), f"no chain {chain!r}{nearest(chain, known)}", of_key=True)
        elif chain in facts.chains and not in_force.changed(chain):
            asked = AskedOf(facts.chains[chain].metadata, writing_of(topology, chain))
            ask = check.issuance(chain)
            try:
                asked.check(ask.what, ask.name, ask.arguments)
            except EncodeError as error:
                pallet = () if what == NATIVE else tuple(what)
                yield Wrong(("on", chain, *pallet), str(error.reason), error.path[:1] == ("name",) and bool(pallet))


def _same_token(topology: Topology, one: str, other: str) -> bool:
    """Whether two chains call their own token alike and count it in the same unit."""
    first, second = (next(iter(tokens_of(topology.chain(chain)).items())) for chain in (one, other))
    return first == second


def looks_at(check: Check) -> bool:
    """Whether a check is of a chain's contents, by names of its runtime."""
    return isinstance(check, _Checked | Conserved)


def _wrong(check: _Checked, metadata: Metadata, topology: Topology) -> Iterator[Wrong]:
    asked = AskedOf(metadata, writing_of(topology, check.chain))
    patterns = Patterns(metadata, asked, Meanings(topology, check.chain, tokens_of(topology.chain(check.chain))))
    match check:
        case Events():
            yield from _in_events(check, patterns)
        case Storage():
            yield from _in_value(check, patterns, {"name": ("item",), "args": ("keys",)})
        case RuntimeApi():
            yield from _in_value(check, patterns, {"name": ("function",), "args": ("args",)})
        case Balance():
            yield from _in_balance(check, patterns)


def _in_events(check: Events, patterns: Patterns) -> Iterator[Wrong]:
    if check.event is not None:
        yield from _in_event(check.patterns()[0], patterns)
    for at, one in enumerate(check.in_order):
        yield from (found.below(at).below("in_order") for found in _in_event(one, patterns))


def _in_event(one: EventPattern, patterns: Patterns) -> Iterator[Wrong]:
    pallet, _, name = one.event.partition(".")
    metadata = patterns.metadata
    if pallet not in metadata.pallets:
        yield Wrong(("event",), f"the runtime has no pallet {pallet!r}{nearest(pallet, metadata.pallets)}")
        return
    fields = event_fields(metadata, pallet, name)
    if fields is None:
        known = nearest(name, event_names(metadata, pallet))
        yield Wrong(("event",), f"the pallet {pallet} has no event {name!r}{known}")
        return
    if one.where:
        yield from (found.below("where") for found in patterns.wrong(one.where, fields))


def _in_value(check: Storage | RuntimeApi, patterns: Patterns, keys: Mapping[str, KeyPath]) -> Iterator[Wrong]:
    ask = check.ask()
    try:
        shape = patterns.asked.shape(ask.what, ask.name)
        patterns.asked.check(ask.what, ask.name, check.keys if isinstance(check, Storage) else check.args)
    except EncodeError as error:
        yield _at(error, keys)
        return
    if check.field is not None:
        try:
            shape = _part(patterns.metadata, shape, check.field)
        except EncodeError as error:
            yield Wrong(("field",), str(error))
            return
    if check.absent and not shape.optional:
        yield Wrong(("absent",), f"{ask.name} always has a value: where nothing is stored, its default")
    for key in ("equals", "never"):
        if getattr(check, key) is not None:
            yield from (one.below(key) for one in patterns.wrong(getattr(check, key), shape))
    yield from _in_bounds(check, patterns, shape)


def _in_bounds(check: Storage | RuntimeApi | Balance, patterns: Patterns, shape: ValueShape | None) -> Iterator[Wrong]:
    for key in _BOUNDS:
        if getattr(check, key) is not None:
            yield from (one.below(key) for one in patterns.bound(getattr(check, key), shape))
    yield from _in_order(check.at_least, check.at_most, patterns)
    change = check.changes_by
    if isinstance(change, Mapping):
        for key, wanted in change.items():
            yield from (one.below(key).below("changes_by") for one in patterns.bound(_size(wanted), shape))
        least, most = (change.get(key) for key in _BOUNDS)
        yield from (one.below("changes_by") for one in _in_order(least, most, patterns))
    elif change is not None:
        yield from (one.below("changes_by") for one in patterns.bound(_size(change), shape))


_BOUNDS = ("at_least", "at_most")


def _size(change: int | str) -> int | str:
    """Without the sign, since a number that is never below zero may fall."""
    return change.strip().removeprefix("-") if isinstance(change, str) else abs(change)


def _in_order(least: int | str | None, most: int | str | None, patterns: Patterns) -> Iterator[Wrong]:
    with suppress(InputError):  # of what is no amount, which is told
        if least is not None and most is not None and patterns.meanings.amount(least) > patterns.meanings.amount(most):
            yield Wrong(("at_most",), f"{most} is less than {least}, so that nothing holds")


def _in_balance(check: Balance, patterns: Patterns) -> Iterator[Wrong]:
    """An account is the last key of what is read, an asset's id the first."""
    ask = check.ask()
    asset: KeyPath = ("asset",) if check.asset is None else ("asset", ask.name.partition(".")[0])
    try:
        shape = patterns.asked.shape(ask.what, ask.name)
        patterns.asked.check(ask.what, ask.name, ask.arguments)
    except EncodeError as error:
        if error.path[:1] == (f"[{len(ask.arguments) - 1}]",):
            yield Wrong(("account",), error.reason)
        else:
            yield _at(error, {"name": asset, "args": asset}, of_name=True)
        return
    for part in check.parts():
        try:
            amount = _part(patterns.metadata, shape, part)
        except EncodeError as error:
            yield Wrong(("part",) if check.asset is None else asset, f"{ask.name}: {error}")
            return
    if check.equals is not None:
        yield from (one.below("equals") for one in patterns.bound(check.equals, amount))
    yield from _in_bounds(check, patterns, amount)


def _part(metadata: Metadata, whole: ValueShape, path: str) -> ValueShape:
    """The shape of a part of a value; EncodeError for one that it has not."""
    shape, optional = whole, whole.optional
    for step in path.split("."):
        match shape:
            case StructShape(fields) if step in fields:
                shape = shape_of(metadata, fields[step])
            case Variants(bodies) if step in bodies:
                body = body_of(metadata, bodies[step])
                if body is None:
                    raise EncodeError(f"the variant {step} holds nothing, so that it is no part; write equals: {step}")
                shape = body
            case Items(each=int(each)) if step.isdecimal():
                shape = shape_of(metadata, each)
            case Items(types) if step.isdecimal() and int(step) < len(types):
                shape = shape_of(metadata, types[int(step)])
            case StructShape(known) | Variants(known):
                raise EncodeError(f"there is no part {step!r}{nearest(step, known) or f'; there are {_names(known)}'}")
            case _:
                raise EncodeError(f"the value has no part {step!r}")
        optional = optional or shape.optional
    return replace(shape, optional=optional)


def _names(known: Mapping[str, Any]) -> str:
    return ", ".join(list(known)[:8]) or "none"


def _at(error: EncodeError, keys: Mapping[str, KeyPath], *, of_name: bool = False) -> Wrong:
    """At the key of the check to which an error's path leads. ``of_name``: names are keys, not values."""
    if error.path[:1] == ("name",):
        return Wrong(keys["name"], error.reason, of_name)
    if error.path[:1] == ("args",):
        return Wrong(keys["args"], error.reason)
    steps = [part for step in error.path for part in step.split(".")]
    way = [int(step[1:-1]) if step[:1] == "[" else step for step in (steps[1:] if of_name else steps)]
    extra = () if error.key is None else (error.key,)
    return Wrong((*keys["args"], *way, *extra), error.reason, error.key is not None)
