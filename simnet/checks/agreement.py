"""Whether nodes follow one chain."""

from __future__ import annotations

from collections.abc import Sequence

from simnet.journal import Evidence

TOLERANCE = 2
"""Blocks below the lowest best head at which nodes must agree: forks of one or two blocks are BABE's everyday life."""


def agree(evidence: Evidence, chain: str, nodes: Sequence[str], t: float) -> bool:
    """Whether the best heads of all nodes at time ``t`` have one ancestor ``TOLERANCE`` blocks below the lowest, and
    none lags more than twice that behind the highest."""
    heads = [evidence.head_at(node, t, finalized=False) for node in nodes]
    known = [head for head in heads if head is not None]
    if len(known) < len(heads) or not known:
        return False
    lowest, highest = min(head.height for head in known), max(head.height for head in known)
    if highest - lowest > 2 * TOLERANCE:
        return False
    level = max(0, lowest - TOLERANCE)
    branches = (evidence.ancestors(chain, head.hash) for head in known)
    return len({next((one.hash for one in branch if one.height <= level), "genesis") for branch in branches}) == 1
