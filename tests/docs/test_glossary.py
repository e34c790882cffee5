"""The page of the house's words names what is there, where it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.docs.pages import ROOT, text

PAGE = Path("docs/glossary.md")
NAMED = re.compile(r"`(\w+)` in `([\w/]+\.py)`")


def rows() -> list[str]:
    """The rows of the page's tables without their heads."""
    lines = [line for line in text(PAGE).splitlines() if line.startswith("|")]
    heads = {at for at, line in enumerate(lines) if at + 1 < len(lines) and lines[at + 1].startswith("| ---")}
    return [line for at, line in enumerate(lines) if at not in heads and not line.startswith("| ---")]


@cache
def defined(file: str) -> frozenset[str]:
    """What a module defines at its top: classes, functions, aliases and constants. What it imports is another's."""
    return frozenset(names(ast.parse((ROOT / file).read_text(encoding="utf-8"))))


def names(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def test_everything_that_the_glossary_names_is_defined_where_it_says() -> None:
    named = NAMED.findall(text(PAGE))
    assert [(name, file) for name, file in named if not (ROOT / file).is_file() or name not in defined(file)] == []


def test_every_word_of_the_glossary_says_where_it_lives() -> None:
    assert rows()
    assert [row for row in rows() if not NAMED.search(row)] == []


def test_no_word_stands_twice_in_one_table_of_the_glossary() -> None:
    for table in text(PAGE).split("\n## ")[1:]:
        words = [row.split("|")[1].strip() for row in table.splitlines() if row in rows()]
        assert sorted(words) == sorted(set(words)), table.partition("\n")[0]
