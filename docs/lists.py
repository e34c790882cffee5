"""Writes into ARCHITECTURE.md the lists that the code has: what stands between their marks is replaced."""

from __future__ import annotations

import re
from pathlib import Path

from simnet.checks.limits import as_list

PAGE = Path(__file__).parents[1] / "ARCHITECTURE.md"
LISTS = {"not simulated": as_list}


def written(text: str) -> str:
    """The page with its lists as the code has them; raises ``ValueError`` for one without its marks."""
    for name, make in LISTS.items():
        marks = re.compile(rf"(<!-- {name}, written by docs/lists.py -->\n).*?(<!-- end -->)", re.DOTALL)
        if not marks.search(text):
            raise ValueError(f"{PAGE.name} has no marks for the list of what is {name}")
        text = marks.sub(lambda found, make=make: f"{found[1]}{make()}\n{found[2]}", text)
    return text


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
