"""What collators do: they follow the relay chain, build on it for their parachain, and offer what they built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simnet.codec import blake2_256
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.candidates import garbage
from simnet.providers.simulated.clock import MILLISECOND
from simnet.providers.simulated.consensus.backing import Backing
from simnet.providers.simulated.consensus.collation import ANOTHER, Collator, Turn
from simnet.providers.simulated.consensus.pools import Pools
from simnet.providers.simulated.consensus.pov_recovery import PovRecovery
from simnet.providers.simulated.consensus.propagation import Propagation
from simnet.providers.simulated.keyring import Keyring
from simnet.providers.simulated.ledger import ExecutedBlock, Ledger
from simnet.providers.simulated.misdeeds import Misdeeds
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.observer import Limits, Observer
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.pvf import Validator
from simnet.providers.simulated.times import COLLATING, Times
from simnet.providers.simulated.wall_time import SLOT, WallTime
from simnet.providers.simulated.weights import beyond_ordinary
from simnet.runtime.host import RuntimeTrap

_FRESH = 2
"""Slots that a relay block may be old for a collator to build on it; older ones it is only catching up with."""


@dataclass(eq=False)
class Parachains:
    """The parachain side of all collators."""

    processes: Processes
    wall: WallTime
    times: Times
    keys: Keyring
    misdeeds: Misdeeds
    pools: Pools
    backing: Backing
    recovery: PovRecovery
    validator: Validator
    ledgers: Mapping[str, Ledger]
    propagation: Mapping[str, Propagation]
    observer: Observer
    limits: Limits

    def __post_init__(self) -> None:
        self._collators = {
            node.index: Collator(self.processes, self.keys, self.pools, self.limits, node.index, int(node.spec.chain))
            for node in self.processes.nodes
            if node.spec.role == "collator"
        }

    def relay_best(self, node: SimulatedNode, block: ExecutedBlock) -> None:
        """A collator has another best relay block: its best parachain block follows, and it may build."""
        assert node.para is not None
        head = self._included(node, block)
        if head is None:
            self.recovery.included(node.index, _head(node, block))
        elif not node.para.best.descends_from(head):
            node.para.best = head
            self.observer.best(node, head)
        fresh = self.wall.slot() - block.slot <= _FRESH
        if fresh and node.index in self._collators and self.processes.runs(node.index):
            self._collate(node, block)

    def imported(self, index: int, block: ExecutedBlock) -> None:
        """A collator has a new block of its parachain."""
        node = self.processes.nodes[index]
        assert node.para is not None
        self.observer.imported(node, block)
        if block.number > node.para.best.number and block.descends_from(node.para.finalized):
            node.para.best = block
            self.observer.best(node, block)
        self.recovery.came(index, block)

    def finalized(self, node: SimulatedNode, relay_block: ExecutedBlock) -> None:
        """A collator finalized a relay block, and with it what that has included of its parachain."""
        assert node.para is not None
        head = self._included(node, relay_block)
        if head is not None and head.number > node.para.finalized.number:
            self.pools.finalized(node, head)
            if node.para.finalize(head):
                self.observer.best(node, node.para.best)
            self.observer.finalized(node, head)
            self.recovery.finalized(node.index, head)

    def _included(self, node: SimulatedNode, relay_block: ExecutedBlock) -> ExecutedBlock | None:
        """The included block of the node's parachain, if it has it."""
        assert node.para is not None
        block = self.ledgers[node.spec.chain].get(_head(node, relay_block))
        return block if block is not None and block in node.para else None

    def _collate(self, node: SimulatedNode, best: ExecutedBlock) -> None:
        try:
            turn = self._collators[node.index].turn(best)
        except RuntimeTrap as error:
            self.observer.log(node, f"nothing built on {best}: {error}")
            return
        if turn is None or self.misdeeds.commits(node.index, "stall"):
            return
        made = self._offer(node, turn)
        if self.misdeeds.tempted(node.index, "equivocate", best.hash) and self._offer(node, turn, (ANOTHER,)) and made:
            self.misdeeds.did(node.index, "equivocate", best.hash)
        self._go_on(node, turn, made)

    def _go_on(self, node: SimulatedNode, turn: Turn, made: ExecutedBlock | None) -> None:
        """Builds on a block for the next core, once that one's share of the relay slot is over."""
        following = None if made is None else turn.next(made)
        if following is None:
            return

        def build() -> None:
            try:
                may = self._collators[node.index].may_build(following)
            except RuntimeTrap as error:
                self.observer.log(node, f"nothing built on {made}: {error}")
                return
            if may:
                self._go_on(node, following, self._offer(node, following))

        share = SLOT * MILLISECOND // len(turn.cores)
        self.processes.when(node.index, self.processes.clock.now + share, build)

    def _keep(self, node: SimulatedNode, block: ExecutedBlock) -> None:
        """A collator has a block of its own that it offers nobody."""
        self.propagation[node.spec.chain].keep(node.index, block)

    def _offer(self, node: SimulatedNode, turn: Turn, extra: Sequence[bytes] = ()) -> ExecutedBlock | None:
        """Builds for a turn, if the runtime lets it, and offers what it built a little later; the block, if it can be
        offered."""
        censors = self.misdeeds.does(node.index, "censor")
        if censors:
            for extrinsic in self.pools.waiting(node.index, turn.parent):
                self.misdeeds.commits(node.index, "censor", extrinsic)
        try:
            collation = self._collators[node.index].collate(turn, censor=censors, extra=extra)
        except RuntimeTrap as error:
            self.observer.log(node, f"block on {turn.parent} not built: {error}")
            return None
        self.pools.drop(node.index, collation.refused)
        candidate = collation.candidate
        now, takes = self.processes.clock.now, self.times.one(COLLATING) + beyond_ordinary(collation.block)
        if candidate is None:
            self.observer.log(node, f"{collation.block} not offered: {collation.why}")
            self.processes.work(node.index, now, takes, lambda: self._keep(node, collation.block))
            return None
        self.validator.judge(candidate, collation.pov)
        keys = relay_state.validators(candidate.relay_parent)
        backers = [self.keys.validator(keys[validator]) for validator in candidate.group]
        if any(backer is not None and self.misdeeds.does(backer, "back_invalid") for backer in backers):
            candidate.garbage = garbage(candidate)
            self.validator.judge(candidate.garbage, collation.pov, doubtful=True)

        def done() -> None:
            self.propagation[node.spec.chain].publish(node.index, candidate.block)
            self.backing.offer(node.index, candidate)

        self.processes.work(node.index, now, takes, done)
        return candidate.block


def _head(node: SimulatedNode, relay_block: ExecutedBlock) -> bytes:
    """Hash of the block of the node's parachain that is included at a relay block."""
    return blake2_256(relay_state.para_head(relay_block, int(node.spec.chain)))
