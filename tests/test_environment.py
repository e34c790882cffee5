"""Every environment variable of simnet's is declared in one place, from which the reference is made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from simnet import environment
from simnet.environment import VARIABLES

ROOT = Path(__file__).parents[1]
DECLARED = {one.name: one for one in VARIABLES}
OURS = re.compile(r"\bSIMNET_[A-Z_]+\b")


def _files() -> Iterator[Path]:
    yield from (ROOT / ".ci").iterdir()
    yield ROOT / "Makefile"
    for folder in ("simnet", "tests", "provenance"):
        yield from (path for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".sh", ".j2", ""))


def test_no_variable_of_simnets_own_goes_undeclared() -> None:
    named = {
        name: path.relative_to(ROOT)
        for path in _files()
        if path.is_file() and path != Path(__file__)
        for name in OURS.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > 5, "nothing was looked at"
    assert {name: path for name, path in named.items() if name not in DECLARED} == {}


def test_what_is_declared_is_still_read() -> None:
    text = "\n".join(
        path.read_text(encoding="utf-8")
        for path in _files()
        if path.is_file() and path != ROOT / "simnet" / "environment.py"
    )
    constants = {
        one: name for name, one in vars(environment).items() if isinstance(one, environment.EnvironmentVariable)
    }
    unread = [
        one.name
        for one in VARIABLES
        if one.read_by != "libraries" and not re.search(rf"\b{constants.get(one, one.name)}\b", text)
    ]
    assert unread == []


def test_the_package_reads_its_environment_in_one_place() -> None:
    """But for the sandbox, whose programs stand alone in their image."""
    readers = {
        path.relative_to(ROOT / "simnet").as_posix()
        for path in (ROOT / "simnet").rglob("*.py")
        if re.search(r"os\.(environ|getenv)", path.read_text(encoding="utf-8"))
    }
    assert {one for one in readers if not one.startswith("providers/docker/sandbox/")} == {"environment.py"}


def test_each_is_described_once_and_in_whole_sentences() -> None:
    assert len(DECLARED) == len(VARIABLES)
    assert [one.name for one in VARIABLES if not one.meaning.endswith(".") or not one.default] == []
