"""The map of the house: each package of simnet with the first sentence of its docstring, and what it may import.

Both come from where they hold: the sentences from the code, the rest from import-linter's contracts in pyproject.toml,
so that the map says nothing that ``make lint`` does not hold.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "simnet"
KNOWN = {"layers", "independence", "forbidden", "protected", "acyclic_siblings"}
"""Types of contracts that the map tells of; the last one holds everywhere and is no room's own."""

Contract = Mapping[str, Any]


@dataclass(frozen=True)
class Floor:
    """Rooms side by side. ``open_``: they may import one another."""

    number: int
    names: tuple[str, ...]
    open_: bool


@dataclass(frozen=True)
class Room:
    """A package, or a module that stands beside the packages. ``name`` is dotted, without ``simnet``."""

    name: str
    floor: Floor

    @property
    def path(self) -> str:
        """Below ``simnet/``, as people write it."""
        folder = self.name.replace(".", "/")
        return folder if (PACKAGE / folder).is_dir() else f"{folder}.py"

    @property
    def sentence(self) -> str:
        """What it is for. Raises ``ValueError`` if its docstring begins with no sentence."""
        file = PACKAGE / (self.path if self.path.endswith(".py") else f"{self.path}/__init__.py")
        docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
        first = re.match(r"(.*?\.)(?:\s|$)", docstring, re.DOTALL)
        if first is None:
            raise ValueError(f"the docstring of simnet.{self.name} begins with no sentence")
        return " ".join(first[1].replace("``", "`").split())

    @property
    def may_import(self) -> str:
        """What the contracts let it import; of an inner room what they say beyond those of the room around."""
        own, around = f"simnet.{self.name}", self.name.rpartition(".")[0]
        if around:
            allowed = [f"as `{around.replace('.', '/')}`"]
        else:
            allowed = ["floors below"] if self.floor.number else []
            allowed += [f"`{name}`" for name in self.floor.names if self.floor.open_ and name != self.name]
        alone, never = [], []
        for contract in contracts():
            if own in contract.get("allowed_importers", ()):
                alone += contract["protected_modules"]
            if own in contract.get("source_modules", ()):
                never += contract["forbidden_modules"]
            if contract["type"] == "independence" and own in contract["modules"]:
                never += [module for module in contract["modules"] if module != own]
        return "; ".join([", ".join(allowed), *_said("alone", alone), *_said("not", never)])


def as_table() -> str:
    """The map as a table of Markdown, from the top floor down."""
    head = ["| floor | room | what it is for | may import |", "| --- | --- | --- | --- |"]
    rows = [
        f"| {'' if '.' in room.name else room.floor.number} | `{room.path}` | {room.sentence} | {room.may_import} |"
        for room in rooms()
    ]
    return "\n".join([*head, *rows])


def rooms() -> Iterator[Room]:
    """All rooms, the inner ones of a room behind it."""
    for floor in floors():
        for name in floor.names:
            inner = sorted(path.parent.relative_to(PACKAGE) for path in (PACKAGE / name).rglob("*/__init__.py"))
            for one in (name, *(".".join(folder.parts) for folder in inner)):
                yield Room(one, floor)


def floors() -> list[Floor]:
    """From the top down; the ground floor has number 0."""
    (layers,) = [contract["layers"] for contract in contracts() if contract["type"] == "layers"]
    top = len(layers) - 1
    return [Floor(top - at, tuple(re.split(r"\s*[|:]\s*", one)), ":" in one) for at, one in enumerate(layers)]


@cache
def contracts() -> list[Contract]:
    """Import-linter's. Raises ``ValueError`` for one of a type that the map does not tell of."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[Contract] = config["tool"]["importlinter"]["contracts"]
    for contract in found:
        if contract["type"] not in KNOWN:
            raise ValueError(f"docs/rooms.py does not tell of contracts of type {contract['type']}: {contract['name']}")
    return found


def _said(how: str, modules: list[str]) -> list[str]:
    names = [f"`{module.removeprefix('simnet.').replace('.', '/')}`" for module in modules]
    return [f"{how} {', '.join(names)}"] if names else []
