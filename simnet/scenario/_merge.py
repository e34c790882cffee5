"""Lays one network over another: mappings merge deeply, nodes merge by name and parachains by id, the rest replaces."""

from __future__ import annotations

from collections.abc import Mapping

from simnet.scenario._network_contradictions import implied_names
from simnet.scenario._positions import Entry, Items, Keys, Leaf, Place, Tree

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
    if isinstance(base, Keys) and isinstance(over, Keys):
        return _merged_keys(base, over, at)
    if isinstance(base, Items) and isinstance(over, Items) and at in IDENTITIES:
        return _merged_items(base, over, at)
    return over


def _merged_keys(base: Keys, over: Keys, at: tuple[str, ...]) -> Keys:
    entries = dict(base.entries)
    for key, entry in over.entries.items():
        below = spelled_out(base, key, at) if isinstance(entry.value, Items) else base.value(key)
        value = entry.value if below is None else merged(below, entry.value, (*at, key))
        entries[key] = Entry(entry.key_place, value)
    return Keys(entries, base.place)


def _merged_items(base: Items, over: Items, at: tuple[str, ...]) -> Items:
    out = list(base.items)
    known = [identity(item, at) for item in out]
    for item in over.items:
        name = identity(item, at)
        if name is not None and name in known:
            index = known.index(name)
            out[index] = merged(out[index], item, (*at, "*"))
        else:
            out.append(item)
    return Items(tuple(out), over.place)


def identity(item: Tree, at: tuple[str, ...]) -> str | None:
    """The name or id of an item of the list at that place."""
    value = item.value(IDENTITIES[at]) if isinstance(item, Keys) else None
    return str(value.value) if isinstance(value, Leaf) else None


def spelled_out(chain: Keys, key: str, at: tuple[str, ...]) -> Tree | None:
    """``validators: 4`` or ``collators: 2`` of the chain at that place as nodes; other values as they are."""
    value, number = chain.value(key), chain.value("id")
    if (*at, key) not in IDENTITIES or not isinstance(value, Leaf) or type(value.value) is not int:
        return value
    if not 0 < value.value <= MOST_IMPLIED:
        return value
    if key == "validators":
        return _nodes(implied_names(value.value), value.place)
    if not isinstance(number, Leaf) or type(number.value) is not int:
        return value
    try:
        return _nodes(implied_names(value.value, number.value), value.place)
    except ValueError:  # an id that is none: validation says so
        return value


def _nodes(names: list[str], place: Place) -> Items:
    return Items(tuple(Keys({"name": Entry(place, Leaf(name, place))}, place) for name in names), place)
