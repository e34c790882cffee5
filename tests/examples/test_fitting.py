"""Every scenario, network and space of the examples fits its schema, and loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.examples.fitting import misfits
from tests.examples.installed import ROOT, Installed

EXTENSIONS = ROOT / "examples" / "extensions"
OF_USERS = ROOT / "docs" / "examples_of" / "upgrades.yaml"
"""Names code that nobody ships: tests/docs/test_kind_examples.py loads and runs it with some."""
FILES = [
    path.relative_to(ROOT)
    for folder in ("examples", "docs/examples_of")
    for path in sorted((ROOT / folder).rglob("*.y*ml"))
    if path != OF_USERS
    and EXTENSIONS not in path.parents
    and not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
]


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_file_fits(path: Path) -> None:
    assert list(misfits(ROOT / path)) == []


def test_files_that_need_a_distribution_fit_where_it_is_installed(tmp_path: Path) -> None:
    files = map(str, sorted(EXTENSIONS.rglob("*.yaml")))
    done = Installed(EXTENSIONS, tmp_path).run("tests.examples.fitting", *files, cwd=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: x\nfoo: 1\n", "'foo' was unexpected"),
        ("relay: {validators: two}\n", "$.relay.validators"),
        ("base: 3\n", "$.base"),
    ],
)
def test_a_file_that_does_not_fit_is_noticed(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "x.yaml"
    file.write_text(text)
    by_schema, by_loader = list(misfits(file))
    assert told in by_schema
    assert by_loader.startswith(f"{file}:")
