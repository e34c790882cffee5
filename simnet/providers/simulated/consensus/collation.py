"""Collation: an Aura collator builds on every relay block that its parachain has a core for.

The collators of cumulus-client-consensus-aura: they build on the deepest block of their parachain that the relay
parent allows, as long as the runtime lets the unincluded segment grow. Those that look ahead make one block, for the
first core of the parachain. Those of runtimes that want relay parents behind the best block author by slots: one block
after the other for all its cores, as many as the runtime wants in a relay slot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import zstandard

from simnet.chain.consensus_logs import BABE, consensus_logs
from simnet.codec import blake2_64, blake2_256, compact, u32, u64, vec, vec_bytes
from simnet.errors import RuntimeTrap
from simnet.network.session_keys import AURA
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.building import PRE_RUNTIME, SEAL, build, digest
from simnet.providers.simulated.candidates import Candidate, descriptor
from simnet.providers.simulated.consensus.pools import Pools
from simnet.providers.simulated.consensus.relay_proof import relay_keys
from simnet.providers.simulated.keyring import Keyring
from simnet.providers.simulated.ledger import ExecutedBlock, Fact, ancestry
from simnet.providers.simulated.observer import Limits
from simnet.providers.simulated.processes import Processes
from simnet.providers.simulated.wall_time import SLOT

_UNINCLUDED_API = blake2_64(b"AuraUnincludedSegmentApi")
"""Id of the API whose version 2 counts relay slots where version 1 counted the parachain's own."""

_ALLOWED_POV = 85
"""Per cent of max_pov_size that a block and its proof may fill (cumulus-client-consensus-aura collators)."""

_INCLUDED, _TIMED_OUT = b"\x00", b"\x01"
"""OccupiedCoreAssumption: what is pending on the core is included, or is not."""

ANOTHER = digest(PRE_RUNTIME, b"simn", b"another block for the same turn")
"""An item that nothing reads: a block with it is another one than the block without."""

_ALONE = digest(PRE_RUNTIME, b"CMLS", b"\x02\x00\x01")
"""CumulusDigestItem::BlockBundleInfo: the first and last block of its candidate."""


@dataclass(frozen=True)
class Collation:
    """A block, and its candidate with what its validation takes. ``pov`` is the SCALE of ParachainBlockData."""

    block: ExecutedBlock
    candidate: Candidate | None
    """None when the block cannot be offered to the relay chain, for what ``why`` says; its author has it all the
    same."""
    refused: tuple[bytes, ...]
    """Extrinsics of the pool that the runtime will never take."""
    pov: bytes
    why: str | None = None


@dataclass(frozen=True)
class Turn:
    """A collator's right to build: on which blocks, for which cores, in which Aura slot.

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
    slot: int
    key: bytes
    """The Aura authority's whose slot it is."""
    place: int = 0
    """Of the core for which the next block is built."""

    @property
    def core(self) -> int:
        return self.cores[self.place][0]

    @property
    def group(self) -> tuple[int, ...]:
        return self.cores[self.place][1]

    def next(self, block: ExecutedBlock) -> Turn | None:
        """What is to be built after a block; None after the last core's."""
        return replace(self, parent=block, place=self.place + 1) if self.place + 1 < len(self.cores) else None

    def core_info(self) -> bytes:
        """CumulusDigestItem::CoreInfo: core selector, claim queue offset, number of cores."""
        told = bytes([1, self.place, self.claims_at]) + compact(len(self.cores))
        return digest(PRE_RUNTIME, b"CMLS", told)


@dataclass(eq=False)
class Collator:
    """One node's collator."""

    processes: Processes
    keys: Keyring
    pools: Pools
    limits: Limits
    node: int
    para: int

    def turn(self, best: ExecutedBlock) -> Turn | None:
        """What is to be built when the relay chain has a new best block; None when it is not this collator's turn or
        nothing may be built."""
        behind = self._behind(best)
        if behind is None:
            return None
        relay_parent, descendants = behind
        parent = self._parent(relay_parent)
        if parent is None:
            return None
        offset = _relay_parent_offset(parent)
        ahead = offset + _max_claim_queue_offset(parent) if offset else 0
        cores = self._cores(relay_parent, ahead, (_target_block_rate(parent) or None) if offset else 1)
        if not cores:
            return None
        slot = relay_parent.slot * SLOT // _slot_duration(parent)
        authorities = _aura_authorities(parent)
        if not authorities or not self.keys.has(self.node, AURA, authorities[slot % len(authorities)]):
            return None
        turn = Turn(relay_parent, descendants, cores, ahead, parent, slot, authorities[slot % len(authorities)])
        if not self.may_build(turn):
            return None
        if offset and _target_block_rate(parent) > len(cores):
            what = f"the runtime of {self.para} wants {_target_block_rate(parent)} blocks in a relay slot"
            self.limits.met(self.processes.nodes[self.node], "block-bundles", str(self.para), what)
        return turn

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

    def may_build(self, turn: Turn) -> bool:
        """Whether the unincluded segment may grow; on the included block itself building is always allowed."""
        parent, included = turn.parent, blake2_256(relay_state.para_head(turn.relay_parent, self.para))
        if parent.hash == included:
            return True
        asked = turn.relay_parent.slot if parent.runtime.version.apis.get(_UNINCLUDED_API, 1) > 1 else turn.slot
        return bool(relay_state.ask(parent, "AuraUnincludedSegmentApi_can_build_upon", included + u64(asked)))

    def collate(self, turn: Turn, *, censor: bool = False, extra: Sequence[bytes] = ()) -> Collation:
        """Builds the block and its candidate, without any extrinsic to ``censor``; ``extra`` digest items make it
        another block. Raises what :func:`~simnet.providers.simulated.building.build` does."""
        para = u32(self.para)
        relay_parent, parent, core, slot = turn.relay_parent, turn.parent, turn.core, turn.slot
        data, max_pov = _validation_data(relay_parent, self.para, parent)
        proof = relay_parent.state.prove(relay_keys(relay_parent, self.para))
        downward = relay_state.call(relay_parent, "ParachainHost_dmq_contents", para)
        horizontal = relay_state.call(relay_parent, "ParachainHost_inbound_hrmp_channels_contents", para)
        descendants = vec(block.header for block in turn.descendants)
        system = data + vec(map(vec_bytes, proof)) + downward + horizontal + descendants + b"\0"
        inherents = [(b"sysi1338", system), (b"timstap0", u64(relay_parent.slot * SLOT))]
        v2 = relay_state.host_configuration(relay_parent).v2_receipts
        places = [turn.core_info(), *([_ALONE] if turn.descendants else [])] if v2 else []
        logs = [digest(PRE_RUNTIME, b"aura", u64(slot)), *places, *extra]

        def seal(unsealed: bytes) -> bytes:
            return digest(SEAL, b"aura", self.keys.sign(turn.key, unsealed, self.node))

        pool = [] if censor else self.pools.waiting(self.node, parent)
        limit = max_pov * _ALLOWED_POV // 100
        built, execution = build(parent, logs, inherents, pool, seal, record=True, limit=limit)
        block = built.block
        block.relay_parent = relay_parent
        block.slot = slot
        pov = _block_data(block, execution.proof())
        if _size(pov, max_pov) > max_pov:
            why = f"its proof of {len(pov)} bytes exceeds max_pov_size, {max_pov} bytes"
            return Collation(block, None, built.refused, pov, why)
        try:
            info = relay_state.ask(block, "CollectCollationInfo_collect_collation_info", block.header)
        except RuntimeTrap as error:
            return Collation(block, None, built.refused, pov, str(error))
        commitments = _commitments(info)
        code_hash = relay_state.ask(relay_parent, "ParachainHost_validation_code_hash", para + _INCLUDED)
        candidate = Candidate(
            para=self.para,
            block=block,
            relay_parent=relay_parent,
            core=core,
            session=relay_state.session(relay_parent),
            group=turn.group,
            descriptor=descriptor(
                para=self.para,
                relay_parent=relay_parent.hash,
                core=core,
                session=relay_state.session(relay_parent),
                validation_data=data,
                pov=blake2_256(vec_bytes(pov)),
                head=block.header,
                code_hash=code_hash,
                collator=None if v2 else self._signer(),
            ),
            commitments=commitments,
            pov_size=len(pov),
        )
        return Collation(block, candidate, built.refused, pov)

    def _signer(self) -> tuple[bytes, Callable[[bytes], bytes]]:
        """The key that signs candidates, and how: real collators draw one when they start."""
        key = self.keys.account(self.node)
        return key, lambda message: self.keys.sign(key, message, self.node)

    def _parent(self, relay_parent: ExecutedBlock) -> ExecutedBlock | None:
        """The deepest block above the included one, known here, whose relay parents are in the relay parent's chain
        and young enough, or whose candidate is pending; the included block itself when there is none."""
        view = self.processes.para_view(self.node)
        included = blake2_256(relay_state.para_head(relay_parent, self.para))
        pending = {core.head_hash for core in relay_state.cores(relay_parent) if core.para == self.para}
        reached = {block for block in view.open if block.hash == included}
        deepest: ExecutedBlock | None = next(iter(reached), None)
        if deepest is None:
            return None
        for block in view.open:
            if block.parent in reached and (block.hash in pending or self._allowed(block, relay_parent)):
                reached.add(block)
                if block.number > deepest.number:
                    deepest = block
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
        known = otherwise if otherwise is not None and not block.runtime.types.has(api) else relay_state.ask(block, api)
    return known


@Fact
def _begins_epoch(block: ExecutedBlock) -> bool:
    """Whether the relay block is the first of a BABE epoch: it announces the next one in its digest."""
    return any(name == "NextEpochData" for name, _ in consensus_logs(block.decoded().logs, BABE))


@Fact
def _aura_authorities(block: ExecutedBlock) -> list[bytes]:
    found: list[bytes] = relay_state.stored(block, "Aura", "Authorities")
    return found


def _validation_data(relay_parent: ExecutedBlock, para: int, parent: ExecutedBlock) -> tuple[bytes, int]:
    """PersistedValidationData with the parent's head, and its max_pov_size in bytes; the relay chain gives the rest."""
    value, data = relay_state.ask(relay_parent, "ParachainHost_persisted_validation_data", u32(para) + _TIMED_OUT)
    rest = data.removeprefix(vec_bytes(value["parent_head"]))
    return vec_bytes(parent.header) + rest, value["max_pov_size"]


def _commitments(info: Any) -> bytes:
    """Candidate commitments from CollationInfo, which has the same fields in another order."""
    code = info["new_validation_code"]
    return (
        vec(map(vec_bytes, info["upward_messages"]))
        + vec(u32(message["recipient"]) + vec_bytes(message["data"]) for message in info["horizontal_messages"])
        + (b"\0" if code is None else b"\1" + vec_bytes(code))
        + vec_bytes(info["head_data"])
        + u32(info["processed_downward_messages"])
        + u32(info["hrmp_watermark"])
    )


def _size(pov: bytes, most: int) -> int:
    """Bytes of a proof on the wire, where it is compressed (sp-maybe-compressed-blob); not looked at while it is small
    enough as it is."""
    return len(pov) if len(pov) <= most else len(zstandard.compress(pov))


def _block_data(block: ExecutedBlock, proof: bytes) -> bytes:
    """ParachainBlockData, version 1: the block and its compact proof."""
    return b"VERSIONEDPBD\x01" + vec([block.header + vec(block.extrinsics)]) + proof
