"""What mkdocs asks while it builds the site: pages that are made of code, pages from outside ``docs``, and links.

Links in the pages are as files lie in the repository, so that they work there too. Here they come to lead to pages of
the site; one to a file that the site does not have leaves its text. What leads nowhere is left for mkdocs to tell.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from docs.blocks import ROOT
from docs.reference import PAGES

OF_THE_ROOT = {
    "ARCHITECTURE.md": "project/architecture.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "SECURITY.md": "project/security.md",
    "native/README.md": "project/native.md",
    "runtimes/README.md": "project/runtimes.md",
    **{
        f"examples/{folder.name}/README.md": f"examples/{folder.name}.md"
        for folder in sorted((ROOT / "examples").iterdir())
        if (folder / "README.md").is_file()
    },
}
"""Where the site has pages that lie outside ``docs``."""

SHOWN = {".py": "python", ".yaml": "yaml", ".yml": "yaml", ".toml": "toml"}
"""Files of examples that the site shows, and their languages."""

_LINK = re.compile(r"(?P<fence>^```.*?^```)|\[(?P<text>[^\]\n]+)\]\((?P<target>[^)\s]+)\)", re.DOTALL | re.MULTILINE)


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Adds the pages that are no files of ``docs``."""
    for uri, make in PAGES.items():
        files.append(File.generated(config, uri, content=make()))
    for path, uri in OF_THE_ROOT.items():
        text = (ROOT / path).read_text(encoding="utf-8")
        shown = _files_of(path) if path.startswith("examples/") else ""
        files.append(File.generated(config, uri, content=text + shown))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Has links lead to pages of the site."""
    homes = {uri: path for path, uri in OF_THE_ROOT.items()}
    home = homes.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    return linked(markdown, home, lambda path: page_of(path, files))


def page_of(path: str, files: Mapping[str, File] | Files) -> str | None:
    """The page of the site that a path in the repository stands for, a folder for its README; None without one."""
    for one in (path, f"{path}/README.md"):
        uri = OF_THE_ROOT.get(one) or one.removeprefix("docs/")
        if (one in OF_THE_ROOT or one.startswith("docs/")) and files.get_file_from_path(uri) is not None:
            return uri
    return None


def linked(markdown: str, home: str, page: Callable[[str], str | None]) -> str:
    """The text of a page that lies at ``home`` in the repository, with links as the site has them."""

    def mapped(found: re.Match[str]) -> str:
        target = found["target"]
        if found["fence"] or "://" in target or target.startswith(("#", "mailto:")):
            return found[0]
        way, _, anchor = target.partition("#")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(home), way))
        uri = page(path)
        if uri is None:
            return found["text"] if (ROOT / path).exists() else found[0]
        here = posixpath.dirname(OF_THE_ROOT.get(home) or home.removeprefix("docs/"))
        return f"[{found['text']}]({posixpath.relpath(uri, here or '.')}{'#' if anchor else ''}{anchor})"

    return _LINK.sub(mapped, markdown)


def _files_of(readme: str) -> str:
    """The files of an example, below its text."""
    folder = (ROOT / readme).parent
    kept = sorted(path for path in folder.rglob("*") if path.suffix in SHOWN and "__pycache__" not in path.parts)
    shown = (
        f"### {path.relative_to(folder)}\n\n````{SHOWN[path.suffix]}\n{path.read_text(encoding='utf-8')}````\n"
        for path in kept
    )
    return "\n".join(["", "## Its files", "", *shown])
