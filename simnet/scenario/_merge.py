"""Lays one network over another: mappings merge deeply, nodes merge by name and parachains by id, the rest replaces."""

from __future__ import annotations

from collections.abc import Mapping

from simnet.scenario._network_contradictions import implied_names
from simnet.scenario._positions import Entry, MappingNode, Position, ScalarNode, SequenceNode, Tree

IDENTITIES: Mapping[tuple[str, ...], str] = {
    ("relay", "validators"): "name",
    ("relay", "nodes"): "name",
    ("parachains",): "id",
    ("parachains", "*", "collators"): "name",
}
"""Lists whose items have an identity, by their place in a network (``*``: any item), and the key that holds it."""

MOST_IMPLIED = 2000
"""A count above this is not written out as nodes."""


def merged(base: Tree, over: Tree, at: tuple[str, ...] = ()) -> Tree:
    """``base`` with ``over`` laid over it; ``at`` is their place in the network."""
    if isinstance(base, MappingNode) and isinstance(over, MappingNode):
        return _merged_keys(base, over, at)
    if isinstance(base, SequenceNode) and isinstance(over, SequenceNode) and at in IDENTITIES:
        return _merged_items(base, over, at)
    return over


def _merged_keys(base: MappingNode, over: MappingNode, at: tuple[str, ...]) -> MappingNode:
    entries = dict(base.entries)
    for key, entry in over.entries.items():
        below = spelled_out(base, key, at) if isinstance(entry.value, SequenceNode) else base.value(key)
        value = entry.value if below is None else merged(below, entry.value, (*at, key))
        entries[key] = Entry(entry.key_position, value)
    return MappingNode(entries, base.position)


def _merged_items(base: SequenceNode, over: SequenceNode, at: tuple[str, ...]) -> SequenceNode:
    out = list(base.items)
    known = [identity(item, at) for item in out]
    for item in over.items:
        name = identity(item, at)
        if name is not None and name in known:
            index = known.index(name)
            out[index] = merged(out[index], item, (*at, "*"))
        else:
            out.append(item)
    return SequenceNode(tuple(out), over.position)


def identity(item: Tree, at: tuple[str, ...]) -> str | None:
    """The name or id of an item of the list at that place."""
    value = item.value(IDENTITIES[at]) if isinstance(item, MappingNode) else None
    return str(value.value) if isinstance(value, ScalarNode) else None


def spelled_out(chain: MappingNode, key: str, at: tuple[str, ...]) -> Tree | None:
    """``validators: 4`` or ``collators: 2`` of the chain at that place as nodes; other values as they are."""
    value, number = chain.value(key), chain.value("id")
    if (*at, key) not in IDENTITIES or not isinstance(value, ScalarNode) or type(value.value) is not int:
        return value
    if not 0 < value.value <= MOST_IMPLIED:
        return value
    if key == "validators":
        return _nodes(implied_names(value.value), value.position)
    if not isinstance(number, ScalarNode) or type(number.value) is not int:
        return value
    try:
        return _nodes(implied_names(value.value, number.value), value.position)
    except ValueError:  # an id that is none: validation says so
        return value


def _nodes(names: list[str], position: Position) -> SequenceNode:
    return SequenceNode(
        tuple(MappingNode({"name": Entry(position, ScalarNode(name, position))}, position) for name in names), position
    )
