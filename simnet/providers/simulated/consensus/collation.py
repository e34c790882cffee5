"""Collation: an Aura collator's blocks, and the candidate that it makes of those for one core.

A candidate has one block, or as many as there was a turn for, with one proof against the state before the first
(cumulus-client-collator 0.36, ``build_multi_block_collation``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import zstandard

from simnet.codec import blake2_256, compact, u32, u64, vec, vec_bytes
from simnet.errors import RuntimeTrap
from simnet.providers.simulated import relay_state
from simnet.providers.simulated.building import PRE_RUNTIME, SEAL, Built, build, digest
from simnet.providers.simulated.candidates import Candidate, descriptor
from simnet.providers.simulated.consensus.pools import Pools
from simnet.providers.simulated.consensus.relay_proof import relay_keys
from simnet.providers.simulated.consensus.turns import Turn
from simnet.providers.simulated.keyring import Keyring
from simnet.providers.simulated.ledger import ExecutedBlock
from simnet.runtime.host import Execution, Runtime

_ALLOWED_POV = 85
"""Per cent of max_pov_size that a block and its proof may fill (cumulus-client-consensus-aura collators)."""

_INCLUDED, _TIMED_OUT = b"\x00", b"\x01"
"""OccupiedCoreAssumption: what is pending on the core is included, or is not."""

_INFO = "CollectCollationInfo_collect_collation_info"

_UMP_SEPARATOR = b""
"""The upward message behind which signals to the relay chain itself stand (polkadot-primitives 26)."""

ANOTHER = digest(PRE_RUNTIME, b"simn", b"another block for the same turn")
"""An item that nothing reads: a block with it is another one than the block without."""


@dataclass(frozen=True)
class Collation:
    """A candidate with what its validation takes. ``pov`` is the SCALE of ParachainBlockData."""

    candidate: Candidate | None
    """None when the blocks cannot be offered to the relay chain, for what ``why`` says; their author has them all the
    same."""
    pov: bytes
    why: str | None = None


@dataclass(frozen=True)
class _RelayData:
    """What the relay chain gives the blocks of one candidate."""

    validation: bytes
    """PersistedValidationData."""
    max_pov: int
    """Bytes."""
    inherent: bytes
    """Data of the parachain inherent."""


@dataclass(eq=False)
class Collator:
    """One node's collator."""

    keys: Keyring
    pools: Pools
    node: int
    para: int
    _last: tuple[ExecutedBlock, ExecutedBlock, _RelayData] | None = field(init=False, default=None)
    """What was asked last, with the relay parent and the head for which it was."""

    def build(
        self, turn: Turn, runtime: Runtime, *, censor: bool = False, extra: Sequence[bytes] = ()
    ) -> tuple[Built, Execution]:
        """The next block of a turn, without any extrinsic to ``censor``; ``extra`` digest items make it another block.
        Raises what :func:`~simnet.providers.simulated.building.build` does."""
        relay_parent, parent = turn.relay_parent, turn.parent
        relay = self._relay_data(turn)
        inherents = [(b"sysi1338", relay.inherent), (b"timstap0", u64(turn.timestamp))]
        places = _places(turn) if relay_state.host_configuration(relay_parent).v2_receipts else []
        logs = [digest(PRE_RUNTIME, b"aura", u64(turn.slot)), *places, *extra]

        def seal(unsealed: bytes) -> bytes:
            return digest(SEAL, b"aura", self.keys.sign(turn.key, unsealed, self.node))

        pool = [] if censor else self.pools.waiting(self.node, parent)
        limit = relay.max_pov * _ALLOWED_POV // 100
        built, record = build(
            parent, logs, inherents, pool, seal, record=True, after=turn.record, limit=limit, runtime=runtime
        )
        built.block.relay_parent = relay_parent
        built.block.slot = turn.slot
        return built, record

    def collation(self, turn: Turn) -> Collation:
        """The candidate of the blocks that were built for a core."""
        assert turn.record is not None
        relay_parent, blocks, relay = turn.relay_parent, turn.built, self._relay_data(turn)
        pov = _block_data(blocks, turn.record.proof())
        if _size(pov, relay.max_pov) > relay.max_pov:
            return Collation(None, pov, f"its proof of {len(pov)} bytes exceeds max_pov_size, {relay.max_pov} bytes")
        try:
            infos = [
                relay_state.ask(block, "CollectCollationInfo_collect_collation_info", block.header) for block in blocks
            ]
        except RuntimeTrap as error:
            return Collation(None, pov, str(error))
        code_hash = relay_state.ask(relay_parent, "ParachainHost_validation_code_hash", u32(self.para) + _INCLUDED)
        v2 = relay_state.host_configuration(relay_parent).v2_receipts
        candidate = Candidate(
            para=self.para,
            blocks=blocks,
            relay_parent=relay_parent,
            core=turn.core,
            session=relay_state.session(relay_parent),
            group=turn.group,
            descriptor=descriptor(
                para=self.para,
                relay_parent=relay_parent.hash,
                core=turn.core,
                session=relay_state.session(relay_parent),
                validation_data=relay.validation,
                pov=blake2_256(vec_bytes(pov)),
                head=blocks[-1].header,
                code_hash=code_hash,
                collator=None if v2 else self._signer(),
            ),
            commitments=_commitments(infos),
            pov_size=len(pov),
        )
        return Collation(candidate, pov)

    def _signer(self) -> tuple[bytes, Callable[[bytes], bytes]]:
        """The key that signs candidates, and how: real collators draw one when they start."""
        key = self.keys.account(self.node)
        return key, lambda message: self.keys.sign(key, message, self.node)

    def _relay_data(self, turn: Turn) -> _RelayData:
        if self._last is None or self._last[:2] != (turn.relay_parent, turn.head):
            self._last = turn.relay_parent, turn.head, _relay_data(turn, self.para)
        return self._last[2]


def _relay_data(turn: Turn, para: int) -> _RelayData:
    relay_parent, of_para = turn.relay_parent, u32(para)
    validation, max_pov = _validation_data(relay_parent, para, turn.head)
    proof = relay_parent.state.prove(relay_keys(relay_parent, para))
    downward = relay_state.call(relay_parent, "ParachainHost_dmq_contents", of_para)
    horizontal = relay_state.call(relay_parent, "ParachainHost_inbound_hrmp_channels_contents", of_para)
    descendants = vec(block.header for block in turn.descendants)
    inherent = validation + vec(map(vec_bytes, proof)) + downward + horizontal + descendants + b"\0"
    return _RelayData(validation, max_pov, inherent)


def _places(turn: Turn) -> list[bytes]:
    """CumulusDigestItem::CoreInfo (core selector, claim queue offset, number of cores) and, from who authors by slots,
    BlockBundleInfo (index in the candidate, whether it is the last)."""
    items = [bytes([1, turn.place, turn.claims_at]) + compact(len(turn.cores))]
    if turn.by_slots:
        items.append(bytes([2, turn.next_place.index, turn.next_place.last]))
    return [digest(PRE_RUNTIME, b"CMLS", item) for item in items]


def _validation_data(relay_parent: ExecutedBlock, para: int, head: ExecutedBlock) -> tuple[bytes, int]:
    """PersistedValidationData with the head that a candidate continues, and its max_pov_size in bytes; the relay chain
    gives the rest."""
    value, data = relay_state.ask(relay_parent, "ParachainHost_persisted_validation_data", u32(para) + _TIMED_OUT)
    rest = data.removeprefix(vec_bytes(value["parent_head"]))
    return vec_bytes(head.header) + rest, value["max_pov_size"]


def _commitments(infos: Sequence[Any]) -> bytes:
    """Candidate commitments from the CollationInfo of each block, which has the same fields in another order.

    Signals stand behind the messages of all blocks, horizontal messages are sorted by recipient, a later code takes the
    place of an earlier one; head and watermark are the last block's."""
    upward = [_split(info["upward_messages"]) for info in infos]
    messages, signals = (_joined(part) for part in zip(*upward, strict=True))
    horizontal = sorted(_joined(info["horizontal_messages"] for info in infos), key=lambda one: one["recipient"])
    codes = [info["new_validation_code"] for info in infos if info["new_validation_code"] is not None]
    return (
        vec(map(vec_bytes, [*messages, *([_UMP_SEPARATOR, *signals] if signals else [])]))
        + vec(u32(message["recipient"]) + vec_bytes(message["data"]) for message in horizontal)
        + (b"\1" + vec_bytes(codes[-1]) if codes else b"\0")
        + vec_bytes(infos[-1]["head_data"])
        + u32(sum(info["processed_downward_messages"] for info in infos))
        + u32(infos[-1]["hrmp_watermark"])
    )


def _split(messages: Sequence[bytes]) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """Upward messages, and the signals that stand behind the separator."""
    if _UMP_SEPARATOR not in messages:
        return messages, ()
    at = messages.index(_UMP_SEPARATOR)
    return messages[:at], messages[at + 1 :]


def _joined(parts: Iterable[Sequence[Any]]) -> list[Any]:
    return [one for part in parts for one in part]


def _size(pov: bytes, most: int) -> int:
    """Bytes of a proof on the wire, where it is compressed (sp-maybe-compressed-blob); not looked at while it is small
    enough as it is."""
    return len(pov) if len(pov) <= most else len(zstandard.compress(pov))


def _block_data(blocks: Iterable[ExecutedBlock], proof: bytes) -> bytes:
    """ParachainBlockData, version 1: the blocks and their compact proof."""
    return b"VERSIONEDPBD\x01" + vec(block.header + vec(block.extrinsics) for block in blocks) + proof
