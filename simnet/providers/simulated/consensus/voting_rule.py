"""Which block a GRANDPA voter may vote for (sc-consensus-grandpa's voting_rule.rs)."""

from __future__ import annotations

from dataclasses import dataclass

from simnet.providers.simulated.consensus.approval import Approvals
from simnet.providers.simulated.consensus.disputes import DisputeCoordinators
from simnet.providers.simulated.ledger import ExecutedBlock, ancestry

_BEHIND_BEST = 2


def limit(best: int, base: int) -> int:
    """The height up to which a node votes: two behind its best, and at most three quarters of the way from ``base``.

    ``base`` is the height that the last round's estimate has.
    """
    behind = max(best - _BEHIND_BEST, base)
    three_quarters = base + (3 * (best - base) + 2) // 4
    return max(base, min(behind, three_quarters))


MAX_FINALITY_LAG = 500
"""Blocks that approvals and disputes may hold finality back; then it is forced (polkadot-node-primitives)."""


def target(
    best: ExecutedBlock, base: ExecutedBlock, cap: int | None = None, allowed: int | None = None
) -> ExecutedBlock:
    """The vote of a node with that best block, which descends from ``base``.

    ``cap`` is the height of a change of authorities that has to be finalized first, ``allowed`` the height up to which
    all is approved and undisputed.
    """
    height = limit(best.number, base.number)
    for bound in (cap, allowed):
        if bound is not None:
            height = max(base.number, min(height, bound))
    return best.ancestor(height) or base


@dataclass(eq=False)
class VotingRule:
    """What approval voting and disputes let a node vote for."""

    approvals: Approvals
    disputes: DisputeCoordinators

    def votable(self, node: int, best: ExecutedBlock, base: ExecutedBlock) -> ExecutedBlock:
        """The highest block from ``base`` to ``best`` that a node may vote for: all from ``base`` on are approved and
        undisputed, unless finality lags too far."""
        chain = list(ancestry(best, above=base.number))
        allowed = base
        for block in reversed(chain):
            if not (self.approvals.is_approved(node, block) and self.disputes.undisputed(node, block)):
                break
            allowed = block
        forced = best.number - MAX_FINALITY_LAG
        return chain[best.number - forced] if base.number < forced and allowed.number < forced else allowed
