"""Fragments of the changelog are such that a release can take them in."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tests.docs.pages import ROOT, text

CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
TYPES = {one["directory"]: one["name"] for one in CONFIG["type"]}
FRAGMENTS = [path for path in sorted((ROOT / CONFIG["directory"]).iterdir()) if path.name not in CONFIG["ignore"]]
NAME = re.compile(r"(?:\+[a-z0-9-]+|\d+)\.(?P<type>[a-z]+)(?:\.\d+)?\.md")


def misnamed(names: list[str]) -> list[str]:
    """Those that a release would not take in: of an unknown type, or with no name for what they are about."""
    found = ((name, NAME.fullmatch(name)) for name in names)
    return [name for name, match in found if match is None or match["type"] not in TYPES]


def test_every_fragment_has_a_type_that_there_is() -> None:
    assert misnamed([path.name for path in FRAGMENTS]) == []


def test_a_fragment_of_an_unknown_type_is_noticed() -> None:
    assert misnamed(["+late-joiners.fix.md", "+late-joiners.md", "late.new.md", "+late.new.2.md", "12.new.md"]) == [
        "+late-joiners.fix.md",
        "+late-joiners.md",
        "late.new.md",
    ]


def test_every_fragment_says_something() -> None:
    assert [path.name for path in FRAGMENTS if not path.read_text(encoding="utf-8").strip()] == []


def test_contributing_tells_of_the_types_that_there_are() -> None:
    told = re.findall(r"^\| `(\w+)` \| ([^|]+) \| [^|]+ \|$", text(Path("CONTRIBUTING.md")), flags=re.MULTILINE)
    assert dict(told) == TYPES


def test_the_changelog_has_the_place_where_releases_are_written() -> None:
    changelog = (ROOT / CONFIG["filename"]).read_text(encoding="utf-8")
    assert changelog.count(CONFIG["start_string"]) == 1
