"""How a chain goes over to new code: what it makes afterwards, and what it misses meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

from simnet.checks._check import Finding, Status, invariant, pointer
from simnet.checks.relay import inclusions, main_chain, para_of
from simnet.checks.watched import unread
from simnet.journal import Block, Evidence, Record, why_slots_were_lost
from simnet.journal.records import CodeRead
from simnet.network.topology import RELAY

NEXT = 10
"""Blocks, or candidates of a parachain, after the one that applied the code over which misses are counted."""

STANDS = 120.0
"""Seconds without a block after which a chain stands: twenty relay slots, or several times what nodes need to compile
their own new code where they share a core."""


NO_CODE_TOLD = "this journal tells of no code, as earlier ones"


def missed(evidence: Evidence, chain: str, code: str) -> tuple[int, int]:
    """Slots without a block on the relay chain's main chain, over the ten blocks after the one that applied the code;
    of a parachain relay blocks without a candidate of it, over the ten candidates after. And how many of the ten
    followed, 0 where no block of the main chain is known to have applied it."""
    applied = _applied(evidence, chain, code)
    if applied is None:
        return 0, 0
    main = main_chain(evidence)
    if chain == RELAY:
        at = next((n for n, block in enumerate(main) if block.hash == applied.hash), None)
        following = [] if at is None else main[at : at + 1 + NEXT]
        slots = [block.slot for block in following]
        if len(slots) < 2 or None in slots:
            return 0, 0
        return (slots[-1] or 0) - (slots[0] or 0) - len(slots) + 1, len(slots) - 1
    heights = {block.hash: block.height for block in main}
    included = {
        record.data.fields.get("para_head"): heights[record.hash or ""]
        for record in inclusions(evidence)
        if para_of(record) == chain and record.hash in heights
    }
    if applied.hash not in included:
        return 0, 0
    first = included[applied.hash]
    after = sorted({height for height in included.values() if height > first})[:NEXT]
    return (after[-1] - first - len(after), len(after)) if after else (0, 0)


def _applied(evidence: Evidence, chain: str, code: str) -> Block | None:
    """The first block of the chain whose state has that code and whose parent's has not."""
    for block in evidence.canonical(chain):
        read = evidence.codes[chain].get(block.hash)
        if read is not None and read.data.code == code and block.height > 0:
            return block
    return None


def upgraded_chains_go_on(evidence: Evidence) -> Finding:
    """A chain whose code changed makes blocks with it to the end, and of a parachain the relay chain includes them.
    Forks that lost are no matter; while a fault lasts, and for two minutes after it, a chain may stand."""
    name, expected = "upgraded chains go on", "each chain whose code changed makes blocks with the new code"
    went: dict[str, None] = {}
    stands: dict[str, str] = {}
    early: dict[str, None] = {}
    for chain in evidence.chains():
        by_code: dict[str, list[Record[CodeRead]]] = {}
        for record in _changes(evidence, chain):
            by_code.setdefault(record.data.code, []).append(record)
        for code, changes in by_code.items():
            first = changes[0]
            told = f"{chain} with {code[:10]} from block {first.height} on"
            last = _last_block(evidence, chain, {record.hash or "" for record in changes})
            stood = evidence.now - max([first.t if last is None else last, *_end_of_faults(evidence)])
            which = "no block" if last is None else "no other block"
            if stood >= STANDS:
                why = first.data.why or why_slots_were_lost(evidence, chain, first.t if last is None else last)
                made = "made" if chain == RELAY else "included"
                stands[f"{told}: {which} was {made} in {stood:.0f} s{f' ({why})' if why else ''}"] = pointer(first)
            elif last is None:
                early[f"{told}: none came in the {max(stood, 0.0):.0f} s that are known"] = None
            else:
                went[told] = None
    if not any(evidence.codes.values()):
        return invariant(name, expected, Status.SUSPENDED, NO_CODE_TOLD)
    lacking = unread_code(evidence)
    status = Status.FAILED if stands else Status.INCONCLUSIVE if early or lacking else Status.HELD
    told = "; ".join([*stands, *early]) or (f"goes on: {', '.join(went)}" if went else "no chain's code changed")
    seen = "; ".join(filter(None, (told, lacking)))
    return invariant(name, expected, status, seen, stands.values(), certain=False)


def _last_block(evidence: Evidence, chain: str, applied: set[str]) -> float | None:
    """When the last block that has one of these as an ancestor was made, None where none was; of a parachain, when the
    relay chain was last seen to include one: what its collators make and nobody backs leads nowhere."""
    if chain == RELAY:
        made = [(block.t, block.hash) for block in evidence.blocks[chain].values()]
    else:
        heads = (one for one in inclusions(evidence) if para_of(one) == chain)
        made = [(one.t, str(one.data.fields.get("para_head"))) for one in heads]
    for t, hash_ in sorted(made, reverse=True):
        if any(block.parent in applied for block in evidence.ancestors(chain, hash_)):
            return t
    return None


def code_changes(evidence: Evidence, chain: str) -> Iterator[tuple[Block, Record[CodeRead]]]:
    """Where the chain's code became another, on any fork."""
    for hash_, record in evidence.codes[chain].items():
        block = evidence.blocks[chain].get(hash_)
        if block is None:
            continue
        before = evidence.code(chain, block.parent) or next(iter(evidence.codes[chain].values()))
        if before.data.code != record.data.code:
            yield block, record


def unread_code(evidence: Evidence) -> str:
    """Why a chain's code may have changed unseen, in words; empty where none can have."""
    for chain in evidence.chains():
        if not evidence.codes[chain] and any(block.height > 0 for block in evidence.blocks[chain].values()):
            return f"no code of {chain} was read"
        if lacking := unread(evidence, evidence.canonical(chain)):
            return lacking
    return ""


def _changes(evidence: Evidence, chain: str) -> list[Record[CodeRead]]:
    """Those on its finalized blocks and what may still be one of them."""
    final = {block.hash for block in evidence.canonical(chain)}
    tip = evidence.tip(chain)
    found = []
    for block, record in code_changes(evidence, chain):
        beyond = tip is None or (block.height > tip.height and evidence.is_ancestor(chain, tip.hash, block.hash))
        if block.hash in final or beyond:
            found.append(record)
    return found


def _end_of_faults(evidence: Evidence) -> list[float]:
    """When each fault was over; the end of the evidence for one that lasts."""
    return [evidence.now if one.heal_end is None else one.heal_end for one in evidence.windows.values()]
