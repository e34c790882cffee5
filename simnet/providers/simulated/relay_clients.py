"""The relay chain's client in every node: what it imports, calls best, finalizes and gives up, and who hears of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from simnet.network.topology import RELAY
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.candidates import Candidate
from simnet.providers.simulated.code_caches import CodeCaches
from simnet.providers.simulated.collators import Parachains
from simnet.providers.simulated.consensus.pools import Pools
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.nodes import SimulatedNode
from simnet.providers.simulated.observer import Observer
from simnet.providers.simulated.protocols import NodeProtocol
from simnet.providers.simulated.pvf import Validator
from simnet.providers.simulated.relay_state import CodeFailed


@dataclass(eq=False)
class RelayClients:
    """Every node has one; a collator's drives its parachain."""

    nodes: list[SimulatedNode]
    candidates: Mapping[bytes, Candidate]
    pools: Pools
    parachains: Parachains
    validator: Validator
    observer: Observer
    compiled: CodeCaches
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
        if self.compiled.ready(index, block):
            self._occur(node, block, news)
        else:
            self._occur(node, block, (), of=(True,))
            self.compiled.when_ready(index, block, lambda: self._occur(node, block, news, of=(False,)))

    def _occur(
        self,
        node: SimulatedNode,
        stored: ExecutedBlock,
        news: Sequence[ExecutedBlock],
        of: Collection[bool] = (True, False),
    ) -> None:
        """Tells protocols of the block that was ``stored`` and of those that are news, or ``of`` one of these alone."""
        for act, of_stored in self._occasions:
            if of_stored in of:
                for one in (stored,) if of_stored else news:
                    if one.upgraded:
                        with self._of_new_code(node, one):
                            act(node.index, one)
                    else:
                        act(node.index, one)

    @contextmanager
    def _of_new_code(self, node: SimulatedNode, block: ExecutedBlock) -> Iterator[None]:
        """A subsystem that gets no answer from new code of the chain logs that and goes without."""
        try:
            yield
        except CodeFailed as error:
            self.observer.log(node, f"{block} cannot be used: {error}")

    def _tell(self, node: SimulatedNode, block: ExecutedBlock) -> None:
        if node.spec.chain == RELAY:
            self.observer.imported(node, block)
            with self._of_new_code(node, block):
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
            with self._of_new_code(node, block):
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
            self.compiled.when_ready(node.index, block, lambda: self._collators_best(node, block))

    def _collators_best(self, node: SimulatedNode, block: ExecutedBlock) -> None:
        with self._of_new_code(node, block):
            if node.relay.best is block:
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
