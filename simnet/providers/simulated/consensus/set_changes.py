"""Changes of GRANDPA's authorities: what blocks announce, and when it takes hold (sc-consensus-grandpa authorities.rs).

A standard change takes hold when the block so many after its announcement is final. A forced one takes hold when that
block is imported, whatever is final: root asks for it when finality has been lost for good (pallet-grandpa
note_stalled). It says which height was final for most, from where the new authorities begin.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from simnet.chain.consensus_logs import GRANDPA, consensus_logs
from simnet.providers.simulated.consensus.ballots import AuthoritySet
from simnet.providers.simulated.ledger import ExecutedBlock, Fact, ancestry
from simnet.providers.simulated.relay_state import keys_of


@dataclass(frozen=True, eq=False)
class SetChange:
    """A change of the authorities as a block announces it."""

    block: ExecutedBlock
    keys: tuple[bytes, ...]
    delay: int
    median: int | None = None
    """Of a forced change: the height that it takes for final (median_last_finalized)."""

    @property
    def effective(self) -> int:
        """The height of the block with which it takes hold."""
        return self.block.number + self.delay

    @property
    def forced(self) -> bool:
        return self.median is not None


@Fact
def announced(block: ExecutedBlock) -> SetChange | None:
    """What a block announces: a forced change, or else a standard one (sp-consensus-grandpa ConsensusLog)."""
    logs = dict(reversed(consensus_logs(block.decoded().logs, GRANDPA)))
    if "ForcedChange" in logs:
        median, change = logs["ForcedChange"]
        return SetChange(block, keys_of(change["next_authorities"]), change["delay"], median)
    if "ScheduledChange" in logs:
        change = logs["ScheduledChange"]
        return SetChange(block, keys_of(change["next_authorities"]), change["delay"])
    return None


@Fact
def pending(block: ExecutedBlock) -> tuple[SetChange, ...]:
    """Changes announced in the block's chain that take hold with it or with one after it. Ask for the parent first:
    nodes do, which import blocks in order."""
    earlier = () if block.parent is None else pending(block.parent)
    own = announced(block)
    kept = tuple(change for change in earlier if change.effective >= block.number)
    return kept if own is None else (*kept, own)


class AuthoritySets:
    """The sets of voters that nodes came to, all nodes the same where their chains do, so that they share its votes."""

    def __init__(self, first: AuthoritySet) -> None:
        self._sets = {(first.id, first.base): first}

    def after(self, authorities: AuthoritySet, change: SetChange, block: ExecutedBlock) -> AuthoritySet:
        """The set that follows one when a change takes hold with a block."""
        made = following(change, block, authorities)
        return self._sets.setdefault((made.id, made.base), made)

    def up_to(self, block: ExecutedBlock) -> list[AuthoritySet]:
        """Those that were in force in a block's chain up to it, the first one first."""
        found = (one for one in self._sets.values() if block.descends_from(one.base))
        return sorted(found, key=lambda one: one.id)


def taking_hold(block: ExecutedBlock, authorities: AuthoritySet) -> SetChange | None:
    """The standard change that takes hold once the block is final, for voters of that set."""
    due = (change for change in pending(block) if not change.forced and change.effective == block.number)
    return next((change for change in due if change.block.number > authorities.after), None)


def forced_by(block: ExecutedBlock, authorities: AuthoritySet) -> SetChange | None:
    """The forced change that takes hold with the block's import at a node of that set. One that was announced no later
    than where the set begins is void: finality came back by itself."""
    due = (change for change in pending(block) if change.forced and change.effective == block.number)
    begin = authorities.base
    return next((one for one in due if one.block is not begin and one.block.descends_from(begin)), None)


def unmet(change: SetChange, authorities: AuthoritySet) -> SetChange | None:
    """The first standard change that a forced one presupposes, and that has not taken hold for that set: blocks with
    which the forced one would take hold are refused until it has."""
    assert change.median is not None
    found = None
    for block in islice(ancestry(change.block, above=authorities.after), 1, None):
        earlier = announced(block)
        if earlier is not None and not earlier.forced and earlier.effective <= change.median:
            found = earlier
    return found


def refusal(block: ExecutedBlock, authorities: AuthoritySet) -> str | None:
    """Why nodes of that set may not import a block: a forced change would take hold with it that presupposes one which
    is not final. None if they may."""
    change = forced_by(block, authorities)
    first = None if change is None else unmet(change, authorities)
    if change is None or first is None:
        return None
    return f"the change of authorities forced at {change.block.number} presupposes that of {first.block.number}"


def first_bound(best: ExecutedBlock, base: ExecutedBlock, authorities: AuthoritySet) -> int | None:
    """Height of the first block above ``base`` up to ``best`` with which another set takes hold: no vote goes
    beyond."""
    changing = (one.number for one in ancestry(best, above=base.number) if taking_hold(one, authorities) is not None)
    return min(changing, default=None)


def following(change: SetChange, block: ExecutedBlock, authorities: AuthoritySet) -> AuthoritySet:
    """The set after a change; ``block`` is the one with which it took hold."""
    if change.forced:
        return AuthoritySet(authorities.id + 1, change.keys, change.block, change.effective, change.block)
    return AuthoritySet(authorities.id + 1, change.keys, block, change.block.number, authorities.line)
