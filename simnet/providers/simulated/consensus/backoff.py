"""Authoring backs off while finality lags (sc-consensus-slots, BackoffAuthoringOnFinalizedHeadLagging)."""

from __future__ import annotations

SLACK = 50
"""Unfinalized blocks that are no reason to back off."""
BIAS = 2
"""Blocks of lag per slot of waiting."""
MAX_INTERVAL = 100
"""Slots of waiting at most; 10 for the ids that polkadot-service names (builder/mod.rs)."""
_QUICK = ("rococo", "versi", "wococo")
_NEVER = ("polkadot", "dot", "kusama", "ksm")


def max_interval(chain_id: str) -> int | None:
    """Slots that authoring waits at most on a chain of that id; None where it never backs off."""
    if chain_id.startswith(_NEVER):
        return None
    return 10 if chain_id.startswith(_QUICK) or chain_id.endswith("dev") else MAX_INTERVAL


def backs_off(slot: int, best_slot: int, lag: int, longest: int | None) -> bool:
    """Whether a node leaves this slot; ``lag`` counts blocks between its best and its finalized one."""
    if longest is None or lag <= SLACK:
        return False
    return slot <= best_slot + min((lag - SLACK) // BIAS, longest)
