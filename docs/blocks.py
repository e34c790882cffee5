"""The fenced blocks of the pages, with the marks that say what a test does with each.

A mark is an HTML comment on the line above a block, so that it shows nowhere. CONTRIBUTING.md says what each is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

ROOT = Path(__file__).parents[1]

_FENCE = re.compile(r'(?P<indent> *)```(?P<language>[\w-]*)(?: title="(?P<title>[\w./-]+)")?$')
_MARK = re.compile(r"\s*<!-- (.+) -->$")
_KNOWN = {
    "over": re.compile(r"over (?P<over>\S+)(?: at (?P<at>[\w.-]+))?"),
    "mistakes": re.compile(r"(?P<mistakes>mistakes)"),
    "excerpt": re.compile(r"excerpt of (?P<excerpt>\S+)"),
    "beside": re.compile(r"(?P<beside>beside the rest)"),
    "unrun": re.compile(r"not run: (?P<unrun>.+)"),
}
_COMMAND = re.compile(r"(?P<command>.*?)(?:\s{2,}# (?P<comment>.*))?$")
_EXIT_CODE = re.compile(r"(?:.*\b)?exit code (\d+)")
_ON_DOCKER = re.compile(r"simnet (?!validate\b).*--provider docker")
NEEDS_DOCKER = "it needs Docker"


@dataclass(frozen=True)
class Command:
    """A line of a ``console`` block that is typed, and the lines that it prints, as far as the page shows them."""

    line: str
    exit_code: int
    output: tuple[str, ...]
    unrun: str | None
    """Why no test runs it; None of one that is run."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block. ``line`` is that of its fence, ``page`` relative to the repository.

    ``over`` is what a fragment is laid over, ``at`` the key path where; ``excerpt`` the file that has it; ``mistakes``
    says that the file has some; ``beside`` that its command goes on while the rest of the page is done; ``unrun`` why
    no test runs it.
    """

    page: Path
    line: int
    language: str
    text: str
    title: str | None = None
    over: str | None = None
    at: str | None = None
    mistakes: bool = False
    excerpt: str | None = None
    beside: bool = False
    unrun: str | None = None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    def commands(self) -> Iterator[Command]:
        """The commands of a ``console`` block, those that go on over several lines as one line.

        Raises ``ValueError`` for output before the first one.
        """
        typed: list[tuple[str, list[str]]] = []
        for line in self.text.replace("\\\n", "").splitlines():
            if line.startswith("$ "):
                typed.append((line.removeprefix("$ "), []))
            elif typed:
                typed[-1][1].append(line)
            else:
                raise ValueError(f"{self}: a console block begins with a command, after '$ '")
        for line, output in typed:
            said = _COMMAND.fullmatch(line)
            assert said is not None
            code = _EXIT_CODE.fullmatch(said["comment"] or "")
            docker = NEEDS_DOCKER if _ON_DOCKER.match(said["command"]) else None
            yield Command(said["command"], int(code[1]) if code else 0, tuple(output), self.unrun or docker)


def pages() -> list[Path]:
    """The pages whose blocks are tested, relative to the repository."""
    patterns = ("README.md", "CONTRIBUTING.md", "docs/**/*.md", "examples/**/README.md")
    return sorted(path.relative_to(ROOT) for pattern in patterns for path in ROOT.glob(pattern))


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page in their order.

    Raises ``ValueError`` for a block that does not end, one whose first line says what nothing reads, and a comment
    above one that is no mark.
    """
    yield from read((ROOT / page).read_text(encoding="utf-8"), page)


def read(text: str, page: Path) -> Iterator[Block]:
    """The blocks of a page with that text."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        if not lines[at].lstrip().startswith("```"):
            at += 1
            continue
        where = f"{page}:{at + 1}"
        fence = _FENCE.fullmatch(lines[at])
        if fence is None:
            raise ValueError(f"{where}: after ``` stands a language, and perhaps a title: {lines[at].strip()}")
        end = next((n for n in range(at + 1, len(lines)) if lines[n] == f"{fence['indent']}```"), None)
        if end is None:
            raise ValueError(f"{where}: this block does not end")
        yield Block(
            page=page,
            line=at + 1,
            language=fence["language"],
            text=dedent("\n".join(lines[at + 1 : end]) + "\n"),
            title=fence["title"],
            **_marks(lines, at, where),
        )
        at = end + 1


def _marks(lines: list[str], fence: int, where: str) -> dict[str, Any]:
    """What the comments directly above a fence say."""
    said: dict[str, Any] = {}
    for line in reversed(lines[:fence]):
        comment = _MARK.fullmatch(line)
        if comment is None:
            break
        known = next((match for form in _KNOWN.values() if (match := form.fullmatch(comment[1]))), None)
        if known is None:
            raise ValueError(f"{where}: no mark of a block: {comment[1]}")
        said |= known.groupdict()
    return {**said, **{flag: True for flag in ("mistakes", "beside") if flag in said}}
