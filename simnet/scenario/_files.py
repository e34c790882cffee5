"""Opens scenario and network files, follows ``use`` from one to the next, and gathers what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from simnet.errors import InputError, Problem, ScenarioError
from simnet.regular_files import TEXT, read_regular
from simnet.scenario._file_schema import found, meant
from simnet.scenario._merge import merged
from simnet.scenario._overrides import PSEUDO_FILE
from simnet.scenario._positions import MappingNode, Position, ScalarNode, Tree
from simnet.scenario._yaml import read_yaml


class Files:
    """The files of one scenario. ``problems`` gathers mistakes; :meth:`check` raises them in the files' order."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._opened: list[Path] = []

    def root(self, path: Path) -> MappingNode:
        """The file as a mapping; raises :class:`InputError` when it cannot be opened, else :class:`ScenarioError`."""
        try:
            text = self._text(path)
        except _Unreadable as error:
            raise InputError(f"{error} ({error.hint})" if error.hint else str(error)) from None
        tree = self._mapping(text, path)
        if tree is None:
            raise ScenarioError(self.problems)
        return tree

    def network(self, tree: Tree, trail: tuple[Path, ...] = ()) -> Tree:
        """A network with every file that it uses laid under it. ``trail``: the files that led here."""
        if isinstance(tree, ScalarNode) and isinstance(tree.value, str):
            return self._used(tree, trail)
        used = tree.value("use") if isinstance(tree, MappingNode) else None
        if not isinstance(tree, MappingNode) or used is None:
            return tree
        over = tree.without("use")
        if isinstance(used, ScalarNode) and isinstance(used.value, str):
            return merged(self._used(used, trail), over)
        self.problems.append(used.position.problem(f"expected the path of a network file, found {found(used)}"))
        return over

    def check(self, further: Iterable[Problem] = ()) -> None:
        """Raises :class:`ScenarioError` with all problems, each once, if there are any."""
        self.problems += further
        order = {file: index for index, file in enumerate(self._opened)}
        unique = dict.fromkeys(self.problems)
        if unique:
            raise ScenarioError(
                sorted(unique, key=lambda one: (order.get(one.file, len(order)), one.line, one.column)),
            )

    def _used(self, name: ScalarNode, trail: tuple[Path, ...]) -> Tree:
        empty = MappingNode({}, name.position)
        text = str(name.value)
        folder = Path() if name.position.file == PSEUDO_FILE else name.position.file.parent
        path = Path(os.path.normpath(folder / text))
        try:
            real = path.resolve()
            if real in trail or name.position.file.resolve() == real:
                raise _Unreadable("this network file uses itself, directly or through others")
            source = self._text(path)
        except _Unreadable as error:
            self.problems.append(name.position.problem(str(error), error.hint))
            return empty
        except (OSError, ValueError):
            self.problems.append(name.position.problem(f"{text!r} cannot be a path"))
            return empty
        try:
            tree = self._mapping(source, path)
        except ScenarioError as error:
            self.problems[:] = error.problems
            return empty
        return empty if tree is None else self.network(tree, (*trail, real))

    def _mapping(self, text: str, path: Path) -> MappingNode | None:
        """The text's tree; None, and a problem, when it is no mapping."""
        tree = read_yaml(text, path, self.problems)
        if isinstance(tree, MappingNode):
            return tree
        position = tree.position if tree else Position(path, 1, 1)
        message = f"expected a mapping of keys to values, found {found(tree)}" if tree else "this file is empty"
        self.problems.append(position.problem(message))
        return None

    def _text(self, path: Path) -> str:
        try:
            data = read_regular(path, TEXT)
        except FileNotFoundError:
            raise _Unreadable.missing(path) from None
        except OSError as error:
            raise _Unreadable(f"{path} cannot be read: {error.strerror}") from None
        self._opened.append(path)
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = data[: error.start].decode("utf-8-sig")
            position = Position(path, before.count("\n") + 1, len(before) - before.rfind("\n"))
            problem = position.problem("this is not UTF-8 text", "save the file as UTF-8")
            raise ScenarioError([*self.problems, problem]) from None


class _Unreadable(Exception):  # noqa: N818 - it becomes a problem at the place that names the file
    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint

    @classmethod
    def missing(cls, path: Path) -> _Unreadable:
        siblings = sorted(file.name for file in path.parent.glob("*.y*ml")) if path.parent.is_dir() else []
        return cls(f"there is no file {path}", meant(path.name, siblings))
