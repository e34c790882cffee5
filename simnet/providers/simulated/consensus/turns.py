"""Turns of collators: on which blocks, for which cores and in which Aura slot a collator may build.

The collators of cumulus-client-consensus-aura 0.36: they build on the deepest block of their parachain that the relay
parent allows, as long as the runtime lets the unincluded segment grow. Those that look ahead make one block, for the
first core of the parachain. Those of runtimes that want relay parents behind the best block author by slots: as many
blocks as the runtime wants in a relay slot, spread over all cores, and so several in a candidate where they are more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice

from simnet.chain.consensus_logs import BABE, consensus_logs
from simnet.codec import blake2_64, blake2_256, bundle_place, u64
from simnet.network.session_keys import AURA
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.consensus.core_shares import PlaceInCore, core_shares
from simnet.providers.simulated.keyring import Keyring
from simnet.providers.simulated.ledger import ExecutedBlock, Fact, ancestry
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.wall_time import SLOT
from simnet.runtime.host import Execution

_MAY_BUILD = "AuraUnincludedSegmentApi_can_build_upon"
_UNINCLUDED_API = blake2_64(b"AuraUnincludedSegmentApi")
"""Id of the API whose version 2 counts relay slots where version 1 counted the parachain's own."""


@dataclass(frozen=True)
class Turn:
    """A collator's right to build: on which blocks, for which cores, in which Aura slot; and how far it has come.

    ``descendants`` lead from the relay parent to the relay chain's best block, both included, for a parachain whose
    relay parent stays behind (RelayParentOffset); they are empty for any other.
    """

    relay_parent: ExecutedBlock
    descendants: tuple[ExecutedBlock, ...]
    cores: tuple[tuple[int, tuple[int, ...]], ...]
    """Each with the indices of the validators that may back what is built for it."""
    claims_at: int
    """How far ahead in the claim queue they were found."""
    parent: ExecutedBlock
    """Of the next block."""
    slot: int
    key: bytes
    """The Aura authority's whose slot it is."""
    timestamp: int
    """Milliseconds since 1970 that its blocks tell their runtime."""
    rate: int
    """Blocks in a relay slot, at least one for each core."""
    hands_over: bool
    """Whether the parachain's next slot begins with the next relay slot."""
    place: int = 0
    """Of the core for which the next block is built."""
    built: tuple[ExecutedBlock, ...] = ()
    """The blocks for that core so far: those of one candidate."""
    record: Execution | None = None
    """What the last of them read, and with it those before."""

    @property
    def by_slots(self) -> bool:
        return bool(self.descendants)

    @property
    def best(self) -> ExecutedBlock:
        """The relay block that it came with."""
        return self.descendants[-1] if self.descendants else self.relay_parent

    @property
    def core(self) -> int:
        return self.cores[self.place][0]

    @property
    def group(self) -> tuple[int, ...]:
        return self.cores[self.place][1]

    @property
    def head(self) -> ExecutedBlock:
        """The block that the candidate for the core continues."""
        first = self.built[0].parent if self.built else self.parent
        assert first is not None
        return first

    @property
    def next_place(self) -> PlaceInCore:
        """Of the next block among those for its core."""
        share, last = core_shares(self.rate, len(self.cores))[self.place], self.place + 1 == len(self.cores)
        return PlaceInCore(len(self.built), share, self.rate, last and self.hands_over)

    def after(self, block: ExecutedBlock, record: Execution) -> Turn:
        """The same with a block more for the core."""
        return replace(self, parent=block, built=(*self.built, block), record=record)

    def next_core(self) -> Turn | None:
        """What is to be built when the core has what it gets; None after the last one."""
        if self.place + 1 == len(self.cores):
            return None
        return replace(self, place=self.place + 1, built=(), record=None)


@dataclass(eq=False)
class Turns:
    """Those of one node's collator."""

    processes: Processes
    keys: Keyring
    node: int
    para: int

    def by_slots(self) -> bool:
        """Whether the collator authors by slots, as its runtime wants it; others build on every relay block."""
        return _relay_parent_offset(self.processes.para_view(self.node).best) > 0

    def find(self, best: ExecutedBlock) -> Turn | None:
        """What is to be built when the relay chain has a new best block; None when it is not this collator's turn or
        nothing may be built, and for who authors by slots when the last blocks have the same relay parent."""
        behind = self._behind(best)
        if behind is None:
            return None
        relay_parent, descendants = behind
        parent = self._parent(relay_parent)
        if parent is None:
            return None
        offset = _relay_parent_offset(parent)
        if offset and parent.relay_parent is relay_parent:
            return None
        ahead = offset + _max_claim_queue_offset(parent) if offset else 0
        rate = _target_block_rate(parent) if offset else 1
        cores = self._cores(relay_parent, ahead, rate or None)
        if not cores:
            return None
        duration = _slot_duration(parent)
        slot = relay_parent.slot * SLOT // duration
        authorities = _aura_authorities(parent)
        if not authorities or not self.keys.has(self.node, AURA, authorities[slot % len(authorities)]):
            return None
        if not relay_state.host_configuration(relay_parent).v2_receipts:
            rate = 0  # such candidates cannot tell that they have several blocks
        turn = Turn(
            relay_parent,
            descendants,
            cores,
            ahead,
            parent,
            slot,
            authorities[slot % len(authorities)],
            timestamp=slot * duration if offset else relay_parent.slot * SLOT,
            rate=max(rate, len(cores)),
            hands_over=best.slot * SLOT // duration != (best.slot + 1) * SLOT // duration,
        )
        return turn if self.may_build(turn) else None

    def may_build(self, turn: Turn) -> bool:
        """Whether the unincluded segment may grow; on the included block itself building is always allowed. A runtime
        without the API for it has no such segment."""
        parent, included = turn.parent, blake2_256(relay_state.para_head(turn.relay_parent, self.para))
        if parent.hash == included:
            return True
        if not relay_state.types_of(parent).has(_MAY_BUILD):
            return False
        asked = turn.relay_parent.slot if parent.runtime.version.apis.get(_UNINCLUDED_API, 1) > 1 else turn.slot
        return bool(relay_state.ask(parent, _MAY_BUILD, included + u64(asked)))

    def _cores(
        self, relay_parent: ExecutedBlock, ahead: int, most: int | None
    ) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """The first cores that the parachain has so far ahead in the claim queue, with their groups; those without one
        are of no use."""
        groups, rotation = relay_state.groups(relay_parent)
        queue = sorted(relay_state.claims(relay_parent).items())
        claimed = [core for core, paras in queue if paras[ahead : ahead + 1] == (self.para,)][:most]
        found = [(core, rotation.group(core, len(groups))) for core in claimed]
        return tuple((core, groups[group]) for core, group in found if group is not None and groups[group])

    def _behind(self, best: ExecutedBlock) -> tuple[ExecutedBlock, tuple[ExecutedBlock, ...]] | None:
        """The relay parent that the parachain's runtime wants, and the blocks from it to the best one; None across
        the begin of an epoch, which may not lie between them."""
        offset = _relay_parent_offset(self.processes.para_view(self.node).best)
        if offset == 0:
            return best, ()
        chain = tuple(islice(ancestry(best), offset + 1))
        if len(chain) <= offset or any(map(_begins_epoch, chain[:-1])):
            return None
        return chain[-1], chain[::-1]

    def _parent(self, relay_parent: ExecutedBlock) -> ExecutedBlock | None:
        """The deepest block above the included one, known here, whose relay parents are in the relay parent's chain
        and young enough, or whose candidate is pending; the included block itself when there is none.

        A block that others of its candidate should have followed was given up with that candidate, so that the last one
        before it that ends a candidate is taken."""
        view = self.processes.para_view(self.node)
        included = blake2_256(relay_state.para_head(relay_parent, self.para))
        first = next((block for block in view.open if block.hash == included), None)
        if first is None:
            return None
        heads = {core.head_hash for core in relay_state.cores(relay_parent) if core.para == self.para}
        pending = {one for block in view.open if block.hash in heads for one in ancestry(block, above=first.number)}
        reached, deepest = {first}, first
        for block in view.open:
            if block.parent in reached and (block in pending or self._allowed(block, relay_parent)):
                reached.add(block)
                if block.number > deepest.number:
                    deepest = block
        while deepest is not first and not ends_candidate(deepest):
            assert deepest.parent is not None
            deepest = deepest.parent
        return deepest

    def _allowed(self, block: ExecutedBlock, relay_parent: ExecutedBlock) -> bool:
        """Whether the relay chain still takes the block's relay parent: it is young enough and of this session."""
        its = block.relay_parent
        lookahead = relay_state.host_configuration(relay_parent).lookahead
        if its is None or relay_parent.number - its.number >= lookahead or not relay_parent.descends_from(its):
            return False
        return relay_state.session(its) == relay_state.session(relay_parent)


@Fact
def _slot_duration(block: ExecutedBlock) -> int:
    """Milliseconds of a parachain slot."""
    return _of_runtime(_slot_duration, block, "AuraApi_slot_duration")


@Fact
def _relay_parent_offset(block: ExecutedBlock) -> int:
    """How many relay blocks behind the best one the runtime wants its relay parents."""
    return _of_runtime(_relay_parent_offset, block, "RelayParentOffsetApi_relay_parent_offset", otherwise=0)


@Fact
def _target_block_rate(block: ExecutedBlock) -> int:
    """How many blocks in a relay slot the runtime wants; 0, for as many as it has cores, where it does not say."""
    return _of_runtime(_target_block_rate, block, "TargetBlockRate_target_block_rate", otherwise=0)


@Fact
def _max_claim_queue_offset(block: ExecutedBlock) -> int:
    """How far ahead in the claim queue the runtime lets collators look for cores."""
    return _of_runtime(_max_claim_queue_offset, block, "RelayParentOffsetApi_max_claim_queue_offset", otherwise=0)


def _of_runtime(fact: Fact[int], block: ExecutedBlock, api: str, *, otherwise: int | None = None) -> int:
    """A number that the runtime answers whatever its state, so that it is asked once for blocks of one runtime.
    ``otherwise``: what holds where the runtime has no such API."""
    above = block.parent
    known = fact.known(above) if above is not None and above.runtime is block.runtime else None
    if known is None:
        known = (
            otherwise
            if otherwise is not None and not relay_state.types_of(block).has(api)
            else relay_state.ask(block, api)
        )
    return known


@Fact
def _begins_epoch(block: ExecutedBlock) -> bool:
    """Whether the relay block is the first of a BABE epoch: it announces the next one in its digest."""
    return any(name == "NextEpochData" for name, _ in consensus_logs(block.decoded().logs, BABE))


@Fact
def ends_candidate(block: ExecutedBlock) -> bool:
    """Whether a parachain block is the last of its candidate."""
    place = bundle_place(block.decoded().logs)
    return place is None or place.last


@Fact
def _aura_authorities(block: ExecutedBlock) -> list[bytes]:
    found: list[bytes] = relay_state.stored(block, "Aura", "Authorities")
    return found
