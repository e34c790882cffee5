"""The site builds without a warning, and what it shows comes from nowhere else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.hooks import linked
from tests.docs.pages import ROOT

FETCHED = re.compile(
    r"<(?:script|link|img|iframe|source|video|audio|embed)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//[^>]*>"
)
IMPORTED = re.compile(r"(?:url\([\"']?|@import\s+[\"'])(?:https?:)?//[^)\"']*")
SITE = {"docs/index.md": "index.md", "docs/how-to/a.md": "how-to/a.md", "ARCHITECTURE.md": "project/architecture.md"}


def foreign(site: Path) -> Iterator[str]:
    """What pages and styles of a site fetch from other hosts."""
    for path in sorted(site.rglob("*")):
        if path.suffix in (".html", ".css"):
            pattern = FETCHED if path.suffix == ".html" else IMPORTED
            yield from (f"{path.name}: {found}" for found in pattern.findall(path.read_text(encoding="utf-8")))


def test_the_site_builds_without_a_warning_and_fetches_nothing_from_elsewhere(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path))
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert list(foreign(tmp_path)) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.html", '<script src="https://unpkg.com/iframe-worker/shim"></script>'),
        ("a.html", "<link rel=stylesheet href=//fonts.example/a.css>"),
        ("a.html", '<img alt="a" src="http://example.org/a.png">'),
        ("a.css", "@font-face{src:url(https://fonts.example/a.woff2)}"),
        ("a.css", "@import '//fonts.example/a.css'"),
    ],
)
def test_what_comes_from_elsewhere_is_noticed(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert len(list(foreign(tmp_path))) == 1


def test_a_link_of_a_page_to_another_host_fetches_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<a href="https://polkadot.js.org">polkadot.js</a>')
    assert list(foreign(tmp_path)) == []


@pytest.mark.parametrize(
    ("home", "link", "on_the_site"),
    [
        ("docs/index.md", "[a](how-to/a.md#region)", "[a](how-to/a.md#region)"),
        ("docs/how-to/a.md", "[how](../../ARCHITECTURE.md#time)", "[how](../project/architecture.md#time)"),
        ("ARCHITECTURE.md", "[a](docs/how-to/a.md)", "[a](../how-to/a.md)"),
        ("docs/index.md", "[the licence](../LICENSE)", "the licence"),
        ("docs/index.md", "[nothing](../nothing.md)", "[nothing](../nothing.md)"),
        ("docs/index.md", "[below](#below)", "[below](#below)"),
        ("docs/index.md", "[polkadot.js](https://polkadot.js.org)", "[polkadot.js](https://polkadot.js.org)"),
        ("docs/index.md", "```python\na[0](../LICENSE)\n```", "```python\na[0](../LICENSE)\n```"),
    ],
)
def test_links_lead_to_pages_of_the_site_or_are_text(home: str, link: str, on_the_site: str) -> None:
    assert linked(link, home, SITE.get) == on_the_site
