"""Code cites what is in the repository: pages, and chapters of them by their headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.docs.pages import ROOT, text


def cited() -> Iterator[tuple[str, str, str]]:
    """Each page that code names, with where it does, and the chapter, which is empty where it names none."""
    for folder, pattern in (
        ("simnet", "*.py"),
        ("tests", "*.py"),
        ("tests/agreement", "*.yaml"),
        ("scenarios", "*.yaml"),
    ):
        for path in (ROOT / folder).rglob(pattern):
            if path.parent != ROOT / "tests" / "docs":
                said = re.sub(r"\s*\n\s*#?\s*", " ", path.read_text(encoding="utf-8"))
                for page, chapter in re.findall(r"([\w/-]+\.md)(?:, ([A-Z][\w ]*\w))?", said):
                    yield path.relative_to(ROOT).as_posix(), page, chapter


def test_every_page_that_code_cites_is_there() -> None:
    assert [(where, page) for where, page, _ in cited() if not (ROOT / page).is_file()] == []


def test_every_chapter_that_code_cites_is_there() -> None:
    headings = {
        page: re.findall(r"^#+ (.+)$", text(Path(page)), flags=re.MULTILINE) for _, page, named in cited() if named
    }
    begun = [(where, page, named) for where, page, named in cited() if named]
    assert len(begun) >= 8, "code cites chapters of docs/protocol.md and docs/traps.md"
    assert [one for one in begun if not any(one[2].startswith(heading) for heading in headings[one[1]])] == []
