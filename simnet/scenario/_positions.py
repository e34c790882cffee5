"""A file that was read, as a tree whose every key and value knows where it stands.

Trees are values: merging and overriding make new ones, so a place always names the file that the text came from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simnet.errors import Problem

Scalar = str | int | float | bool | None
Where = tuple[str | int, ...]
"""The way from a tree's root to a part of it: keys of mappings and positions in lists."""


@dataclass(frozen=True)
class Place:
    """A point in a file. ``line`` and ``column`` count from 1."""

    file: Path
    line: int
    column: int

    def problem(self, message: str, hint: str | None = None) -> Problem:
        return Problem(file=self.file, line=self.line, column=self.column, message=message, hint=hint)


@dataclass(frozen=True)
class Leaf:
    """Text, a number, true, false or nothing."""

    value: Scalar
    place: Place


@dataclass(frozen=True)
class Items:
    """A list."""

    items: tuple[Tree, ...]
    place: Place


@dataclass(frozen=True)
class Entry:
    """One key of a mapping: where the key stands, and its value."""

    key_place: Place
    value: Tree


@dataclass(frozen=True)
class Keys:
    """A mapping; all its keys are text and each stands once."""

    entries: Mapping[str, Entry]
    place: Place

    def value(self, key: str) -> Tree | None:
        entry = self.entries.get(key)
        return None if entry is None else entry.value

    def with_value(self, key: str, value: Tree, key_place: Place) -> Keys:
        """The mapping with that key set; a key that stands here already keeps its own place."""
        known = self.entries.get(key)
        entry = Entry(known.key_place if known else key_place, value)
        return Keys({**self.entries, key: entry}, self.place)

    def without(self, key: str) -> Keys:
        return Keys({name: entry for name, entry in self.entries.items() if name != key}, self.place)


Tree = Leaf | Items | Keys


@dataclass(frozen=True)
class Spot:
    """Where a way through a tree led: the part reached, the place of its key (None in a list), and the way to it."""

    tree: Tree
    key_place: Place | None
    where: Where

    @property
    def place(self) -> Place:
        """What to point at: the key of a mapping, else the value itself."""
        if isinstance(self.tree, Keys) and self.key_place is not None:
            return self.key_place
        return self.tree.place


def locate(tree: Tree, where: Where) -> Spot:
    """The part that ``where`` leads to, or the last one on the way that exists.

    Pieces that name neither a key nor a position are passed over: a validator also reports which alternative it tried.
    """
    spot = Spot(tree, None, ())
    for piece in where:
        here = spot.tree
        if isinstance(here, Keys) and isinstance(piece, str) and piece in here.entries:
            entry = here.entries[piece]
            spot = Spot(entry.value, entry.key_place, (*spot.where, piece))
        elif isinstance(here, Items) and isinstance(piece, int) and 0 <= piece < len(here.items):
            spot = Spot(here.items[piece], None, (*spot.where, piece))
    return spot


def parts(tree: Tree, where: Where = ()) -> Iterator[tuple[Where, Tree]]:
    """The tree and everything in it, each with the way to it, in file order."""
    yield where, tree
    if isinstance(tree, Items):
        for index, item in enumerate(tree.items):
            yield from parts(item, (*where, index))
    elif isinstance(tree, Keys):
        for key, entry in tree.entries.items():
            yield from parts(entry.value, (*where, key))


def with_paths(tree: Tree) -> Tree:
    """The tree in which ``spec`` and a ``runtime`` that is a file are whole paths, from the file they stand in."""
    if isinstance(tree, Items):
        return Items(tuple(with_paths(item) for item in tree.items), tree.place)
    if isinstance(tree, Leaf):
        return tree
    entries = {}
    for key, entry in tree.entries.items():
        value = entry.value
        text = value.value if isinstance(value, Leaf) else None
        if isinstance(value, Leaf) and isinstance(text, str) and (key == "spec" or text.endswith(".wasm")):
            value = Leaf(str((value.place.file.parent / text).resolve()), value.place)
        entries[key] = Entry(entry.key_place, with_paths(value))
    return Keys(entries, tree.place)


def plain(tree: Tree) -> Any:
    """The same as dicts, lists and scalars."""
    if isinstance(tree, Leaf):
        return tree.value
    if isinstance(tree, Items):
        return [plain(item) for item in tree.items]
    return {key: plain(entry.value) for key, entry in tree.entries.items()}
