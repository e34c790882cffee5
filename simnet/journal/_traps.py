"""Assets that lie trapped on chains, as their finalized blocks tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from simnet.journal._message_trace import Trap
from simnet.journal._observations import Block
from simnet.journal._record import Record
from simnet.journal.records import RuntimeEvent


def trap_of(record: Record[RuntimeEvent], block: Block) -> Trap:
    """What an event ``AssetsTrapped`` says."""
    fields = record.data.fields
    found = (fields[key] for key in ("hash", "origin", "assets"))
    return Trap(block.chain, block.height, block.t, record.seq, *found)


def left_in(events: Iterable[tuple[Block, Record[RuntimeEvent]]]) -> tuple[list[Trap], list[Trap]]:
    """Of a chain's events, in their order, what is trapped and nobody claimed yet, and what was claimed. Equal assets
    of one origin are claimed in the order in which they were trapped."""
    trapped: list[Trap] = []
    claims: Counter[str] = Counter()
    for block, record in events:
        name, fields = record.data.name, record.data.fields
        if "origin" not in fields or "hash" not in fields:
            continue
        if name == "AssetsTrapped":
            trapped.append(trap_of(record, block))
        elif name == "AssetsClaimed":
            claims[fields["hash"]] += 1
    left, claimed = [], []
    for trap in trapped:
        if claims[trap.hash]:
            claims[trap.hash] -= 1
            claimed.append(trap)
        else:
            left.append(trap)
    return left, claimed
