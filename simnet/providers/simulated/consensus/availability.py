"""Availability: validators fetch their chunk of every candidate that is backed, and say in bitfields what they have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simnet.codec import u32
from simnet.network.session_keys import PARA_VALIDATOR
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.arrivals import ArrivalTimes
from simnet.providers.simulated.candidates import Candidate, bitfield
from simnet.providers.simulated.clock import MILLISECOND, NEVER
from simnet.providers.simulated.consensus.available import Available
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.providers.simulated.protocols import ValidatorProtocol

BITFIELD_DELAY = 1500 * MILLISECOND
"""After a leaf is activated (polkadot-node-core-bitfield-signing)."""

_HOP = 2 * MILLISECOND
_SIZE = 200
_CHUNK_OVERHEAD = 500


@dataclass(eq=False)
class Availability(ValidatorProtocol):
    """Chunk stores and bitfields of all validators."""

    candidates: Mapping[bytes, Candidate]
    _bitfields: dict[ExecutedBlock, dict[int, tuple[bytes, ArrivalTimes]]] = field(init=False, default_factory=dict)
    """By relay block and validator: the payload, and when each node gets it."""

    def __post_init__(self) -> None:
        self._stores = [Available() for _ in self.processes.nodes]

    def imported(self, node: int, block: ExecutedBlock) -> None:
        """A validator has a new relay block, as high as its best one: it fetches chunks of what is pending in it and
        later signs a bitfield."""
        one = self.processes.nodes[node]
        if one.spec.role != "validator" or block.number < one.relay.best.number:
            return
        mine = self.keys.place(node, PARA_VALIDATOR, relay_state.validator_indices(block))
        if mine is None:
            return
        validator = mine[0]
        for core in relay_state.cores(block):
            if core.candidate is not None:
                self._fetch(node, core.candidate)
        self.processes.when(node, self.processes.clock.now + BITFIELD_DELAY, lambda: self._sign(node, validator, block))

    def known(self, block: ExecutedBlock, author: int) -> list[bytes]:
        """Signed bitfields for the block's children that have reached an author, in the order of validators."""
        now, session, keys = self.processes.clock.now, relay_state.session(block), relay_state.validators(block)
        out = []
        for validator, (payload, arrivals) in sorted(self._bitfields.get(block, {}).items()):
            if arrivals[author] <= now:
                signature = self.keys.sign(keys[validator], payload + u32(session) + block.hash)
                out.append(payload + u32(validator) + signature)
        return out

    def backed(self, node: int, candidate: Candidate) -> None:
        """A validator has checked a candidate's proof and keeps it."""
        self._stores[node].proofs.setdefault(candidate.hash, self.processes.clock.now)

    def ended(self, node: int) -> None:
        """A process ended: what was on its way to it is lost."""
        self._stores[node] = self._stores[node].arrived(self.processes.clock.now)

    def wiped(self, node: int) -> None:
        """The node's database is empty."""
        self._stores[node] = Available()

    def saved(self, node: int) -> Available:
        """A copy of the node's database."""
        return self._stores[node].arrived(self.processes.clock.now)

    def restored(self, node: int, kept: Available) -> None:
        """The node's database is an old one."""
        self._stores[node] = kept.arrived(self.processes.clock.now)

    def prune(self, below: int) -> None:
        """Bitfields for blocks under a finalized height are of no use any more, nor is what nobody can ask for."""
        for block in [block for block in self._bitfields if block.number < below]:
            del self._bitfields[block]
        for store in self._stores:
            for kept in (store.proofs, store.chunks):
                for hash_ in [hash_ for hash_ in kept if self.candidates.get(hash_) is None]:
                    del kept[hash_]

    def recover(self, node: int, candidate: Candidate, *, from_backers: bool = True) -> int:
        """When a node that asks now has the proof: from a backer that still has it, unless it asks none, or else from
        chunks of f + 1 validators. NEVER when neither is to be had."""
        now, keys = self.processes.clock.now, relay_state.validators(candidate.relay_parent)
        if self._stores[node].has_proof(candidate.hash, now):
            return now
        holders = self._holders(candidate) if from_backers else []
        whole = min((self._ask(node, holder, candidate.pov_size) for holder in holders), default=NEVER)
        if whole < NEVER:
            return whole
        needed = (len(keys) - 1) // 3 + 1
        size = candidate.pov_size // needed + _CHUNK_OVERHEAD
        chunks = []
        for key in keys:
            holder = self.keys.validator(key)
            if holder is None or not self._stores[holder].has_chunk(candidate.hash, now):
                continue
            chunks.append(now if holder == node else self._ask(node, holder, size))
        return sorted(chunks)[needed - 1] if len(chunks) >= needed else NEVER

    def _holders(self, candidate: Candidate) -> list[int]:
        """Nodes of backers that have the proof."""
        keys, now = relay_state.validators(candidate.relay_parent), self.processes.clock.now
        nodes = (self.keys.validator(keys[backer]) for backer in candidate.statements)
        return [one for one in nodes if one is not None and self._stores[one].has_proof(candidate.hash, now)]

    def _ask(self, node: int, holder: int, size: int) -> int:
        """When the answer to a request for a proof or a chunk is there; NEVER from who gives nothing away."""
        if self.misdeeds.commits(holder, "withhold_chunks"):
            return NEVER
        return self.transport.request(node, holder, _SIZE, size)

    def _fetch(self, node: int, hash_: bytes) -> None:
        """From whichever backer answers first; a later block tries again what failed."""
        store = self._stores[node]
        if hash_ in store.chunks or hash_ in store.proofs:
            return
        candidate = self.candidates.get(hash_)
        if candidate is None:
            return
        keys = relay_state.validators(candidate.relay_parent)
        size = candidate.pov_size // max(1, (len(keys) + 2) // 3) + _CHUNK_OVERHEAD
        there = min((self._ask(node, holder, size) for holder in self._holders(candidate)), default=NEVER)
        if there < NEVER:
            store.chunks[hash_] = there

    def _sign(self, node: int, validator: int, block: ExecutedBlock) -> None:
        now = self.processes.clock.now
        pending = [core.candidate for core in relay_state.cores(block)]
        if pending:
            claims = self.misdeeds.does(node, "withhold_chunks")
            payload = bitfield(
                [hash_ is not None and (claims or self._stores[node].has_chunk(hash_, now)) for hash_ in pending]
            )
            self._bitfields.setdefault(block, {})[validator] = (payload, self.transport.spread(node, _SIZE, _HOP))
