"""What no test runs of the pages, and why."""

from __future__ import annotations

from docs.blocks import Block, blocks, pages
from docs.reference.schemas import cell


def unrun_blocks() -> str:
    """A row for each block or command that is only parsed."""
    rows = [f"| `{block.page}` | `{cell(what)}` | {why} |" for block, what, why in unrun()]
    said = (
        "Every block of the pages is run by a test, but for these. Their commands are read by the parser of the real"
        " command, and their Python is compiled."
    )
    head = ["# Blocks that no test runs", "", said, "", "| page | what | because |", "| --- | --- | --- |"]
    return "\n".join([*head, *rows, ""])


def unrun() -> list[tuple[Block, str, str]]:
    """Each with what it is and the reason."""
    out = []
    for page in pages():
        for block in blocks(page):
            if block.language == "console":
                out += [(block, one.line, one.unrun) for one in block.commands() if one.unrun is not None]
            elif block.unrun is not None:
                out.append((block, block.text.splitlines()[0], block.unrun))
    return out
