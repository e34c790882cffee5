"""Writes into the pages the lists that the code has: what stands between their marks is replaced.

python -m docs.lists
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from docs.rooms import as_table
from simnet.checks.limits import LIMITS

ROOT = Path(__file__).parents[1]


def _limits() -> str:
    return "\n".join(f"- {limit.text}" for limit in LIMITS)


PAGES: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "ARCHITECTURE.md": {"not simulated": _limits},
    "CONTRIBUTING.md": {"rooms": as_table},
    "docs/explanation/real-and-simulated.md": {"not simulated": _limits},
}
END = "<!-- end -->"


def written(page: str, text: str) -> str:
    """A page's text with its lists as the code has them; raises ``ValueError`` for one without its marks."""
    for name, make in PAGES[page].items():
        mark = f"<!-- {name}, written by docs/lists.py -->\n"
        before, begins, rest = text.partition(mark)
        _, ends, after = rest.partition(END)
        if not begins or not ends:
            raise ValueError(f"{page} has no marks for the list {name!r}")
        text = f"{before}{mark}{make()}\n{END}{after}"
    return text


if __name__ == "__main__":
    for page in PAGES:
        path = ROOT / page
        path.write_text(written(page, path.read_text(encoding="utf-8")), encoding="utf-8")
