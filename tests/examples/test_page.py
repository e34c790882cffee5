"""The page on extending shows the example as it is."""

from __future__ import annotations

import re

import pytest

from tests.examples.installed import ROOT

PAGE = (ROOT / "docs/extending.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(?:python|toml|yaml)\n(.*?)```\n(?:<!-- (\S+) -->)?", PAGE, re.DOTALL)


def test_every_block_names_its_file() -> None:
    assert len(BLOCKS) == PAGE.count("```") // 2
    assert all(file for _, file in BLOCKS)


@pytest.mark.parametrize(("block", "file"), BLOCKS, ids=[file for _, file in BLOCKS])
def test_a_block_is_what_the_file_says(block: str, file: str) -> None:
    assert unindented(block) in unindented((ROOT / "examples" / "extensions" / file).read_text(encoding="utf-8"))


def unindented(text: str) -> str:
    """Parts of a class stand at the margin on the page, and so have other blank lines between them."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())
