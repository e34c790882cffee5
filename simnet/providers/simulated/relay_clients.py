"""The relay chain's client in every node: what it imports, calls best, finalizes and gives up, and who hears of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

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

    def imported(self, index: int, block: ExecutedBlock, told: bool) -> None:
        """A node has a new relay block. Unless it is ``told``, nobody hears of it but the database, as long as it
        continues the best chain: a reorganisation is always told (sc-service client.rs, make_notifications)."""
        node = self.nodes[index]
        if told:
            self._tell(node, block)
        before = node.relay.best
        moved = node.relay.prefer(block)
        if moved and not told and block.parent is not before:
            told = True
            self._tell(node, block)
        if moved and told:
            self._best(node, block)
        news = self._news(node, block, told)
        for act, stored in self._occasions:
            for one in (block,) if stored else news:
                act(index, one)

    def _tell(self, node: SimulatedNode, block: ExecutedBlock) -> None:
        if node.spec.chain == RELAY:
            self.observer.imported(node, block)
            self._inclusions(node, block)

    @cached_property
    def _occasions(self) -> list[tuple[Callable[[int, ExecutedBlock], None], bool]]:
        """What protocols do when a block is stored (True) or told, in their order, those left out that do nothing."""
        found: list[tuple[Callable[[int, ExecutedBlock], None], bool]] = []
        for protocol in self.protocols:
            kind = type(protocol)
            if kind.stored is not NodeProtocol.stored:
                found.append((protocol.stored, True))
            if kind.imported is not NodeProtocol.imported:
                found.append((protocol.imported, False))
        return found

    def _news(self, node: SimulatedNode, block: ExecutedBlock, told: bool) -> tuple[ExecutedBlock, ...]:
        """What a node's subsystems are told with a block: it, after those that came silently and are not final; of one
        that comes silently nothing yet."""
        silent = node.relay.silent
        if not told:
            silent.append(block)
            return ()
        earlier = [one for one in silent if one.number > node.relay.finalized.number] if silent else []
        silent.clear()
        return (*earlier, block)

    def finalized(self, index: int, block: ExecutedBlock) -> None:
        """A node finalized a relay block: silently while it is far behind, when it does so by the justifications that
        come with blocks."""
        node = self.nodes[index]
        told = RELAY not in node.syncing
        if node.spec.chain == RELAY:
            self.pools.finalized(node, block)
        moved = node.relay.finalize(block)
        if not told:
            return
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
