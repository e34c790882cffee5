"""The parachain's client in every node of a parachain: it follows what the relay chain includes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simnet.codec import blake2_256
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.code_caches import CodeCaches
from simnet.providers.simulated.collating import Collating
from simnet.providers.simulated.consensus.pools import Pools
from simnet.providers.simulated.consensus.pov_recovery import PovRecovery
from simnet.providers.simulated.ledger import ExecutedBlock, Ledger
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.observer import Observer
from simnet.providers.simulated.processes import Processes


@dataclass(eq=False)
class Parachains:
    """The clients of all parachains' nodes. ``collating`` hears of every best relay block, to build on it."""

    processes: Processes
    pools: Pools
    recovery: PovRecovery
    ledgers: Mapping[str, Ledger]
    collating: Collating
    observer: Observer
    compiled: CodeCaches

    def relay_best(self, node: SimulatedNode, block: ExecutedBlock) -> None:
        """A node has another best relay block: its best parachain block follows, and it may build."""
        assert node.para is not None
        head = self._included(node, block)
        if head is None:
            self.recovery.included(node.index, _head(node, block))
        elif not node.para.best.descends_from(head):
            node.para.best = head
            self.observer.best(node, head)
        self.collating.relay_best(node, block)

    def imported(self, index: int, block: ExecutedBlock, told: bool) -> None:
        """A collator has a new block of its parachain, and tells of it or not."""
        node = self.processes.nodes[index]
        assert node.para is not None
        if told:
            self.observer.imported(node, block)
        if block.number > node.para.best.number and block.descends_from(node.para.finalized):
            node.para.best = block
            if told:
                self.observer.best(node, block)
        self.recovery.came(index, block)
        self.compiled.ready(index, block)

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


def _head(node: SimulatedNode, relay_block: ExecutedBlock) -> bytes:
    """Hash of the block of the node's parachain that is included at a relay block."""
    return blake2_256(relay_state.para_head(relay_block, int(node.spec.chain)))
