"""What collators do: they follow the relay chain, build on it for their parachain, and offer what they built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simnet.codec import blake2_256
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.clock import SECOND
from simnet.providers.simulated.consensus.collation import ANOTHER, SLOT, Collator, Turn
from simnet.providers.simulated.consensus.paras import garbage
from simnet.providers.simulated.ledger import Block
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.times import COLLATING
from simnet.runtime.host import RuntimeTrap

if TYPE_CHECKING:
    from simnet.providers.simulated.simulation import Simulation

_RECOVERED = 12 * SECOND
"""After which a real collator would have recovered a block that was included and that it lacks: it begins after up to
two relay slots (cumulus-client-pov-recovery)."""

_FRESH = 2
"""Slots that a relay block may be old for a collator to build on it; older ones it is only catching up with."""


class Parachains:
    """The parachain side of all collators."""

    def __init__(self, simulation: Simulation) -> None:
        self._sim = simulation
        self._collators = {
            node.index: Collator(simulation, node.index, int(node.spec.chain))
            for node in simulation.nodes
            if node.spec.role == "collator"
        }
        self._lacking: dict[int, int] = {}
        """Since when collators lack the included block."""

    def relay_best(self, node: SimulatedNode, block: Block) -> None:
        """A collator has another best relay block: its best parachain block follows, and it may build."""
        sim = self._sim
        assert node.para is not None
        head = self._included(node, block)
        self._notice(node, block, head)
        if head is not None and not node.para.best.descends_from(head):
            node.para.best = head
            sim.observer.best(node, head)
        fresh = sim.unix_ms() // SLOT - block.slot <= _FRESH
        if fresh and node.index in self._collators and sim.runs(node.index):
            self._collate(node, block)

    def imported(self, index: int, block: Block) -> None:
        """A collator has a new block of its parachain."""
        node = self._sim.nodes[index]
        assert node.para is not None
        self._sim.observer.imported(node, block)
        if block.number > node.para.best.number and block.descends_from(node.para.finalized):
            node.para.best = block
            self._sim.observer.best(node, block)

    def finalized(self, node: SimulatedNode, relay_block: Block) -> None:
        """A collator finalized a relay block, and with it what that has included of its parachain."""
        sim = self._sim
        assert node.para is not None
        head = self._included(node, relay_block)
        if head is not None and head.number > node.para.finalized.number:
            sim.pools.finalized(node, head)
            if node.para.finalize(head):
                sim.observer.best(node, node.para.best)
            sim.observer.finalized(node, head)

    def _notice(self, node: SimulatedNode, relay_block: Block, head: Block | None) -> None:
        """A collator that lacks the included block for long would recover its proof from validators."""
        if head is not None:
            self._lacking.pop(node.index, None)
            return
        chain, now = node.spec.chain, self._sim.clock.now
        since = self._lacking.setdefault(node.index, now)
        if now - since >= _RECOVERED:
            what = f"{node.name} lacks the block of {chain} that is included at relay block {relay_block.number}"
            self._sim.limit(node.index, "pov-recovery", chain, what)

    def _included(self, node: SimulatedNode, relay_block: Block) -> Block | None:
        """The included block of the node's parachain, if it has it."""
        assert node.para is not None
        head = blake2_256(relay_state.para_head(relay_block, int(node.spec.chain)))
        block = self._sim.ledgers[node.spec.chain].get(head)
        return block if block is not None and block in node.para else None

    def _collate(self, node: SimulatedNode, best: Block) -> None:
        sim = self._sim
        try:
            turn = self._collators[node.index].turn(best)
        except RuntimeTrap as error:
            sim.observer.log(node, f"nothing built on {best}: {error}")
            return
        if turn is None or sim.commits(node.index, "stall"):
            return
        made = self._offer(node, turn)
        if sim.tempted(node.index, "equivocate", best.hash) and self._offer(node, turn, (ANOTHER,)) and made:
            sim.did(node.index, "equivocate", best.hash)

    def _offer(self, node: SimulatedNode, turn: Turn, extra: Sequence[bytes] = ()) -> bool:
        """Builds for a turn, if the runtime lets it, and offers what it built a little later."""
        sim = self._sim
        censors = sim.does(node.index, "censor")
        if censors:
            for extrinsic in sim.pools.waiting(node.index, turn.parent):
                sim.commits(node.index, "censor", extrinsic)
        try:
            collation = self._collators[node.index].collate(turn, censor=censors, extra=extra)
        except RuntimeTrap as error:
            sim.observer.log(node, f"block on {turn.parent} not built: {error}")
            return False
        sim.pools.drop(node.index, collation.refused)
        candidate = collation.candidate
        made = sim.clock.now + sim.times.one(COLLATING)
        if candidate is None:
            sim.observer.log(node, f"{collation.block} not offered: {collation.why}")
            sim.when(node.index, made, lambda: sim.import_own(node.index, node.spec.chain, collation.block))
            return False
        sim.validator.judge(candidate, collation.pov)
        keys = relay_state.validators(candidate.relay_parent)
        backers = [sim.keys.validator(keys[validator]) for validator in candidate.group]
        if any(backer is not None and sim.does(backer, "back_invalid") for backer in backers):
            candidate.garbage = garbage(candidate)
            sim.validator.judge(candidate.garbage, collation.pov, doubtful=True)

        def done() -> None:
            sim.publish(node.index, node.spec.chain, candidate.block)
            sim.backing.offer(node.index, candidate)

        sim.when(node.index, made, done)
        return True
