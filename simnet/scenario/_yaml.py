"""Reads and writes YAML as simnet means it: version 1.2's scalars, keys that are text and stand once, known places.

PyYAML reads version 1.1, where ``on`` and ``no`` are booleans, ``1:30`` is 90 and ``010`` is 8. Here only ``true`` and
``false`` are booleans, numbers are decimal, and ``0x...`` stays text, since in calls it stands for bytes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from simnet.errors import Problem, ScenarioError
from simnet.scenario._positions import Entry, MappingNode, Misplaced, Position, Scalar, ScalarNode, SequenceNode, Tree

MAX_PARTS = 200_000
"""Keys and values in one file, aliases written out: a thousand nodes need some 20,000, an alias bomb millions."""
MAX_DEPTH = 60
_HALF = re.compile("[\ud800-\udfff]")
_TAG = "tag:yaml.org,2002:"
_SCALARS = (
    ("merge", r"^<<$", "<"),
    ("null", r"^(~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", "-+.0123456789"),
)
_PLAINLY = (
    (r"character '\\t' that cannot start", "a tab stands where only spaces may", "indent with spaces"),
    (r"mapping values are not allowed", "a ':' cannot stand here", "put text that contains ': ' in quotes"),
    (r"could not find expected ':'", "this line has no ':' after its key", None),
    (r"expected <block end>", "the indentation does not fit the lines before", None),
    (r"found another document", "a second document begins here", "one file holds one document"),
    (r"cannot start any token", "this character cannot begin a value", "put the text in quotes"),
)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


_READ: dict[str, Callable[[str], Scalar]] = {
    "str": str,
    "merge": str,
    "null": lambda _: None,
    "bool": lambda text: {"true": True, "false": False}[text.lower()],
    "int": int,
    "float": _finite,
}
"""Readers of scalars by their tag."""


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own shape


class _Dumper(yaml.SafeDumper):
    """Quotes what :class:`_Loader` would otherwise read as something else."""

    yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """Escapes the line breaks of Unicode: written as they are, they would be read as plain ones."""
        style = '"' if re.search("[\x85\u2028\u2029\ufeff]", text) else None
        return self.represent_scalar(_TAG + "str", text, style=style)


_Dumper.add_representer(str, _Dumper.represent_text)
for _name, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(_pattern), list(_first))


def write_yaml(data: Any) -> str:
    """Plain data as YAML that :func:`read_yaml` reads back as the same."""
    return yaml.dump(data, Dumper=_Dumper, default_flow_style=None, sort_keys=False, allow_unicode=True, width=120)


def read_yaml(text: str, file: Path, problems: list[Problem]) -> Tree | None:
    """The tree of a text, None when it is empty.

    Keys that are not text or stand twice are added to ``problems``; raises :class:`ScenarioError` with those so far if
    the text is no YAML, or refers to itself.
    """
    try:
        node = _compose(text, file)
        return None if node is None else _Builder(file, problems).build(node)
    except Misplaced as error:
        raise ScenarioError([*problems, error.problem]) from None


def _compose(text: str, file: Path) -> yaml.Node | None:
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        return loader.get_single_node()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        shown = f"the control character U+{error.character:04X} cannot stand in YAML"
        raise Misplaced(Position(file, line, column).problem(shown)) from None
    except yaml.MarkedYAMLError as error:
        raise Misplaced(_plainly(error, file)) from None
    except (RecursionError, ValueError, OverflowError) as error:
        # PyYAML lets these through: brackets nested too deeply, and escapes or versions that are no number it can take.
        mark = loader.get_mark() if loader else yaml.Mark("", 0, 0, 0, None, 0)
        deep = isinstance(error, RecursionError)
        message = "this is nested too deeply" if deep else "not valid YAML: an escape or number is out of range"
        raise Misplaced(_position(mark, file).problem(message)) from None
    finally:
        if loader is not None:
            loader.dispose()


def _position(mark: yaml.Mark, file: Path) -> Position:
    return Position(file, mark.line + 1, mark.column + 1)


def _plainly(error: yaml.MarkedYAMLError, file: Path) -> Problem:
    mark = error.problem_mark or error.context_mark or yaml.Mark("", 0, 0, 0, None, 0)
    position = _position(mark, file)
    said = error.problem or "not valid YAML"
    for pattern, message, hint in _PLAINLY:
        if re.search(pattern, said):
            return position.problem(message, hint)
    opened = None
    if error.context_mark is not None and error.context_mark.line < mark.line and "flow" in (error.context or ""):
        opened = f"a bracket was opened on line {error.context_mark.line + 1}"
    return position.problem(f"not valid YAML: {said}", opened)


class _Builder:
    """Turns PyYAML's nodes, which may be shared and circular, into a tree."""

    def __init__(self, file: Path, problems: list[Problem]) -> None:
        self._file = file
        self._problems = problems
        self._open: list[yaml.Node] = []
        self._count = 0

    def build(self, node: yaml.Node) -> Tree:
        position = _position(node.start_mark, self._file)
        self._count += 1
        if self._count > MAX_PARTS:
            much = f"this file has more than {MAX_PARTS:,} parts when its aliases are written out"
            raise Misplaced(position.problem(much))
        if any(node is one for one in self._open):
            raise Misplaced(position.problem("this contains an alias to itself"))
        if len(self._open) >= MAX_DEPTH:
            raise Misplaced(position.problem(f"this is nested more than {MAX_DEPTH} deep"))
        self._open.append(node)
        try:
            return self._built(node, position)
        finally:
            self._open.pop()

    def _built(self, node: yaml.Node, position: Position) -> Tree:
        if isinstance(node, yaml.MappingNode):
            self._expect_tag(node, position, "map")
            return self._mapping(node, position)
        if isinstance(node, yaml.SequenceNode):
            self._expect_tag(node, position, "seq")
            return SequenceNode(tuple(self.build(item) for item in node.value), position)
        assert isinstance(node, yaml.ScalarNode)
        return ScalarNode(self._scalar(node, position), position)

    def _expect_tag(self, node: yaml.Node, position: Position, tag: str) -> None:
        if node.tag != _TAG + tag:
            self._problems.append(position.problem(f"the tag {_shown(node.tag)} means nothing here", "leave it away"))

    def _scalar(self, node: yaml.ScalarNode, position: Position) -> Scalar:
        text, tag = self._whole(str(node.value), position), node.tag.removeprefix(_TAG)
        if tag not in _READ:
            self._expect_tag(node, position, "str")
            return text
        try:
            return _READ[tag](text)
        except (ValueError, KeyError):
            problem = position.problem(f"{text[:40]!r} is no number that can be read", "put text in quotes")
            self._problems.append(problem)
            return text

    def _mapping(self, node: yaml.MappingNode, position: Position) -> MappingNode:
        entries: dict[str, Entry] = {}
        inherited: list[MappingNode] = []
        for key, value in node.value:
            key_position = _position(key.start_mark, self._file)
            if key.tag == _TAG + "merge":
                inherited += self._merged(value)
                continue
            name = self._key(key, key_position)
            if name is None:
                continue
            if name in entries:
                first = entries[name].key_position.line
                self._problems.append(
                    key_position.problem(f"the key {name!r} stands twice in one mapping", f"first on line {first}")
                )
                continue
            entries[name] = Entry(key_position, self.build(value))
        for one in inherited:
            entries = {**entries, **{name: entry for name, entry in one.entries.items() if name not in entries}}
        return MappingNode(entries, position)

    def _whole(self, text: str, position: Position) -> str:
        """The text; halves of characters, which escapes can write and no encoding takes, are a problem."""
        half = _HALF.search(text)
        if half is None:
            return text
        hint = "write characters beyond U+FFFF as \\U and eight digits"
        self._problems.append(position.problem(f"half a character stands here, U+{ord(half[0]):04X}", hint))
        return _HALF.sub("\ufffd", text)

    def _key(self, key: yaml.Node, position: Position) -> str | None:
        if isinstance(key, yaml.ScalarNode) and key.tag == _TAG + "str":
            return self._whole(str(key.value), position)
        if isinstance(key, yaml.ScalarNode) and key.tag == _TAG + "int" and re.fullmatch("0|[1-9][0-9]*", key.value):
            return str(key.value)  # a parachain's id
        if isinstance(key, yaml.ScalarNode):
            kind = {"null": "nothing", "bool": "true or false"}.get(key.tag.removeprefix(_TAG), "a number")
            shown = f"the key {key.value!r} is {kind}, not text" if key.value else "this key is empty"
            self._problems.append(position.problem(shown, "put it in quotes"))
        else:
            kind = "mapping" if isinstance(key, yaml.MappingNode) else "list"
            self._problems.append(position.problem(f"a {kind} cannot be a key", "put text with brackets in quotes"))
        return None

    def _merged(self, value: yaml.Node) -> list[MappingNode]:
        built = self.build(value)
        several = built.items if isinstance(built, SequenceNode) else (built,)
        for one in several:
            if not isinstance(one, MappingNode):
                self._problems.append(one.position.problem("'<<' takes a mapping or a list of mappings"))
        return [one for one in several if isinstance(one, MappingNode)]


def _shown(tag: str) -> str:
    return "!!" + tag.removeprefix(_TAG) if tag.startswith(_TAG) else tag
