"""The relay chain's client in every node: what it imports, calls best, finalizes and gives up, and who hears of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from simnet.network.topology import RELAY
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.candidates import Candidate
from simnet.providers.simulated.collators import Parachains
from simnet.providers.simulated.consensus.pools import Pools
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.observer import Observer
from simnet.providers.simulated.protocols import NodeProtocol
from simnet.providers.simulated.pvf import Validator


@dataclass(eq=False)
class RelayClients:
    """Every node has one; a collator's drives its parachain."""

    nodes: list[SimulatedNode]
    candidates: Mapping[bytes, Candidate]
    pools: Pools
    parachains: Parachains
    validator: Validator
    observer: Observer
    protocols: Sequence[NodeProtocol]
    _told: dict[ExecutedBlock, None] = field(init=False, default_factory=dict)
    """Blocks whose inclusions were told."""

    def imported(self, index: int, block: ExecutedBlock) -> None:
        """A node has a new relay block."""
        node = self.nodes[index]
        if node.spec.chain == RELAY:
            self.observer.imported(node, block)
            self._inclusions(node, block)
        if node.relay.prefer(block):
            self._best(node, block)
        for protocol in self.protocols:
            protocol.imported(index, block)

    def finalized(self, index: int, block: ExecutedBlock) -> None:
        """A node finalized a relay block."""
        node = self.nodes[index]
        if node.spec.chain == RELAY:
            self.pools.finalized(node, block)
        moved = node.relay.finalize(block)
        if node.spec.chain == RELAY:
            self.observer.finalized(node, block)
        if moved:
            self._best(node, node.relay.best)
        if node.para is not None:
            self.parachains.finalized(node, block)

    def revert(self, index: int, block: ExecutedBlock) -> None:
        """A node gives up a block and all that is built on it."""
        node = self.nodes[index]
        if block not in node.relay.reverted and block.number > node.relay.finalized.number:
            self.observer.log(node, f"{block} given up: it, or what it is built on, includes an invalid candidate")
        if node.relay.revert(block):
            self._best(node, node.relay.best)

    def _best(self, node: SimulatedNode, block: ExecutedBlock) -> None:
        if node.spec.chain == RELAY:
            self.observer.best(node, block)
        else:
            self.parachains.relay_best(node, block)

    def _inclusions(self, node: SimulatedNode, block: ExecutedBlock) -> None:
        """The first node to have a block tells what it includes, and what was made of that."""
        if block in self._told:
            return
        self._told[block] = None
        for one in relay_state.included(block):
            candidate = self.candidates.get(one.candidate)
            if candidate is not None:
                candidate.included_in.append(block)
            judged = self.validator.judgement(one.para, one.candidate, included=True)
            self.observer.note(node, judged, chain=RELAY, block=block)
