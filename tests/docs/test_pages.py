"""What pages link to and name is there."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import GENERATED, OF_THE_HOUSE, PAGES, ROOT, anchors, code, links, text

NAMED = re.compile(r"(?:[\w.-]+/)+(?:[\w-]+(?:\.(?:py|md|ya?ml|json))?)?|[\w-]+\.(?:py|md|yaml)")
"""A file by its name, or by its way from any folder, and a folder by its way."""
MADE = (".venv/", "dist/", "runs/", "scenario.yaml")
"""What runs and tools make."""


@cache
def files() -> frozenset[str]:
    """Everything in the repository, by its way from the root."""
    tops = [top for top in ROOT.iterdir() if top.name in (".ci", ".github") or not top.name.startswith(".")]
    kept = (path for top in tops if f"{top.name}/" not in MADE for path in (top, *top.rglob("*")))
    return frozenset(path.relative_to(ROOT).as_posix() for path in kept if "__pycache__" not in path.parts)


def is_there(name: str) -> bool:
    """Whether some file's or folder's path ends with that name."""
    return any(path == name or path.endswith(f"/{name}") for path in files())


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_somewhere(page: Path) -> None:
    home = Path() if page.parent.name == "changelog.d" else page.parent  # fragments become part of CHANGELOG.md
    broken = []
    for target in links(page):
        way, _, anchor = target.partition("#")
        file = Path(posixpath.normpath(home / way)) if way else page
        if not ((ROOT / file).exists() or file in GENERATED) or (anchor and anchor not in anchors(file)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", OF_THE_HOUSE, ids=str)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    words = (word for span in code(page) for word in span.split())
    named = {word for word in words if NAMED.fullmatch(word) and not word.startswith(MADE)}
    assert sorted(name for name in named if not is_there(name.rstrip("/"))) == []


@pytest.mark.parametrize("page", OF_THE_HOUSE, ids=str)
def test_every_module_that_a_page_runs_is_there(page: Path) -> None:
    whole = (ROOT / page).read_text(encoding="utf-8")
    run = set(re.findall(r"python3? -m ((?:benchmarks|docs|tests|simnet)(?:\.\w+)*)", whole))
    ways = {module: ROOT.joinpath(*module.split(".")) for module in run}
    assert [name for name, way in ways.items() if not way.is_dir() and not way.with_suffix(".py").is_file()] == []


@pytest.mark.parametrize("page", OF_THE_HOUSE, ids=str)
def test_every_thing_that_a_page_shows_in_a_file_is_there(page: Path) -> None:
    shown = re.findall(r"`(\w+)` in `([\w/]+\.py)`", text(page))
    assert [
        name for name, file in shown if not re.search(rf"\b{name}\b", (ROOT / file).read_text(encoding="utf-8"))
    ] == []
