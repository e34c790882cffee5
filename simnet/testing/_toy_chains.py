"""The chains of a toy network: who writes a block when, what each node calls best and finalized."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from simnet.codec import blake2_256
from simnet.journal import Journal
from simnet.journal.records import (
    BestHead,
    BlockSeen,
    ContentsRead,
    FinalizedHead,
    PeerCount,
    RecordData,
    RuntimeEvent,
)
from simnet.network.topology import RELAY, Topology
from simnet.testing._mail import Mail

FINALITY_DEPTH = 2
"""Blocks by which finality follows the best block."""

SESSION = 10
"""Relay blocks of a session."""


@dataclass(frozen=True)
class _Block:
    chain: str
    height: int
    hash: str
    parent: str


@dataclass
class _View:
    """What one node calls best and finalized."""

    best: _Block
    finalized: _Block
    peers: int | None = None


@dataclass
class ToyChains:
    """Every chain, forks included. Each slot, every connected group of nodes gets one relay block from one of its
    validators; a group with n - f of them finalizes and takes the parachains on."""

    topology: Topology
    journal: Journal
    seed: int
    mail: Mail
    views: dict[str, _View] = field(default_factory=dict)
    incarnations: dict[str, int] = field(default_factory=dict)
    copies: dict[str, _View] = field(default_factory=dict)
    _blocks: dict[str, _Block] = field(default_factory=dict)
    _heads: dict[str, _Block] = field(default_factory=dict)
    """The newest block of each parachain."""
    _included: dict[str, list[_Block]] = field(default_factory=dict)
    """Parachain blocks by the hash of the relay block that includes them."""

    def __post_init__(self) -> None:
        for chain in (self.topology.relay, *self.topology.parachains):
            self._heads[chain.id] = self._keep(_Block(chain.id, 0, self._hash(chain.id, "genesis"), "0x" + "00" * 32))
        for node in self.topology.nodes:
            self.reset(node.name)
            self.incarnations[node.name] = 0

    @property
    def quorum(self) -> int:
        """Validators that finality needs: n - f with f = floor((n - 1) / 3)."""
        n = len(self.topology.validators)
        return n - (n - 1) // 3

    @property
    def session(self) -> int:
        """The session of the highest relay block."""
        return max(view.best.height for view in self.views.values() if view.best.chain == RELAY) // SESSION

    def reset(self, node: str) -> None:
        """An empty database: only genesis is known."""
        genesis = self._blocks[self._hash(self.topology.node(node).chain, "genesis")]
        self.views[node] = _View(genesis, genesis)

    def keep(self, node: str) -> None:
        """Copies a node's database."""
        self.copies[node] = replace(self.views[node])

    def restore(self, node: str) -> None:
        """Puts the copy in the place of a node's database."""
        self.views[node] = replace(self.copies[node])

    def slot(self, slot: int, groups: Sequence[Sequence[str]]) -> None:
        """Lets one slot pass. ``groups`` are the nodes that run, by who reaches whom."""
        for group in groups:
            self.tell_peers(group)
            self._group_slot(slot, group)

    def tell_peers(self, group: Sequence[str], *, again: bool = False) -> None:
        """How many others each node of a group has, where that changed, or ``again`` anyway."""
        for name in group:
            view, peers = self.views[name], len(group) - 1
            if again or view.peers != peers:
                view.peers = peers
                self.note(PeerCount(count=peers, syncing=False), name)

    def note(self, what: RecordData, node: str, block: _Block | None = None) -> None:
        """Journals what a node shows, of a block if it is about one."""
        chain, height, hash_ = (block.chain, block.height, block.hash) if block else (None, None, None)
        incarnation = self.incarnations[node]
        self.journal.append(what, observer=node, incarnation=incarnation, chain=chain, height=height, hash=hash_)

    def _group_slot(self, slot: int, group: Sequence[str]) -> None:
        relay_nodes = [name for name in group if self.topology.node(name).chain == RELAY]
        validators = [name for name in relay_nodes if self.topology.node(name).role == "validator"]
        if not relay_nodes:
            return
        leader = max(relay_nodes, key=lambda name: self._rank(self.views[name]))
        best, finalized = self.views[leader].best, self.views[leader].finalized
        final = len(validators) >= self.quorum
        if validators:
            author = validators[slot % len(validators)]
            candidates = self._parachain_slot(slot, group, best.height) if final else []
            best = self._write(RELAY, best, slot, author, candidates=candidates, main=final)
        if final:
            target = max(0, best.height - FINALITY_DEPTH)
            finalized = self._ancestor(best, max(target, finalized.height))
        for name in relay_nodes:
            self._show(name, best, finalized)
        self._show_parachains(group, finalized)

    def _rank(self, view: _View) -> tuple[int, int, str]:
        return view.finalized.height, view.best.height, view.best.hash

    def _parachain_slot(self, slot: int, group: Sequence[str], relay_height: int) -> list[_Block]:
        written = []
        for para in self.topology.parachains:
            collators = [name for name in group if self.topology.node(name).chain == para.id]
            if collators:
                author = collators[slot % len(collators)]
                block = self._write(para.id, self._heads[para.id], slot, author, relay_parent=relay_height, main=True)
                self._heads[para.id] = block
                written.append(block)
        return written

    def _show_parachains(self, group: Sequence[str], finalized: _Block) -> None:
        known: dict[str, _Block] = {}
        block: _Block | None = finalized
        while block is not None and len(known) < len(self.topology.parachains):
            for included in self._included.get(block.hash, ()):
                known.setdefault(included.chain, included)
            block = self._blocks.get(block.parent)
        for name in group:
            chain = self.topology.node(name).chain
            if chain != RELAY:
                self._show(name, self._heads[chain], known.get(chain, self.views[name].finalized))

    def _write(
        self,
        chain: str,
        parent: _Block,
        slot: int,
        author: str,
        *,
        main: bool,
        candidates: Sequence[_Block] = (),
        relay_parent: int | None = None,
    ) -> _Block:
        hash_ = self._hash(chain, f"{parent.hash} {slot} {author}")
        block = self._keep(_Block(chain, parent.height + 1, hash_, parent.hash))
        self._included[hash_] = list(candidates)
        place: dict[str, Any] = {"observer": author, "chain": chain, "height": block.height, "hash": hash_}
        claim = {"claim": "primary"} if chain == RELAY else {"relay_parent": relay_parent}
        self.journal.append(BlockSeen(parent=parent.hash, author=author, slot=slot, **claim), **place)
        events: list[tuple[str, str, dict[str, Any]]] = [
            ("ParaInclusion", "CandidateIncluded", {"para_id": int(candidate.chain), "para_head": candidate.hash})
            for candidate in candidates
        ]
        if chain == RELAY and block.height % SESSION == 0:
            events.append(("Session", "NewSession", {"session_index": block.height // SESSION}))
        for pallet, name, fields in events:
            self.journal.append(RuntimeEvent(pallet=pallet, name=name, fields=fields, extrinsic=None), **place)
        if main:
            self.mail.into_block(self.journal, place, slot)
        self.journal.append(ContentsRead(events=len(events)), **place)
        return block

    def _show(self, name: str, best: _Block, finalized: _Block) -> None:
        view = self.views[name]
        if best != view.best:
            view.best = best
            self.note(BestHead(), name, best)
        if finalized.height > view.finalized.height:
            view.finalized = finalized
            self.note(FinalizedHead(), name, finalized)

    def _ancestor(self, block: _Block, height: int) -> _Block:
        while block.height > height:
            block = self._blocks[block.parent]
        return block

    def _keep(self, block: _Block) -> _Block:
        self._blocks[block.hash] = block
        return block

    def _hash(self, chain: str, what: str) -> str:
        return "0x" + blake2_256(f"toy {self.seed} {chain} {what}".encode()).hex()
