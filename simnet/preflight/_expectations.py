"""What is wrong with checks of a chain's contents by the runtimes that it has or gets: names, keys, types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simnet.chain.calls import EncodeError
from simnet.chain.decoded_shapes import Items, Leaf, Shape, Struct, Variants, event_fields, event_names, shape_of
from simnet.chain.metadata import Metadata
from simnet.checks import Balance, Check, Conserved, EventPattern, Events, RuntimeApi, Storage
from simnet.checks.conserved import NATIVE
from simnet.checks.patterns import Meanings
from simnet.fields import KeyPath
from simnet.network.topology import Topology, nearest
from simnet.preflight._asked import AskedOf
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
    for chain, what in check.on.items():
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
    yield from (found.below("where") for found in patterns.wrong(one.where, fields))


def _in_value(check: Storage | RuntimeApi, patterns: Patterns, keys: Mapping[str, KeyPath]) -> Iterator[Wrong]:
    ask = check.ask()
    try:
        shape: Shape | None = patterns.asked.shape(ask.what, ask.name)
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
    for key in ("equals", "never"):
        yield from (one.below(key) for one in patterns.wrong(getattr(check, key), shape))
    yield from _in_bounds(check, patterns, shape)


def _in_bounds(check: Storage | RuntimeApi | Balance, patterns: Patterns, shape: Shape | None) -> Iterator[Wrong]:
    for key in ("at_least", "at_most"):
        if getattr(check, key) is not None:
            yield from (one.below(key) for one in patterns.bound(getattr(check, key), shape))
    change = check.changes_by
    for way, wanted in (
        [(("changes_by", key), one) for key, one in change.items()]
        if isinstance(change, Mapping)
        else [(("changes_by",), change)]
    ):
        if wanted is not None:
            size = wanted.removeprefix("-") if isinstance(wanted, str) else abs(wanted)
            yield from (Wrong((*way, *one.way), one.message) for one in patterns.bound(size, shape))


def _in_balance(check: Balance, patterns: Patterns) -> Iterator[Wrong]:
    """An account is the last key of what is read, an asset's id the first."""
    ask = check.ask()
    asset: KeyPath = ("asset",) if check.asset is None else ("asset", ask.name.partition(".")[0])
    try:
        shape: Shape | None = patterns.asked.shape(ask.what, ask.name)
        patterns.asked.check(ask.what, ask.name, ask.arguments)
        for part in check.parts():
            amount = _part(patterns.metadata, shape, part)
    except EncodeError as error:
        of_account = error.path[:1] == (f"[{len(ask.arguments) - 1}]",)
        yield Wrong(("account",) if of_account else asset, error.reason, error.path[:1] == ("name",))
        return
    if check.equals is not None:
        yield from (one.below("equals") for one in patterns.bound(check.equals, amount))
    yield from _in_bounds(check, patterns, amount)


def _part(metadata: Metadata, shape: Shape | None, path: str) -> Shape | None:
    """The shape of a part of a value; EncodeError for one that it has not."""
    for step in path.split("."):
        match shape:
            case Struct(fields) if step in fields:
                shape = shape_of(metadata, fields[step])
            case Variants(bodies) if step in bodies:
                shape = bodies[step]
            case Items(each=int(each)) if step.isdigit():
                shape = shape_of(metadata, each)
            case Items(types) if step.isdigit() and int(step) < len(types):
                shape = shape_of(metadata, types[int(step)])
            case Struct(known) | Variants(known):
                raise EncodeError(f"there is no part {step!r}{nearest(step, known) or f'; there are {_names(known)}'}")
            case Leaf() | None | Items():
                raise EncodeError(f"the value has no part {step!r}")
    return shape


def _names(known: Mapping[str, Any]) -> str:
    return ", ".join(list(known)[:8]) or "none"


def _at(error: EncodeError, keys: Mapping[str, KeyPath]) -> Wrong:
    """At the key of the check to which an error's path leads."""
    if error.path[:1] == ("name",):
        return Wrong(keys["name"], error.reason)
    if error.path[:1] == ("args",):
        return Wrong(keys.get("args", ()), error.reason)
    steps = (part for step in error.path for part in step.split("."))
    way = tuple(int(step[1:-1]) if step[:1] == "[" else step for step in steps)
    extra = () if error.key is None else (error.key,)
    return Wrong((*keys.get("args", ()), *way, *extra), error.reason, error.key is not None)
