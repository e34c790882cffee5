"""One GRANDPA round as one node sees it: ghost, finalized block, estimate, whether it can be completed.

The rules are those of finality-grandpa's Round (round.rs); votes weigh one each, and an equivocator's for every block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from simnet.providers.simulated.consensus.ballots import RoundState, VoteCount
from simnet.providers.simulated.ledger import ExecutedBlock, ancestry, common_ancestor

NOTHING = RoundState(None, None, None, False)


def threshold(voters: int) -> int:
    """Votes that make a supermajority: n - f with f = (n - 1) // 3."""
    return voters - (voters - 1) // 3


def evaluate(voters: int, base: ExecutedBlock, prevotes: VoteCount, precommits: VoteCount) -> RoundState:
    """The state of a round by its votes. Targets that do not descend from ``base`` count for nothing but as cast."""
    needed = threshold(voters)
    if prevotes.cast < needed:
        return NOTHING
    ghost = _ghost(base, prevotes.targets, lambda weight: weight + prevotes.equivocators >= needed)
    if ghost is None:
        return NOTHING
    cast, double = precommits.cast, precommits.equivocators
    if cast < needed:
        return RoundState(ghost, None, ghost, False)

    def enough(weight: int) -> bool:
        return weight + double >= needed

    def possible(weight: int) -> bool:
        """Whether a block with that many precommits may still get a supermajority of them: by votes not cast yet, and
        by equivocations of those cast elsewhere."""
        equivocations = min(cast - weight - double, voters - needed - double)
        return weight + double + (voters - cast) + equivocations >= needed

    finalized = _descend(ghost, base, precommits.targets, enough)
    estimate = _descend(ghost, base, precommits.targets, possible)
    if estimate is None:
        return RoundState(ghost, finalized, None, False)
    completable = estimate is not ghost or _ghost(estimate, precommits.targets, possible) in (None, estimate)
    return RoundState(ghost, finalized, estimate, completable)


def _weight(block: ExecutedBlock, votes: Mapping[ExecutedBlock, int]) -> int:
    """Votes for the block and its descendants."""
    return sum(count for target, count in votes.items() if target.descends_from(block))


def _descend(
    block: ExecutedBlock, base: ExecutedBlock, votes: Mapping[ExecutedBlock, int], enough: Callable[[int], bool]
) -> ExecutedBlock | None:
    """The highest of the block and its ancestors down to ``base`` that has enough votes."""
    return next((one for one in ancestry(block, above=base.number - 1) if enough(_weight(one, votes))), None)


def _ghost(
    base: ExecutedBlock, votes: Mapping[ExecutedBlock, int], enough: Callable[[int], bool]
) -> ExecutedBlock | None:
    """The highest descendant of ``base`` with enough votes, None when not even ``base`` has."""
    best = _descend(base, base, votes, enough)
    if best is not None:
        for candidate in _candidates(base, votes):
            higher = (one for one in ancestry(candidate, above=best.number) if enough(_weight(one, votes)))
            best = next(higher, best)
    return best


def _candidates(base: ExecutedBlock, votes: Iterable[ExecutedBlock]) -> list[ExecutedBlock]:
    """Targets above ``base`` and the points where their chains meet."""
    targets = [target for target in votes if target.number > base.number and target.descends_from(base)]
    meets = [common_ancestor(one, two) for i, one in enumerate(targets) for two in targets[:i]]
    return sorted({id(block): block for block in [*targets, *meets]}.values(), key=lambda block: -block.number)
