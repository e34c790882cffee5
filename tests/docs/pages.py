"""The repository's pages, and what they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from docs import reference

ROOT = Path(__file__).parents[2]

PAGES = sorted(
    path.relative_to(ROOT)
    for pattern in (
        *("*.md", "docs/**/*.md", "changelog.d/*.md"),
        *("runtimes/README.md", "native/README.md", "examples/*/README.md"),
    )
    for path in ROOT.glob(pattern)
)
OF_THE_HOUSE = [
    page for page in PAGES if page.parent.name == "docs" or page.name in ("ARCHITECTURE.md", "CONTRIBUTING.md")
]
"""Those for who works on simnet."""


GENERATED = {Path("docs") / uri: make for uri, make in reference.PAGES.items()}
"""Pages of the site that are no files, with what makes them."""


def text(page: Path) -> str:
    """What a page says, without its blocks of code."""
    whole = GENERATED[page]() if page in GENERATED else (ROOT / page).read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```", "", whole, flags=re.DOTALL | re.MULTILINE)


def links(page: Path) -> Iterator[str]:
    """Targets of links that lead somewhere inside the repository."""
    return (target for target in re.findall(r"\]\(([^)\s]+)\)", text(page)) if "://" not in target)


def code(page: Path) -> Iterator[str]:
    """What stands between backticks, blocks of code aside."""
    return (found for found in re.findall(r"`([^`\n]+)`", text(page)))


@cache
def anchors(page: Path) -> set[str]:
    """What links may name of a page, as GitHub makes it of headings."""
    headings = re.findall(r"^#+ (.+)$", text(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
