"""``--set key=value``: one value of a file replaced from the command line.

``key`` is the way to the value: keys, positions in lists (from 0), or the name or id of a node or parachain. The value
is YAML. Places within overrides are those of the pseudo-file ``--set``, which has one override on each line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simnet.errors import Problem, ScenarioError
from simnet.fields import KeyPath
from simnet.scenario._file_schema import FileSchema, found, meant
from simnet.scenario._merge import IDENTITIES, identity, spelled_out
from simnet.scenario._positions import MappingNode, Misplaced, Position, ScalarNode, SequenceNode, Tree
from simnet.scenario._yaml import read_yaml
from simnet.scenario.network_spec import ParachainSpec, RelaySpec

PSEUDO_FILE = Path("--set")
_IMPLIED = {
    "validators": RelaySpec.model_fields["validators"].default,
    "collators": ParachainSpec.model_fields["collators"].default,
}
"""The counts that hold where a file gives none."""


@dataclass(frozen=True)
class Override:
    """One ``key=value``; ``number`` counts from 1."""

    number: int
    keys: tuple[str, ...]
    value: Tree

    def position(self, index: int) -> Position:
        """Where the key of that index stands."""
        return Position(PSEUDO_FILE, self.number, sum(len(key) + 1 for key in self.keys[:index]) + 1)


def read_overrides(texts: Sequence[str], problems: list[Problem]) -> list[Override]:
    """The overrides that can be read; what is wrong with the others is added to ``problems``."""
    out = []
    for number, text in enumerate(texts, start=1):
        key, equals, value = text.partition("=")
        position = Position(PSEUDO_FILE, number, 1)
        if not equals or not key.strip():
            problems.append(position.problem("this is no override", "write key=value, for example seed=7"))
            continue
        # The padding puts the value where it stands in the override, so that its places come out right.
        padded = "\n" * (number - 1) + " " * (len(key) + 1) + value
        try:
            tree = read_yaml(padded, PSEUDO_FILE, problems) or ScalarNode(None, replace(position, column=len(key) + 2))
        except ScenarioError as error:
            problems[:] = error.problems
            continue
        out.append(Override(number, tuple(key.strip().split(".")), tree))
    return out


def name_overrides(problems: Iterable[Problem], texts: Sequence[str]) -> list[Problem]:
    """The problems, those of the pseudo-file with the override's text."""
    return [
        replace(problem, message=f"in {texts[problem.line - 1]!r}: {problem.message}")
        if problem.file == PSEUDO_FILE and 0 < problem.line <= len(texts)
        else problem
        for problem in problems
    ]


@dataclass(frozen=True)
class Overriding:
    """Applies overrides to files of one shape; ``network`` is where the network stands in them."""

    shape: FileSchema
    network: KeyPath
    problems: list[Problem]

    def apply(self, tree: Tree, override: Override) -> Tree:
        """The tree with one value replaced; unchanged, with a problem more, when the way to it leads nowhere."""
        try:
            return self._set(tree, (), override)
        except Misplaced as lost:
            self.problems.append(lost.problem)
            return tree

    def _set(self, tree: Tree | None, where: KeyPath, override: Override) -> Tree:
        if len(where) == len(override.keys):
            return override.value
        if tree is None or (isinstance(tree, ScalarNode) and tree.value is None):
            tree = self._absent(where, override)
        if isinstance(tree, ScalarNode):
            raise self._lost(override, where, f"{_dotted(where)} is {found(tree)}, which has no parts")
        if isinstance(tree, SequenceNode):
            index = self._index(tree, where, override)
            item = self._set(tree.items[index], (*where, index), override)
            return SequenceNode((*tree.items[:index], item, *tree.items[index + 1 :]), tree.position)
        return self._set_key(tree, where, override)

    def _set_key(self, tree: MappingNode, where: KeyPath, override: Override) -> MappingNode:
        key = override.keys[len(where)]
        allowed = self.shape.keys(where)
        if allowed is not None and key not in allowed:
            raise self._lost(override, where, f"unknown key {key!r} in {_dotted(where)}", meant(key, allowed))
        inner = tree.value(key)
        if len(where) + 1 < len(override.keys):
            inner = self._spelled_out(tree, where, key)
        value = self._set(inner, (*where, key), override)
        return tree.with_value(key, value, override.position(len(where)))

    def _spelled_out(self, chain: MappingNode, where: KeyPath, key: str) -> Tree | None:
        at = self._place_in_network(where)
        if at is None:
            return chain.value(key)
        if chain.value(key) is None and (*at, key) in IDENTITIES and key in _IMPLIED:
            chain = chain.with_value(key, ScalarNode(_IMPLIED[key], chain.position), chain.position)
        return spelled_out(chain, key, at)

    def _absent(self, where: KeyPath, override: Override) -> MappingNode:
        if self.shape.admits(where, "object"):
            return MappingNode({}, override.position(len(where) - 1))
        raise self._lost(override, where, f"the file has no {_dotted(where)}, so no part of it can be set")

    def _index(self, tree: SequenceNode, where: KeyPath, override: Override) -> int:
        key = override.keys[len(where)]
        at = self._place_in_network(where)
        names = [identity(item, at) or "" for item in tree.items] if at in IDENTITIES and at is not None else []
        if key in names:
            return names.index(key)
        if key.isascii() and key.isdigit() and len(key) < 9 and int(key) < len(tree.items):
            return int(key)
        message = f"{_dotted(where)} has no item {key!r}"
        hint = meant(key, names) if names else f"it has {len(tree.items)} items, counted from 0"
        raise self._lost(override, where, message, hint)

    def _place_in_network(self, where: KeyPath) -> tuple[str, ...] | None:
        length = len(self.network)
        if where[:length] != self.network:
            return None
        return tuple("*" if isinstance(piece, int) else piece for piece in where[length:])

    def _lost(self, override: Override, where: KeyPath, message: str, hint: str | None = None) -> Misplaced:
        return Misplaced(override.position(len(where)).problem(message, hint))


def _dotted(where: KeyPath) -> str:
    return ".".join(map(str, where)) or "the file"
