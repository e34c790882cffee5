"""Whoever begins at the first page finds the others by its links."""

from __future__ import annotations

import posixpath
from functools import cache
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, links

FIRST = Path("docs/index.md")
PARTS = ("tutorial", "how-to", "explanation")


@cache
def led_to(page: Path) -> frozenset[Path]:
    """The files that a page links to."""
    home = page.parent.as_posix()
    ways = (target.partition("#")[0] for target in links(page))
    return frozenset(Path(posixpath.normpath(posixpath.join(home, way))) for way in ways if way)


def clicks() -> dict[Path, int]:
    """How many links lead from the first page to each other one."""
    found, at = {FIRST: 0}, [FIRST]
    while at:
        page = at.pop(0)
        for other in sorted(led_to(page)):
            if other not in found and other.suffix == ".md" and (ROOT / other).is_file():
                found[other] = found[page] + 1
                at.append(other)
    return found


def pages_of(part: str) -> set[Path]:
    return {path.relative_to(ROOT) for path in (ROOT / "docs" / part).glob("*.md")}


@pytest.mark.parametrize("part", PARTS)
def test_the_first_page_of_a_part_leads_to_all_its_pages(part: str) -> None:
    first = Path("docs", part, "index.md")
    assert pages_of(part) - {first} - led_to(first) == set()


def test_no_page_is_more_than_three_clicks_away() -> None:
    away = clicks()
    assert {page: away.get(page) for part in PARTS for page in pages_of(part) if away.get(page, 9) > 3} == {}


def test_the_loss_of_a_region_with_a_chain_of_ones_own_is_found_at_once() -> None:
    away = clicks()
    assert away[Path("docs/how-to/region-loss.md")] == 1
    assert Path("docs/how-to/own-chain.md") in led_to(Path("docs/how-to/region-loss.md"))


def test_every_example_is_led_to() -> None:
    projects = {path.relative_to(ROOT) for path in (ROOT / "examples").glob("*/README.md")}
    assert len(projects) >= 5
    assert projects - set(clicks()) == set()
