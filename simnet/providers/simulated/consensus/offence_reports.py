"""Offence reports: who sees a validator equivocate tells the chain, with proof that the key was a validator's.

As nodes do (sc-consensus-babe and sc-consensus-grandpa), a report is an unsigned extrinsic from the pool: both headers
or both votes, signed, and a proof of key ownership that the runtime makes. The runtime checks all of it and punishes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from simnet.chain.calls import Calls
from simnet.codec import BabeClaim, babe_claim, u32, u64, vec_bytes
from simnet.errors import RuntimeTrap
from simnet.network.topology import RELAY
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.consensus.ballots import Subround
from simnet.providers.simulated.consensus.disputes import DisputeCoordinators
from simnet.providers.simulated.consensus.pools import Pools
from simnet.providers.simulated.consensus.set_changes import announced
from simnet.providers.simulated.consensus.voters import VotesTwice
from simnet.providers.simulated.keyring import Keyring
from simnet.providers.simulated.ledger import ExecutedBlock, Fact, ancestry
from simnet.providers.simulated.observer import Observer
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.protocols import NodeProtocol
from simnet.providers.simulated.wall_time import WallTime
from simnet.runtime.host import Runtime

COMPARED = 1000
"""Slots for which authored blocks are compared (sc-consensus-slots aux_schema)."""

_BARE = b"\x05"
"""Preamble of an extrinsic without signature, version 5 (sp-runtime generic::Preamble)."""

_SUBROUNDS: dict[Subround, bytes] = {"prevote": b"\x00", "precommit": b"\x01"}
"""Variants of finality-grandpa's Message and of sp-consensus-grandpa's Equivocation."""


@dataclass(eq=False)
class Reports(NodeProtocol):
    """What nodes of the relay chain have seen others do twice."""

    processes: Processes
    keys: Keyring
    pools: Pools
    disputes: DisputeCoordinators
    wall: WallTime
    observer: Observer
    _authored: dict[tuple[int, int], list[ExecutedBlock]] = field(init=False, default_factory=dict)
    """Blocks by slot and authority."""
    _told: dict[tuple[object, ...], None] = field(init=False, default_factory=dict)
    _indices: dict[Runtime, dict[str, bytes]] = field(init=False, default_factory=dict)

    def imported(self, node: int, block: ExecutedBlock) -> None:
        """A node has a new relay block: it looks whether it has another one of the same author and slot, and a
        validator whether somebody is to be punished."""
        one = self.processes.nodes[node]
        if one.spec.chain != RELAY or block.parent is None:
            return
        self._compare(node, block)
        if one.spec.role == "validator" and len(self.disputes):  # without any there is nothing to slash for
            self._slashes(node, block)

    def _compare(self, node: int, block: ExecutedBlock) -> None:
        """Whether the node has another block of the same author and slot."""
        claim = _claim(block)
        same = self._authored.setdefault((claim.slot, claim.authority_index), [])
        if block not in same:
            same.append(block)
        if len(same) < 2:
            return
        view = self.processes.nodes[node].relay
        others = [one for one in same if one is not block and one in view]
        if others:
            first, second = sorted((others[0], block), key=same.index)
            self._blocks(node, first, second, claim.slot, claim.authority_index)

    def prune(self, below: int) -> None:
        """Blocks of old slots are not compared any more."""
        oldest = self.wall.slot() - COMPARED
        for key in [key for key in self._authored if key[0] < oldest]:
            del self._authored[key]

    def votes(self, node: int, twice: VotesTwice) -> None:
        """A node has both votes of a GRANDPA voter. A collator's pool is its parachain's: it tells nobody."""
        if self.processes.nodes[node].spec.chain != RELAY:
            return
        if not self._first("votes", node, twice.key, twice.set, twice.round, twice.subround):
            return
        votes = b""
        for block in (twice.first, twice.second):
            vote = block.hash + u32(block.number)
            payload = _SUBROUNDS[twice.subround] + vote + u64(twice.round) + u64(twice.set)
            votes += vote + self.keys.sign_vote(twice.key, payload)
        proof = u64(twice.set) + _SUBROUNDS[twice.subround] + u64(twice.round) + twice.key + votes
        what = f"{twice.subround}s of round {twice.round}"
        at = max(twice.first, twice.second, key=lambda block: block.number)
        if announced(at) is not None and at.parent is not None:  # its state has the next session's keys
            at = at.parent
        owner = self._owner(at, "GrandpaApi_generate_key_ownership_proof", u64(twice.set) + twice.key)
        self._report(node, what, "Grandpa", proof, owner)

    def _slashes(self, node: int, block: ExecutedBlock) -> None:
        """A validator sees whether the chain waits for keys of those who lost a dispute of an earlier session, and
        proves them."""
        for session, candidate, kind, index, key in relay_state.unapplied_slashes(block):
            if not self._first("slash", node, session, candidate, index):
                continue
            then = next((one for one in ancestry(block) if relay_state.session(one) == session), None)
            owner = None if then is None else self._owner(then, "ParachainHost_key_ownership_proof", key)
            if owner is not None:
                proof = u32(session) + candidate + kind + u32(index) + key
                self._submit(node, block, "ParasSlashing.report_dispute_lost_unsigned", proof + owner)

    def _blocks(self, node: int, first: ExecutedBlock, second: ExecutedBlock, slot: int, authority: int) -> None:
        if not self._first("blocks", node, slot, authority, first.hash, second.hash):
            return
        assert first.parent is not None
        offender = relay_state.epoch_for(first.parent, slot).authorities[authority]
        proof = offender + u64(slot) + first.header + second.header
        owner = self._owner(first.parent, "BabeApi_generate_key_ownership_proof", u64(slot) + offender)
        self._report(node, f"blocks of slot {slot}", "Babe", proof, owner)

    def _first(self, *seen: object) -> bool:
        """Whether this node has not told this before."""
        if seen in self._told:
            return False
        self._told[seen] = None
        return True

    def _owner(self, block: ExecutedBlock, api: str, asked: bytes) -> bytes | None:
        """Proof that a key was a validator's in the session of a block's children; None when it was not."""
        try:
            owner: bytes | None = relay_state.ask(block, api, asked)
        except RuntimeTrap:
            return None
        return owner

    def _report(self, node: int, what: str, pallet: str, proof: bytes, owner: bytes | None) -> None:
        one = self.processes.nodes[node]
        outcome = "reported" if owner is not None else "not reported: no proof of key ownership"
        self.observer.log(one, f"equivocation ({what}) {outcome}")
        if owner is not None:
            self._submit(node, one.relay.best, f"{pallet}.report_equivocation_unsigned", proof + owner)

    def _submit(self, node: int, block: ExecutedBlock, call: str, arguments: bytes) -> None:
        """Takes an extrinsic with ``Pallet.function`` of the runtime of a block's children into a node's pool."""
        known = self._indices.setdefault(block.runtime, {})
        if call not in known:
            known[call] = Calls(relay_state.types_of(block).metadata).index(call)
        self.pools.take(self.processes.nodes[node], vec_bytes(_BARE + known[call] + arguments))


@Fact
def _claim(block: ExecutedBlock) -> BabeClaim:
    """The slot of a relay block, and who claims it."""
    return babe_claim(block.decoded().logs)
