"""What pages list is what the code has."""

from __future__ import annotations

import re
import tomllib

import pytest

from docs import lists
from tests.docs.pages import ROOT

MAP = re.search(
    r"<!-- rooms, written by docs/lists.py -->\n(.*?)<!-- end -->",
    (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"),
    flags=re.DOTALL,
)
assert MAP is not None
ROWS = [[cell.strip() for cell in row.strip("|").split("|")] for row in MAP[1].splitlines()[2:]]
ROOMS = [room.strip("`") for _, room, _, _ in ROWS]


@pytest.mark.parametrize("page", lists.PAGES)
def test_the_lists_of_a_page_are_those_of_the_code(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert lists.written(page, text) == text, "run python -m docs.lists"


def test_the_map_has_every_package_once() -> None:
    packages = [path.parent.relative_to(ROOT / "simnet").as_posix() for path in (ROOT / "simnet").rglob("__init__.py")]
    assert sorted(room for room in ROOMS if not room.endswith(".py")) == sorted(set(packages) - {"."})


def test_the_map_goes_down_as_the_layers_do() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (layers,) = [one["layers"] for one in config["tool"]["importlinter"]["contracts"] if one["type"] == "layers"]
    floors = [name for layer in layers for name in re.findall(r"\w+", layer)]
    assert [room.removesuffix(".py") for room in ROOMS if "/" not in room] == floors


def test_a_room_has_one_short_sentence() -> None:
    assert [
        room for (_, room, sentence, _) in ROWS if not (sentence.endswith(".") and 20 <= len(sentence) <= 190)
    ] == []
