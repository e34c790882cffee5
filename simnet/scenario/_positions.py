"""A file that was read, as a tree whose every key and value knows where it stands.

Trees are values: merging and overriding make new ones, so a position always names the file that the text came from.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simnet.errors import Problem
from simnet.fields import KeyPath

Scalar = str | int | float | bool | None


@dataclass(frozen=True)
class Position:
    """A point in a file. ``line`` and ``column`` count from 1."""

    file: Path
    line: int
    column: int

    def problem(self, message: str, hint: str | None = None) -> Problem:
        return Problem(file=self.file, line=self.line, column=self.column, message=message, hint=hint)


@dataclass(frozen=True)
class ScalarNode:
    """Text, a number, true, false or nothing."""

    value: Scalar
    position: Position


@dataclass(frozen=True)
class SequenceNode:
    """A list."""

    items: tuple[Tree, ...]
    position: Position


@dataclass(frozen=True)
class Entry:
    """One key of a mapping: where the key stands, and its value."""

    key_position: Position
    value: Tree


@dataclass(frozen=True)
class MappingNode:
    """A mapping; all its keys are text and each stands once."""

    entries: Mapping[str, Entry]
    position: Position

    def value(self, key: str) -> Tree | None:
        entry = self.entries.get(key)
        return None if entry is None else entry.value

    def with_value(self, key: str, value: Tree, key_position: Position) -> MappingNode:
        """The mapping with that key set; a key that stands here already keeps its own position."""
        known = self.entries.get(key)
        entry = Entry(known.key_position if known else key_position, value)
        return MappingNode({**self.entries, key: entry}, self.position)

    def without(self, key: str) -> MappingNode:
        return MappingNode({name: entry for name, entry in self.entries.items() if name != key}, self.position)


Tree = ScalarNode | SequenceNode | MappingNode


class Misplaced(Exception):  # noqa: N818 - it carries a problem, it is none
    """Ends the reading of a value; ``problem`` says at its place why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True)
class Spot:
    """Where a way through a tree led: the part reached, the position of its key (None in a list), and the way to it."""

    tree: Tree
    key_position: Position | None
    where: KeyPath

    @property
    def position(self) -> Position:
        """What to point at: the key of a mapping, else the value itself."""
        if isinstance(self.tree, MappingNode) and self.key_position is not None:
            return self.key_position
        return self.tree.position


def locate(tree: Tree, where: KeyPath) -> Spot:
    """The part that ``where`` leads to, or the last one on the way that exists.

    Pieces that name neither a key nor a position are passed over: a validator also reports which alternative it tried.
    """
    spot = Spot(tree, None, ())
    for piece in where:
        here = spot.tree
        if isinstance(here, MappingNode) and isinstance(piece, str) and piece in here.entries:
            entry = here.entries[piece]
            spot = Spot(entry.value, entry.key_position, (*spot.where, piece))
        elif isinstance(here, SequenceNode) and isinstance(piece, int) and 0 <= piece < len(here.items):
            spot = Spot(here.items[piece], None, (*spot.where, piece))
    return spot


def parts(tree: Tree, where: KeyPath = ()) -> Iterator[tuple[KeyPath, Tree]]:
    """The tree and everything in it, each with the way to it, in file order."""
    yield where, tree
    if isinstance(tree, SequenceNode):
        for index, item in enumerate(tree.items):
            yield from parts(item, (*where, index))
    elif isinstance(tree, MappingNode):
        for key, entry in tree.entries.items():
            yield from parts(entry.value, (*where, key))


_CODES = ("runtime", "runtime_override")
"""Keys of code, some of which is a file and some a bundled runtime's name."""


_VALUES = ("args", "set_storage", "xcm", "transfer")
"""Keys of what is encoded for a chain, in which ``@`` and a path stand for the bytes of a file."""


def with_paths(tree: Tree, *, values: bool = False) -> Tree:
    """The tree in which ``spec``, code that is a file and ``@`` files are whole paths, from the file they stand in.
    ``values``: it is encoded for a chain."""
    if isinstance(tree, SequenceNode):
        return SequenceNode(tuple(with_paths(item, values=values) for item in tree.items), tree.position)
    if isinstance(tree, ScalarNode):
        text = tree.value
        is_file = values and isinstance(text, str) and text.startswith("@")
        return ScalarNode(f"@{_whole(str(text)[1:], tree.position)}", tree.position) if is_file else tree
    entries = {}
    for key, entry in tree.entries.items():
        value = entry.value
        text = value.value if isinstance(value, ScalarNode) else None
        of_file = isinstance(text, str) and (key == "spec" or (key in _CODES and text.endswith(".wasm")))
        if isinstance(value, ScalarNode) and of_file:
            value = ScalarNode(_whole(str(text), value.position), value.position)
        entries[key] = Entry(entry.key_position, with_paths(value, values=values or key in _VALUES))
    return MappingNode(entries, tree.position)


def _whole(path: str, position: Position) -> str:
    return os.path.normpath((position.file.parent / path).absolute())


def plain(tree: Tree) -> Any:
    """The same as dicts, lists and scalars."""
    if isinstance(tree, ScalarNode):
        return tree.value
    if isinstance(tree, SequenceNode):
        return [plain(item) for item in tree.items]
    return {key: plain(entry.value) for key, entry in tree.entries.items()}
